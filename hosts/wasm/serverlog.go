//go:build wasip1

package wasm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/logs"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/internal/buildinfo"
	services "github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/policy"
)

// maxWaiting is how many bytes of entries wait for the policy server; further ones are lost. A server of gRPC takes messages of 4 MiB.
const maxWaiting = 1 << 20

const (
	// healthEvery is how often the health is reported.
	healthEvery = 5 * time.Second
	// receiptWithin is how long the server may take to receive a report.
	receiptWithin = 10 * time.Second
)

// serverLog sends the access log of a virtual machine to its policy server, by a stream of its own. There is one report at a time
// without a receipt; what is in it when the stream ends counts as lost. The stream is opened for the first entry.
type serverLog struct {
	source *source
	// waiting are entries one after another, ends where each ends.
	waiting []byte
	ends    []int
	// lost are those of which the server does not know, reported those of which the report without a receipt says so, sent the
	// entries in it. allLost are those since the start.
	lost, reported, allLost uint64
	sent                    int

	stream                      *grpcStream
	retry, reportedAt, healthAt time.Time
	backoff                     time.Duration
	outstanding, announced      bool
}

// Log implements [accesslog.Logger].
func (l *serverLog) Log(e accesslog.Entry) {
	before := len(l.waiting)
	l.waiting = e.Append(l.waiting)
	if len(l.waiting) > maxWaiting {
		l.waiting = l.waiting[:before]
		l.lose(1)
		return
	}
	l.ends = append(l.ends, len(l.waiting))
}

// lose counts lost entries.
func (l *serverLog) lose(n int) {
	l.lost += uint64(n)
	l.allLost += uint64(n)
	if len(l.source.plugins) > 0 {
		l.source.plugins[0].metrics.totals[totalLogEntriesLost].add(int64(n))
	}
}

// serverLog returns the log that goes to the server of the source.
func (s *source) serverLog() *serverLog {
	if s.entries == nil {
		s.entries = &serverLog{source: s, backoff: minBackoff}
	}
	return s.entries
}

// tick sends what waits.
func (l *serverLog) tick() {
	now := time.Now()
	switch {
	case l.stream == nil && (len(l.ends) == 0 && l.lost == 0 || now.Before(l.retry)):
	case l.stream == nil:
		l.open(now)
	case l.outstanding && now.Sub(l.reportedAt) > receiptWithin:
		l.stream.cancel()
		l.ended(errors.New("the policy server does not take entries, or not fast enough"))
	case !l.outstanding:
		l.report(now)
	}
}

func (l *serverLog) open(now time.Time) {
	s := &grpcStream{owner: l.source.plugins[0], received: l.received, ended: l.ended}
	if err := s.open(l.source.cluster, services.LogService, services.LogMethod); err != nil {
		l.ended(err)
		return
	}
	l.stream, l.announced, l.healthAt = s, false, time.Time{}
	l.report(now)
}

// report sends what waits, if there is anything.
func (l *serverLog) report(now time.Time) {
	next := &logs.Report{Lost: l.lost}
	if !l.announced {
		next.Library = l.library()
	}
	if now.Sub(l.healthAt) >= healthEvery {
		next.Health, l.healthAt = l.health(), now
	}
	start := 0
	for _, end := range l.ends {
		next.Entries = append(next.Entries, l.waiting[start:end])
		start = end
	}
	if len(next.Entries) == 0 && next.Lost == 0 && next.Health == nil {
		return
	}
	message, err := proto.Marshal(next)
	if err == nil {
		err = l.stream.send(message)
	}
	l.sent, l.reported, l.reportedAt, l.outstanding, l.announced = len(l.ends), l.lost, now, true, true
	l.waiting, l.ends = l.waiting[:0], l.ends[:0]
	if err != nil {
		l.stream.cancel()
		l.ended(err)
	}
}

// received takes a receipt.
func (l *serverLog) received(message []byte, _ uint32) {
	var receipt logs.Receipt
	if err := proto.Unmarshal(message, &receipt); err != nil || !l.outstanding || receipt.GetEntries() != uint64(l.sent) {
		l.stream.cancel()
		l.ended(fmt.Errorf("the policy server took %d of %d entries", receipt.GetEntries(), l.sent))
		return
	}
	l.lost -= l.reported
	l.sent, l.reported, l.outstanding = 0, 0, false
	l.backoff = minBackoff
}

// ended notes that there is no stream.
func (l *serverLog) ended(cause error) {
	if l.sent > 0 {
		l.source.log.WithField("error", policy.Reason(cause)).WithField("entries", l.sent).Warn("access log: entries are lost")
	}
	l.drop()
	l.retry = time.Now().Add(l.backoff/2 + rand.N(l.backoff/2+1))
	l.backoff = min(2*l.backoff, maxBackoff)
}

// abandon ends the stream if a plugin owns it, or nil.
func (l *serverLog) abandon(p *plugin) {
	if l == nil || l.stream == nil || l.stream.owner != p {
		return
	}
	l.stream.cancel()
	l.drop()
	l.retry = time.Time{}
}

// drop forgets the stream, with which what it has sent without a receipt is lost.
func (l *serverLog) drop() {
	l.lose(l.sent)
	l.stream, l.outstanding, l.sent, l.reported = nil, false, 0, 0
}

func (l *serverLog) library() *logs.Library {
	build, _ := buildinfo.Read()
	return &logs.Library{
		NodeId: l.source.nodeID, Version: build.Version, Revision: build.Revision, Modified: build.Modified, Go: build.Go,
		Parsers: hostlog.Parsers(),
	}
}

// health is that of the virtual machine, for the plugins that use the source.
func (l *serverLog) health() *logs.Health {
	h := &logs.Health{PolicySources: 1, LogEntriesLost: l.allLost}
	if l.source.connected() {
		h.PolicySourcesConnected = 1
	}
	for _, v := range l.source.services {
		status := v.exchange.Status()
		h.PolicyWarnings += uint64(len(status.Warnings))
		h.PolicyResourcesRefused += uint64(status.RefusedResources)
		h.PolicyUpdates += status.Updates
		h.PolicyUpdatesRefused += status.Refusals
	}
	if status := l.source.services[0].exchange.Status(); !status.LastUpdate.IsZero() {
		h.PolicyLastUpdate = uint64(status.LastUpdate.Unix())
	}
	for _, p := range l.source.plugins {
		if p.instance == nil {
			continue
		}
		h.OpenConnections += uint64(p.instance.Connections().Used())
		h.HeldBytes += uint64(p.instance.HeldBytes().Used())
		h.Panics += p.instance.Panics()
		h.LimitConnections += p.instance.Connections().Refused()
		h.LimitTotalHeldBytes += p.instance.HeldBytes().Refused()
		h.Unobserved += p.instance.GivenUp()
	}
	return h
}
