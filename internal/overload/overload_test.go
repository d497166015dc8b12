package overload

import (
	"reflect"
	"sync"
	"testing"
	"time"
)

// told records the calls of tell.
type told [][2]uint64

func (t *told) tell(since, total uint64) { *t = append(*t, [2]uint64{since, total}) }

func (t *told) require(tb testing.TB, want ...[2]uint64) {
	tb.Helper()
	if !reflect.DeepEqual([][2]uint64(*t), want) {
		tb.Errorf("told %v, want %v", *t, want)
	}
}

func TestAnAlarmTellsOfTheFirstEventAndThenOnceAPeriod(t *testing.T) {
	now := time.Unix(1000, 0)
	var log told
	a := Alarm{Clock: func() time.Time { return now }}
	a.Raise(log.tell)
	for range 5 {
		now = now.Add(Period / 6)
		a.Raise(log.tell)
	}
	log.require(t, [2]uint64{1, 1})
	now = now.Add(Period / 6)
	a.Raise(log.tell)
	log.require(t, [2]uint64{1, 1}, [2]uint64{6, 7})
	if a.Count() != 7 {
		t.Errorf("counted %d events, want 7", a.Count())
	}
}

func TestTheMachinesClockServesAnAlarmThatIsGivenNone(t *testing.T) {
	var log told
	var a Alarm
	a.Raise(log.tell)
	a.Raise(log.tell)
	a.Raise(nil)
	log.require(t, [2]uint64{1, 1})
}

func TestALimitRefusesWhatWouldExceedItAndTakesAgainWhatFits(t *testing.T) {
	var log told
	l := NewLimit(10, log.tell)
	for _, step := range []struct {
		take int64
		want bool
	}{{7, true}, {4, false}, {3, true}, {1, false}, {0, true}} {
		if got := l.Take(step.take); got != step.want {
			t.Errorf("with %d of 10 in use, take %d: %v", l.Used(), step.take, got)
		}
	}
	l.Give(7)
	if l.Used() != 3 || l.Refused() != 2 || !l.Take(7) {
		t.Errorf("%d in use, %d refused", l.Used(), l.Refused())
	}
	log.require(t, [2]uint64{1, 1})
}

func TestANilLimitBoundsNothing(t *testing.T) {
	var l *Limit
	if !l.Take(1<<62) || l.Used() != 0 || l.Refused() != 0 {
		t.Error("it does")
	}
	l.Give(1)
}

func TestManyThreadsNeverExceedALimit(t *testing.T) {
	l := NewLimit(5, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 2000 {
				if l.Take(2) {
					if used := l.Used(); used > 5 {
						t.Errorf("%d of 5 in use", used)
					}
					l.Give(2)
				}
			}
		})
	}
	all.Wait()
	if l.Used() != 0 {
		t.Errorf("%d in use after all", l.Used())
	}
}
