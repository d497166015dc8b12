package listen

import (
	"net"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

const (
	// quietPeriod is the time for which nothing more is logged of an address that was turned away.
	quietPeriod = time.Minute
	// maxAddresses bounds the addresses of which is logged in that time.
	maxAddresses = 100
)

// turnedAway logs clients that were not admitted: each address once a minute, and of a bounded number of addresses. It may be used
// from several threads at once.
type turnedAway struct {
	log logrus.FieldLogger
	now func() time.Time

	mu    sync.Mutex
	begun time.Time
	// seen are the addresses since begun, and missed counts what was not logged since the last line.
	seen   map[string]bool
	missed int
}

func newTurnedAway(log logrus.FieldLogger) *turnedAway {
	return &turnedAway{log: log, now: time.Now, seen: map[string]bool{}}
}

func (t *turnedAway) add(door, address, certificate string, reason error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.now(); now.Sub(t.begun) >= quietPeriod {
		t.begun = now
		clear(t.seen)
	}
	key := door + " " + host
	if t.seen[key] || len(t.seen) >= maxAddresses {
		t.missed++
		return
	}
	t.seen[key] = true
	log := t.log.WithFields(logrus.Fields{"interface": door, "address": address}).WithError(reason)
	if certificate != "" {
		log = log.WithField("certificate", certificate)
	}
	if t.missed > 0 {
		log = log.WithField("others", t.missed)
	}
	t.missed = 0
	log.Warn("a client was turned away")
}
