package httpfilter

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proxylib/proxylib/internal/httplink"
)

// quickHost is a host of streams that costs next to nothing.
type quickHost struct {
	httplink.StreamHost
	wakes, continued chan struct{}
}

func (h *quickHost) Facts() httplink.Facts            { return httplink.Facts{} }
func (h *quickHost) Continue(bool)                    { h.continued <- struct{}{} }
func (h *quickHost) NewScheduler() httplink.Scheduler { return h }
func (h *quickHost) Commit()                          { h.wakes <- struct{}{} }
func (h *quickHost) Delete()                          {}

type waiting struct{ Base }

func (waiting) OnRequest(*Request) Action {
	return Wait(func(context.Context) Action { return Continue() })
}

func TestContextOfAWaitIsLikeOneOfTheStandardLibrary(t *testing.T) {
	for _, asked := range []bool{true, false} {
		for _, test := range []struct {
			sleep time.Duration
			want  error
		}{{time.Second, context.Canceled}, {DefaultTimeout + time.Second, context.DeadlineExceeded}} {
			synctest.Test(t, func(t *testing.T) {
				s := &Stream{config: &Config{ctx: t.Context(), filter: &Filter{}}}
				var c waitContext
				expired := false
				c.begin(s, func() { expired = true })
				if asked && c.Done() == nil {
					t.Error("nothing ends")
				}
				if deadline, ok := c.Deadline(); !ok || time.Until(deadline) != DefaultTimeout || c.Err() != nil {
					t.Errorf("got the deadline %v and %v", deadline, c.Err())
				}
				time.Sleep(test.sleep)
				synctest.Wait()
				if late := test.sleep > DefaultTimeout; expired != late {
					t.Errorf("after %v it has expired: %v", test.sleep, expired)
				}
				c.end()
				c.end()
				child, cancel := context.WithCancel(&c)
				defer cancel()
				<-child.Done()
				if !errors.Is(c.Err(), test.want) || !errors.Is(child.Err(), test.want) || !errors.Is(context.Cause(&c), test.want) {
					t.Errorf("after %v got %v, a child %v; want %v", test.sleep, c.Err(), child.Err(), test.want)
				}
				if c.Value(callerKey{}) != caller(s) {
					t.Error("the context has no caller")
				}
			})
		}
	}
}

// BenchmarkWait is a stream with a request that waits, without the host.
func BenchmarkWait(b *testing.B) {
	b.ReportAllocs()
	c := &Config{ctx: b.Context(), filter: &Filter{New: func(*Stream) Handler { return waiting{} }}}
	h := &quickHost{wakes: make(chan struct{}, 1), continued: make(chan struct{}, 1)}
	for b.Loop() {
		s := hooks{c.newStream(h)}
		if s.Headers(false, nil, true) != httplink.Pause {
			b.Fatal("the request does not wait")
		}
		<-h.wakes
		s.Scheduled()
		<-h.continued
		s.Complete(200)
		s.Gone()
	}
}
