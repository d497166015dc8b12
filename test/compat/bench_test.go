package compat

import (
	"net"
	"strconv"
	"strings"
	"testing"
)

// peerRows are what is measured: a transcript that is played again and again, or connections that are opened and closed.
var peerRows = []struct {
	name, command, transcript string
	// count is how often a library does it in one turn: often enough that the first times, which are slow, do not matter.
	count int
	// policy changes what is in testdata/policy.json.
	policy *strings.Replacer
}{
	{"r2d2", "requests", "r2d2", 10_000, unchanged},
	{"memcache", "requests", "memcache", 10_000, unchanged},
	{"memcache-binary", "requests", "memcache-binary", 10_000, unchanged},
	{"memcache-64-gets", "requests", "memcache-64-gets", 500, unchanged},
	{"memcache-set-1KiB", "requests", "memcache-set-1KiB", 10_000, unchanged},
	{"cassandra-select", "requests", "cassandra-select", 10_000, unchanged},
	{"cassandra-select-by-fleet.*", "requests", "cassandra-select", 10_000, strings.NewReplacer(`^fleet\\.`, "fleet.*")},
	{"open-and-close-r2d2", "connections", "r2d2", 50_000, unchanged},
	{"open-and-close-memcache", "connections", "memcache", 50_000, unchanged},
}

var unchanged = strings.NewReplacer()

// turns is how often the libraries take turns in one measurement.
const turns = 4

// BenchmarkPeer compares our library with its peer, upstream's, which take turns on one thread, under the same policy and with an
// access log that is received: a request, or a connection, by the clock, and what of it a processor worked on that thread. The last two numbers say how many
// times as long the peer takes.
func BenchmarkPeer(b *testing.B) {
	ours := release(b)
	for _, row := range peerRows {
		b.Run(row.name, func(b *testing.B) {
			policy := row.policy.Replace(read(b, "testdata/policy.json"))
			hosts := []*host{openWith(b, ours, policy), openWith(b, built.upstream, policy)}
			sums := [2]map[string]float64{{}, {}}
			b.ResetTimer()
			for range b.N * turns {
				for i, h := range hosts {
					printed := strings.Join(h.do("%s ../chost/testdata/bench.txt %s 1 %d", row.command, row.transcript, row.count), " ")
					for _, word := range strings.Fields(printed) {
						name, text, _ := strings.Cut(word, "=")
						if value, err := strconv.ParseFloat(text, 64); err == nil {
							sums[i][name] += value / float64(b.N*turns)
						}
					}
				}
			}
			b.StopTimer()
			for name, unit := range map[string]string{"ns": "ns/op", "cpu_ns": "cpu-ns/op"} {
				for i, library := range []string{"ours", "peer"} {
					b.ReportMetric(sums[i][name], library+"-"+unit)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(sums[1]["ns"]/sums[0]["ns"], "times")
			b.ReportMetric(sums[1]["cpu_ns"]/sums[0]["cpu_ns"], "cpu-times")
		})
	}
}

// openWith starts a host with a library, which has an agent with the policy and a receiver of its access log.
func openWith(b *testing.B, library, policy string) *host {
	b.Helper()
	at := newSockets(b)
	agent, h := startAgent(b, at.xds), load(b, library)
	swallow(b, at.log)
	h.open(at)
	agent.mustPut("1", policyOf(b, policy))
	return h
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
