package envoy

import (
	"sync"
	"time"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/hosts/internal/observe"
)

// waker has Envoy call the scheduled hook of a connection whose requests may pause, and limits the time of a pause.
type waker struct {
	// commit has Envoy call it. What it returns is not nil if the connection has ended meanwhile, and releases it.
	commit func(scheduler uintptr) (release func())
	// after is the longest time of a pause, and expire ends one.
	after  time.Duration
	expire func(number uint64)

	mu sync.Mutex
	// scheduler is Envoy's, 0 while it is not known and after the end of the connection. due: it is wanted.
	scheduler uintptr
	due       bool

	// What follows is for the thread of the connection: the timer, and the number of the pause that it is for.
	timer  *time.Timer
	number uint64
}

// wake may be called from any goroutine.
func (w *waker) wake() {
	if release := w.tryCommit(); release != nil {
		release()
	}
}

// tryCommit commits, if the scheduler is known. To release a connection closes the waker.
func (w *waker) tryCommit() (release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.scheduler == 0 {
		w.due = true
		return nil
	}
	return w.commit(w.scheduler)
}

// enable makes the scheduler known.
func (w *waker) enable(scheduler uintptr) {
	w.mu.Lock()
	w.scheduler = scheduler
	due := w.due
	w.mu.Unlock()
	if due {
		w.wake()
	}
}

// limit starts the timer for a pause, and stops that for another one; the number 0 is none.
func (w *waker) limit(number uint64) {
	if number == w.number {
		return
	}
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if w.number = number; number != 0 {
		w.timer = time.AfterFunc(w.after, func() { w.expire(number) })
	}
}

// close has wake do nothing any more. When it returns, commit is not running.
func (w *waker) close() {
	w.limit(0)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scheduler = 0
}

// resumable is the engine of a connection, or its observer, where the parser is known.
type resumable interface {
	observe.Engine
	Resume(plan *datapath.Plan)
}

// pausable is the engine of a connection whose requests may pause.
type pausable struct {
	resumable
	waker *waker
}

func (p *pausable) Close() {
	p.waker.close()
	p.resumable.Close()
}

// mayPause makes the engine of the session one whose requests may pause, if there is a waker.
func (s *session) mayPause(w *waker) {
	if w != nil {
		w.expire = func(number uint64) { s.conn.Expire(number) }
		s.engine = &pausable{s.engine.(resumable), w}
	}
}

// waker returns that of the connection, nil if its requests do not pause.
func (s *session) waker() *waker {
	if p, ok := s.engine.(*pausable); ok {
		return p.waker
	}
	return nil
}
