package chost

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/cli/builder"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/test/accept"
)

// measuredQueue is so large that a connection which works without a pause, far beyond what a network brings, does not
// fill its part of the queue before the writer has come: an entry that is dropped there costs next to nothing.
const measuredQueue = 64 << 20

// openMeasured starts a program with an instance that has a policy server and an access log. With received, there is a
// receiver that takes as many entries as it can; receiving and sending need processors of their own. Otherwise the
// entries are encoded, queued in a larger queue than usual, and counted as lost.
func openMeasured(b *testing.B, received bool) *program {
	b.Helper()
	return openMeasuredUnder(b, policyText(b), received, "request")
}

// openMeasuredUnder does so with a policy, and with the kinds of entries that the parameter log names.
func openMeasuredUnder(b *testing.B, policy string, received bool, kinds string) *program {
	b.Helper()
	return openMeasuredWith(b, policy, received, kinds, "")
}

// openMeasuredWith does so with further parameters.
func openMeasuredWith(b *testing.B, policy string, received bool, kinds, further string) *program {
	b.Helper()
	dir := b.TempDir()
	socket, log := filepath.Join(dir, "xds"), filepath.Join(dir, "log")
	server := xdstest.Serve(b, socket, policy)
	queue := measuredQueue
	if received {
		swallow(b, log)
		queue = accesslog.DefaultQueueBytes
	}
	p := start(b, built.plain)
	p.do("open xds-path=%s access-log-path=%s log=%s log-queue-bytes=%d parser-config=%s %s", socket, log, kinds, queue, noLogin, further)
	server.Accepted(b)
	return p
}

// swallow receives access-log entries and does nothing with them.
func swallow(b *testing.B, socket string) {
	b.Helper()
	accept.Each(b, "unixpacket", socket, func(conn net.Conn) {
		packet := make([]byte, 1<<12)
		for {
			if _, err := conn.Read(packet); err != nil {
				conn.Close()
				return
			}
		}
	})
}

// measure gives a command that measures, and reports what it prints.
func (p *program) measure(b *testing.B, units map[string]string, command string, args ...any) {
	b.Helper()
	for name, value := range p.figures(b, command, args...) {
		if unit, found := units[name]; found {
			b.ReportMetric(value, unit)
		}
	}
}

// figures gives a command that measures, and returns the numbers that it prints.
func (p *program) figures(b *testing.B, command string, args ...any) map[string]float64 {
	b.Helper()
	b.ResetTimer()
	printed := p.do(command, args...)
	b.StopTimer()
	figures := map[string]float64{}
	for _, word := range strings.Fields(strings.Join(printed, " ")) {
		name, text, _ := strings.Cut(word, "=")
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			figures[name] = value
		}
	}
	return figures
}

// times are of one thread: wall time, and processor time.
var times = map[string]string{"ns": "ns/op", "cpu_ns": "cpu-ns/op"}

// BenchmarkRequest measures a request and its reply, or 64 of them that come at once, with policy and access log on.
func BenchmarkRequest(b *testing.B) {
	for _, name := range []string{
		"r2d2", "memcache", "memcache-binary", "memcache-64-gets", "memcache-set-1KiB", "memcache-set-1MiB",
		"redis", "redis-64-gets", "redis-set-1MiB", "cassandra-select", "cassandra-execute",
		"postgres-select", "postgres-select-new", "postgres-execute",
	} {
		for _, c := range []struct {
			threads int
			log     string
		}{{1, "received"}, {1, "lost"}, {2, "lost"}} {
			b.Run(fmt.Sprintf("%s/log=%s/threads=%d", name, c.log, c.threads), func(b *testing.B) {
				p := openMeasured(b, c.log == "received")
				p.measure(b, times, "requests testdata/bench.txt %s %d %d", name, c.threads, b.N)
			})
		}
	}
}

// BenchmarkCopy compares a COPY of 1 MiB, in messages of 64 KiB or one for each of 10,000 rows, and in pieces of 16 KiB, with a
// host that moves the same bytes without asking.
func BenchmarkCopy(b *testing.B) {
	const piece = 16 << 10
	for _, name := range []string{"postgres-copy-out", "postgres-copy-in", "postgres-copy-out-rows", "postgres-copy-in-rows"} {
		for _, c := range []struct{ host, command string }{
			{"judged", "requests testdata/bench.txt %s 1 %d 1 %d"}, {"moved", "copies testdata/bench.txt %s %d %d"},
		} {
			b.Run(name+"/"+c.host, func(b *testing.B) {
				p := openMeasured(b, true)
				p.measure(b, times, c.command, name, b.N, piece)
			})
		}
	}
}

// BenchmarkExchange compares one entry for a request and its reply with one for each, without their delivery.
func BenchmarkExchange(b *testing.B) {
	for _, name := range []string{"memcache", "redis", "cassandra-execute", "postgres-select"} {
		for _, kinds := range []string{"request", "exchange"} {
			b.Run(fmt.Sprintf("%s/log=%s", name, kinds), func(b *testing.B) {
				p := openMeasuredUnder(b, policyText(b), false, kinds)
				p.measure(b, times, "requests testdata/bench.txt %s 1 %d", name, b.N)
			})
		}
	}
}

// BenchmarkParserInAFile compares parsers of the library with the same ones from files.
func BenchmarkParserInAFile(b *testing.B) {
	for _, name := range []string{"r2d2", "memcache", "redis"} {
		b.Run(name+"/library", func(b *testing.B) {
			p := openMeasuredWith(b, policyText(b), false, "exchange", "")
			p.measure(b, times, "requests testdata/bench.txt %s 1 %d", name, b.N)
		})
		source, err := filepath.Abs("../..")
		if err != nil {
			b.Fatal(err)
		}
		path := filepath.Join(b.TempDir(), name+".wasm")
		if err := builder.Run(b.Context(), builder.Config{Parser: name, Library: path, Source: source, Log: io.Discard}); err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/file", func(b *testing.B) {
			p := openMeasuredWith(b, policyText(b), false, "exchange", "wasm-parsers="+path)
			p.measure(b, times, "requests testdata/bench.txt %s 1 %d", name, b.N)
		})
	}
}

// BenchmarkConnection measures the opening and closing of a connection.
func BenchmarkConnection(b *testing.B) {
	for _, name := range []string{"r2d2", "memcache", "cassandra-select"} {
		parser, _, _ := strings.Cut(name, "-")
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("parser=%s/threads=%d", parser, threads), func(b *testing.B) {
				p := openMeasured(b, true)
				p.measure(b, times, "connections testdata/bench.txt %s %d %d", name, threads, b.N)
			})
		}
	}
}

// BenchmarkIdleConnection measures the memory of a connection that has seen one request and its reply, as the growth of
// the process.
func BenchmarkIdleConnection(b *testing.B) {
	const connections = 50_000
	for _, parser := range []string{"r2d2", "memcache", "redis"} {
		b.Run("parser="+parser, func(b *testing.B) {
			for range b.N {
				p := openMeasured(b, true)
				p.measure(b, map[string]string{"bytes": "bytes/connection"}, "memory testdata/bench.txt %s %d", parser,
					connections)
				p.end()
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
