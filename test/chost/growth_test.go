package chost

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The benchmarks of this file show what happens as something grows: cost that is in proportion stays the same.

// exchange is a transcript of a request and its reply, in a file of its own.
func exchange(b *testing.B, request, reply string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "exchange.txt")
	text := fmt.Sprintf("case grown\nconnect memcache 11211 7\nclient %s\nserver %s\n", request, reply)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// enough is how often a measurement is repeated: some times at least, as what it takes to prepare is in no proportion.
func enough(b *testing.B, least int) int { return max(b.N, least) }

// BenchmarkConnectionsOpen distributes requests over many connections.
func BenchmarkConnectionsOpen(b *testing.B) {
	for _, connections := range []int{1, 100, 1000, 10_000, 50_000} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			p := openMeasured(b, false)
			p.measure(b, times, "requests testdata/bench.txt memcache 1 %d %d 0", enough(b, 20*connections),
				connections)
		})
	}
}

// BenchmarkRulesInForce asks for what the last of many rules allows.
func BenchmarkRulesInForce(b *testing.B) {
	for _, rules := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("rules=%d", rules), func(b *testing.B) {
			policy := &strings.Builder{}
			policy.WriteString("resources:\n- endpoint_ips: [10.0.0.1]\n  endpoint_id: 1\n  ingress_per_port_policies:\n" +
				"  - port: 11211\n    rules:\n    - remote_policies: [7]\n      l7_proto: memcache\n" +
				"      l7_rules:\n        l7_allow_rules:\n")
			for rule := range rules - 1 {
				fmt.Fprintf(policy, "        - rule: {command: get, keyPrefix: other%d/}\n", rule)
			}
			policy.WriteString("        - rule: {command: get, keyPrefix: fleet/}\n")
			p := openMeasuredUnder(b, policy.String(), false, "request")
			p.measure(b, times, "requests testdata/bench.txt memcache 1 %d", b.N)
		})
	}
}

// BenchmarkValue sends values in pieces of 64 KiB.
func BenchmarkValue(b *testing.B) {
	for _, bytes := range []int{64, 1 << 10, 64 << 10, 1 << 20, 64 << 20} {
		b.Run(fmt.Sprintf("bytes=%d", bytes), func(b *testing.B) {
			p := openMeasured(b, false)
			file := exchange(b, fmt.Sprintf(`set fleet/falcon 0 0 %d\r\n\*%[1]d(x)\r\n`, bytes), `STORED\r\n`)
			ns := p.figures(b, "requests %s grown 1 %d 1 %d", file, enough(b, 20), 64<<10)["cpu_ns"]
			b.ReportMetric(ns, "cpu-ns/op")
			b.ReportMetric(ns/float64(bytes), "cpu-ns/B")
		})
	}
}

// BenchmarkCommandLine sends a command line, on which the verdict waits, in pieces. What a piece costs has nothing to do
// with how long the line is.
func BenchmarkCommandLine(b *testing.B) {
	const key = "fleet/falcon-0123456789abcdefgh "
	for _, bytes := range []int{1 << 10, 8 << 10, 56 << 10} {
		for _, piece := range []int{1, 64, 4 << 10, 64 << 10} {
			b.Run(fmt.Sprintf("bytes=%d/piece=%d", bytes, piece), func(b *testing.B) {
				p := openMeasured(b, false)
				file := exchange(b, `get `+strings.Repeat(key, bytes/len(key))+`\r\n`, `END\r\n`)
				ns := p.figures(b, "requests %s grown 1 %d 1 %d", file, b.N, piece)["cpu_ns"]
				b.ReportMetric(ns, "cpu-ns/op")
				b.ReportMetric(ns/float64((bytes+piece-1)/piece), "cpu-ns/piece")
				b.ReportMetric(ns/float64(bytes), "cpu-ns/B")
			})
		}
	}
}
