package chost

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/test/accept"
)

// stall accepts connections on a socket and never reads from them.
func stall(b *testing.B, socket string) {
	b.Helper()
	accept.Each(b, "unixpacket", socket, func(net.Conn) {})
}

// BenchmarkStalledReceiver is the memcache row of [BenchmarkRequest] with a receiver of the access log that hangs. It fails
// unless every entry is counted: as lost, or as delivered into what the socket holds.
func BenchmarkStalledReceiver(b *testing.B) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			dir := b.TempDir()
			socket, log := filepath.Join(dir, "xds"), filepath.Join(dir, "log")
			server := xdstest.Serve(b, socket, policyText(b))
			stall(b, log)
			p := start(b, built.plain)
			p.do("open xds-path=%s access-log-path=%s", socket, log)
			server.Accepted(b)
			requests := enough(b, 1_000_000)
			p.measure(b, times, "requests testdata/bench.txt memcache %d %d", threads, requests)
			p.do("close 1")
			p.end()
			delivered, lost := lastCount(b, p.log.String())
			// The request and the reply, and a twentieth more before it is measured.
			if made := 2 * threads * (requests + requests/20); delivered+lost != made {
				b.Errorf("%d entries were delivered and %d lost, of %d", delivered, lost, made)
			}
			b.ReportMetric(float64(lost)/float64(lost+delivered), "lost/entry")
		})
	}
}

var lostEntries = regexp.MustCompile(`entries are lost" delivered_total=(\d+) .*lost_total=(\d+)`)

// lastCount returns what the library has told last of the entries of its access log.
func lastCount(b *testing.B, log string) (delivered, lost int) {
	b.Helper()
	all := lostEntries.FindAllStringSubmatch(log, -1)
	if len(all) == 0 {
		b.Fatalf("no entries are lost:\n%s", log)
	}
	last := all[len(all)-1]
	delivered, _ = strconv.Atoi(last[1])
	lost, _ = strconv.Atoi(last[2])
	return delivered, lost
}
