package chost

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkLatency shows whether the collection of garbage holds requests up: 10,000 a second are made on 16 connections, for
// two seconds, while others are open and idle. There is no garbage; or 50,000 connections a second that come and go make
// some, which is never collected; or it is; or there are 8,000 of them, about as many as Envoy opens. Each row reports percentiles of the time of a request and its reply, and how often
// garbage was collected.
func BenchmarkLatency(b *testing.B) {
	const requests, perSecond = 20_000, 10_000
	for _, idle := range []int{0, 50_000} {
		for _, row := range []struct {
			garbage, gogc string
			opened        int
		}{{"none", "off", 0}, {"kept", "off", 50_000}, {"collected", "", 50_000}, {"usual", "", 8_000}} {
			b.Run(fmt.Sprintf("idle=%d/garbage=%s", idle, row.garbage), func(b *testing.B) {
				b.Setenv("GODEBUG", "gctrace=1")
				b.Setenv("GOGC", row.gogc)
				sum := map[string]float64{}
				for range b.N {
					p := openMeasured(b, false)
					for name, value := range p.figures(b, "latency testdata/bench.txt memcache %d %d %d %d", idle, requests,
						perSecond, row.opened) {
						sum[name] += value
					}
					p.end()
					sum["collections"] += float64(strings.Count("\n"+p.log.String(), "\ngc "))
				}
				for name, unit := range map[string]string{
					"p50": "p50-µs", "p99": "p99-µs", "p999": "p99.9-µs", "max": "max-µs", "waited": "p99.9-waited-µs",
					"collections": "collections",
				} {
					b.ReportMetric(sum[name]/float64(b.N), unit)
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
