package httpfilter

import "sync"

// maxIdleRunners is how many goroutines of a configuration wait for the next function at most.
const maxIdleRunners = 8

// runners run the functions of messages that wait, each in a goroutine that nothing else uses meanwhile. A goroutine stays for later
// functions, as its stack has grown then: a new one would copy its stack once a function. The zero value is ready for use, from
// several threads at once.
type runners struct {
	mu sync.Mutex
	// idle are those of goroutines that wait, the one that has worked last at the end.
	idle   []chan *pauseState
	closed bool
}

// run has a goroutine run the function of a pause.
func (r *runners) run(p *pauseState) {
	if work := r.take(); work != nil {
		work <- p
		return
	}
	go r.serve(p)
}

func (r *runners) take() (work chan *pauseState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := len(r.idle) - 1; last >= 0 {
		work = r.idle[last]
		r.idle = r.idle[:last]
	}
	return work
}

func (r *runners) serve(p *pauseState) {
	work := make(chan *pauseState, 1)
	for p != nil {
		p.run()
		if !r.give(work) {
			return
		}
		p = <-work
	}
}

// give reports whether the caller is to wait for work.
func (r *runners) give(work chan *pauseState) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.idle) == maxIdleRunners {
		return false
	}
	r.idle = append(r.idle, work)
	return true
}

// close ends the goroutines that wait. Others end when their functions have returned.
func (r *runners) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, work := range r.idle {
		close(work)
	}
	r.idle = nil
}
