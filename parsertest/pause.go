package parsertest

import (
	"time"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// pauseTime is how long whom a parser asks may take for a verdict.
const pauseTime = 30 * time.Second

// resumption is how a request goes on that has paused.
type resumption struct {
	verdict proxylib.Verdict
	// late: time is up.
	late bool
}

// Resume has a request that has paused go on with a verdict, in place of whom the parser asks; see [proxylib.Connection.Pause]. If
// none has paused it does nothing.
//
// A case with such steps, or with [Late], takes no other verdicts: its parser must not resume anything by itself. In all others
// the request that has paused waits, before the next step, until the parser resumes it.
func Resume(v proxylib.Verdict) Step { return Step{resumes: &resumption{verdict: v}} }

// Late has a request that has paused go on because time is up.
func Late() Step { return Step{resumes: &resumption{late: true}} }

// resumes reports whether the steps say how requests go on that have paused.
func resumes(steps []Step) bool {
	for _, step := range steps {
		if step.resumes != nil {
			return true
		}
	}
	return false
}

// pauses are those of one connection.
type pauses struct {
	// said: the steps say how they end.
	said  bool
	woken chan struct{}
}

func (s *script) newPauses() *pauses {
	return &pauses{said: s.resumes, woken: make(chan struct{}, 1)}
}

// wake takes note that a request is to go on.
func (p *pauses) wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

// await calls resume until nothing pauses, unless the steps say when that is. It reports false if nobody resumes a request.
func (p *pauses) await(conn *host.Connection, resume func()) bool {
	for conn.Paused() && !p.said {
		select {
		case <-p.woken:
			resume()
		case <-time.After(pauseTime):
			return false
		}
	}
	return true
}

// carryOut carries out a step, and reports whether something has paused.
func (r *resumption) carryOut(conn *host.Connection) bool {
	if !conn.Paused() {
		return false
	}
	if r.late {
		conn.Expire(conn.PauseNumber())
	} else {
		conn.Resume(conn.PauseNumber(), r.verdict)
	}
	return true
}

// nobodyResumes is what is wrong with a parser whose request does not go on.
const nobodyResumes = "a request pauses, and nobody resumes it"
