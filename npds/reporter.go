//go:build !wasip1

package npds

import (
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/proxylib/proxylib/policy"
)

const (
	// silence is the time after which a server that has accepted a stream, and sent nothing, is reported.
	silence = 3 * time.Second
	// maxCauses is how many reasons an outage is reported with.
	maxCauses = 3
)

// reporter reports the connection to a server to the operator: when it is made, when it is silent and when it is
// lost. A server that comes and goes is reported at the first, second, fourth, eighth… time.
type reporter struct {
	log      logrus.FieldLogger
	standing *standing
	feed     *feed

	mu sync.Mutex
	// since is when the stream was opened, zero while there is none; answered reports whether the server has sent anything
	// on it.
	since    time.Time
	answered bool
	timers   []*time.Timer
	// down: the loss of the server has been reported. causes are the reasons in that report.
	down   bool
	causes map[string]bool
	// waiting: a silent server has been reported.
	waiting bool
	// losses counts the connections since the last steady one. unreported: the present connection was not reported because there
	// are many.
	losses     uint64
	unreported bool
}

// opened notes that the server has accepted a stream.
func (r *reporter) opened() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since, r.answered, r.unreported = time.Now(), false, false
	r.timers = []*time.Timer{time.AfterFunc(silence, r.silent), time.AfterFunc(steady, r.settled)}
}

// heard notes that the server has sent something.
func (r *reporter) heard() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answered {
		return
	}
	r.answered, r.down, r.waiting = true, false, false
	r.standing.connected(time.Now())
	if r.unreported = !r.due(); !r.unreported {
		r.log.Info("policy server is connected")
	}
}

// silent reports, once until the server sends something, that it does not.
func (r *reporter) silent() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() || r.answered || time.Since(r.since) < silence {
		return
	}
	r.standing.connected(r.since)
	if r.waiting {
		return
	}
	r.waiting = true
	if r.standing.get().LastUpdate.IsZero() {
		r.log.Warn("policy server is connected, waiting for the first policy: " + r.feed.without + " until it comes")
		return
	}
	r.log.Info("policy server is connected and has sent nothing: " + r.feed.within)
}

// settled notes that the connection is steady.
func (r *reporter) settled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() || time.Since(r.since) < steady {
		return
	}
	r.losses = 0
	if r.unreported {
		r.unreported = false
		r.log.Info("policy server is connected")
	}
}

// closed notes that the stream has ended, and returns how long it lasted. There may have been none.
func (r *reporter) closed() (lasted time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() {
		return 0
	}
	lasted, r.since = time.Since(r.since), time.Time{}
	for _, timer := range r.timers {
		timer.Stop()
	}
	if r.standing.connected(time.Time{}); r.answered && lasted < steady {
		r.losses++
	}
	return lasted
}

// lost reports that an attempt to follow the server has ended, and the status of the subscription before.
func (r *reporter) lost(before Status, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	log, reason := r.log.WithField("error", policy.Reason(cause)), policy.Reason(cause)
	if r.down {
		r.another(log, cause, reason)
		return
	}
	r.down, r.causes = true, map[string]bool{reason: true}
	switch {
	case !r.due():
	case before.LastUpdate.IsZero():
		log.Warn("policy server cannot be reached: " + r.feed.without + " until it replies")
	default:
		log.WithField("version", before.Version).WithField("updated", before.LastUpdate.Format(time.RFC3339)).
			WithField("connected", before.ConnectedSince.Format(time.RFC3339)).
			Warn("policy server is lost: " + r.feed.within)
	}
}

// another reports another reason of an outage that has been reported: one that the server gave, and no network.
func (r *reporter) another(log logrus.FieldLogger, cause error, reason string) {
	if status.Code(cause) == codes.Unavailable || r.causes[reason] || len(r.causes) >= maxCauses {
		return
	}
	r.causes[reason] = true
	log.Warn("policy server cannot be reached, for another reason")
}

// due reports whether the current connection is one to be reported.
func (r *reporter) due() bool { return r.losses&(r.losses-1) == 0 }
