package httpfilter

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proxylib/proxylib/internal/httplink"
)

// quickHost is a host of streams that costs next to nothing.
type quickHost struct {
	httplink.StreamHost
	wakes chan struct{}
}

func (h *quickHost) Facts() httplink.Facts            { return httplink.Facts{} }
func (h *quickHost) NewScheduler() httplink.Scheduler { return h }
func (h *quickHost) Commit()                          { h.wakes <- struct{}{} }
func (h *quickHost) Delete()                          {}

// expired notes that the time is over.
type expired struct{ atomic.Bool }

func (e *expired) expire() { e.Store(true) }

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
				var over expired
				c.begin(s, &over)
				if asked && c.Done() == nil {
					t.Error("nothing ends")
				}
				if deadline, ok := c.Deadline(); !ok || time.Until(deadline) != DefaultTimeout || c.Err() != nil {
					t.Errorf("got the deadline %v and %v", deadline, c.Err())
				}
				time.Sleep(test.sleep)
				synctest.Wait()
				if late := test.sleep > DefaultTimeout; over.Load() != late {
					t.Errorf("after %v it has expired: %v", test.sleep, over.Load())
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

func TestEachMessageHasItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Stream{config: &Config{ctx: t.Context(), filter: &Filter{}}}
		contexts, over := make([]waitContext, 5), make([]expired, 5)
		for i := range contexts {
			contexts[i].begin(s, &over[i])
			time.Sleep(time.Second)
		}
		for _, i := range []int{0, 2, 4} {
			contexts[i].end()
		}
		time.Sleep(DefaultTimeout - 5*time.Second + time.Millisecond)
		if synctest.Wait(); over[0].Load() || over[1].Load() {
			t.Errorf("after the time of the first, which has ended, another has expired")
		}
		time.Sleep(time.Second)
		if synctest.Wait(); !over[1].Load() || over[3].Load() {
			t.Errorf("after the time of the second, it has not expired, or the fourth has")
		}
		time.Sleep(time.Minute)
		if synctest.Wait(); !over[3].Load() || over[0].Load() || over[2].Load() || over[4].Load() {
			t.Errorf("in the end, others have expired than the second and the fourth")
		}
		// The timer serves what comes after a time without any.
		var late waitContext
		var lateOver expired
		late.begin(s, &lateOver)
		time.Sleep(DefaultTimeout + time.Millisecond)
		if synctest.Wait(); !lateOver.Load() {
			t.Error("a later one has not expired")
		}
	})
}

// BenchmarkWait is a stream with a request that waits, without the host.
func BenchmarkWait(b *testing.B) {
	b.ReportAllocs()
	c := &Config{ctx: b.Context(), filter: &Filter{New: func(*Stream) Handler { return waiting{} }}}
	h := &quickHost{wakes: make(chan struct{}, 1)}
	for b.Loop() {
		s := hooks{c.newStream(h)}
		if s.Headers(false, nil, true) != httplink.Pause {
			b.Fatal("the request does not wait")
		}
		<-h.wakes
		if s.Scheduled() != httplink.ContinueRequest {
			b.Fatal("the request does not go on")
		}
		s.Complete(200)
		s.Gone()
	}
}
