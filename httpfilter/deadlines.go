package httpfilter

import (
	"sync"
	"time"
)

// deadlines are the contexts of messages of a configuration that wait. All have the same time, so they end in the order in which they
// began, and one timer serves them: it is set to the first, and set again when it fires. The zero value is ready for use, from several
// threads at once.
type deadlines struct {
	mu          sync.Mutex
	first, last *waitContext
	timer       *time.Timer
	// armed: the timer is going to fire.
	armed bool
}

func (d *deadlines) add(c *waitContext) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.queued, c.before, c.after = true, d.last, nil
	if d.last == nil {
		d.first = c
	} else {
		d.last.after = c
	}
	d.last = c
	if !d.armed {
		d.arm()
	}
}

// arm sets the timer to the first.
func (d *deadlines) arm() {
	d.armed = true
	after := time.Until(d.first.deadline)
	if d.timer == nil {
		d.timer = time.AfterFunc(after, d.fire)
		return
	}
	d.timer.Reset(after)
}

// remove forgets a context. It may be one that was not added, or was removed before.
func (d *deadlines) remove(c *waitContext) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.queued {
		d.unlink(c)
	}
}

func (d *deadlines) unlink(c *waitContext) {
	if c.before == nil {
		d.first = c.after
	} else {
		c.before.after = c.after
	}
	if c.after == nil {
		d.last = c.before
	} else {
		c.after.before = c.before
	}
	c.queued, c.before, c.after = false, nil, nil
}

// fire ends those whose time is over.
func (d *deadlines) fire() {
	for _, c := range d.takeDue() {
		c.expire()
	}
}

func (d *deadlines) takeDue() (due []*waitContext) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for now := time.Now(); d.first != nil && !d.first.deadline.After(now); {
		due = append(due, d.first)
		d.unlink(d.first)
	}
	if d.armed = false; d.first != nil {
		d.arm()
	}
	return due
}
