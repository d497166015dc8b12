package compat

import (
	"net"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkPeer measures a request and its reply in our library and in its peer, upstream's, on one thread, under the same
// policy and with an access log that is received: by the clock, and what of it a processor worked on that thread.
func BenchmarkPeer(b *testing.B) {
	libraries := []struct{ name, path string }{{"ours", release(b)}, {"peer", built.upstream}}
	for _, transcript := range []string{"r2d2", "memcache", "memcache-binary", "memcache-set-1KiB", "cassandra-select"} {
		for _, l := range libraries {
			b.Run(transcript+"/library="+l.name, func(b *testing.B) {
				at := newSockets(b)
				agent, h := startAgent(b, at.xds), load(b, l.path)
				swallow(b, at.log)
				h.open(at)
				agent.mustPut("1", policyOf(b, read(b, "testdata/policy.json")))
				b.ResetTimer()
				printed := strings.Join(h.do("requests ../chost/testdata/bench.txt %s 1 %d", transcript, b.N), " ")
				b.StopTimer()
				for _, word := range strings.Fields(printed) {
					name, text, _ := strings.Cut(word, "=")
					unit, reported := map[string]string{"ns": "ns/op", "cpu_ns": "cpu-ns/op"}[name]
					value, err := strconv.ParseFloat(text, 64)
					if reported && err == nil {
						b.ReportMetric(value, unit)
					}
				}
			})
		}
	}
}

// swallow receives access-log entries and does nothing with them.
func swallow(b *testing.B, socket string) {
	b.Helper()
	listener, err := net.Listen("unixpacket", socket)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	go func() {
		packet := make([]byte, largestEntry)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			for err == nil {
				_, err = conn.Read(packet)
			}
			conn.Close()
		}
	}()
}
