package envoy

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/proxylib"
)

func init() {
	proxylib.Register(proxylib.Protocol{Name: "test.pausing", Pauses: true, New: func(c *proxylib.Connection) proxylib.Parser {
		return &pausingParser{c}
	}})
}

// pausingParser has each line pause. Verdicts on lines that begin with 'a' come at once, and allow them; on others none comes.
type pausingParser struct{ connection *proxylib.Connection }

func (p *pausingParser) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	text := bytes.Join(data, nil)
	v, resumed := p.connection.Resumed()
	switch {
	case len(text) == 0:
		return proxylib.NOP, 0
	case reply:
		return proxylib.PASS, len(text)
	case !resumed:
		ticket, op, n := p.connection.Pause()
		if text[0] == 'a' {
			ticket.Resume(proxylib.Verdict{Allowed: true})
		}
		return op, n
	case v.Allowed:
		return proxylib.PASS, len(text)
	}
	p.connection.Inject(true, []byte(v.Reason))
	return proxylib.DROP, len(text)
}

// commits counts the commits of schedulers.
type commits struct {
	mu    sync.Mutex
	count map[uintptr]int
}

func (c *commits) commit(scheduler uintptr) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[scheduler]++
	return nil
}

func (c *commits) of(scheduler uintptr) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count[scheduler]
}

func newPausing(t *testing.T, limits string) (*session, *commits) {
	t.Helper()
	opener := newOpener(&recordedLog{})
	f, err := openFilter(filterName, []byte(`{"parser": "test.pausing", "policy_name": "10.0.0.1", "port": 80, "policy": {"allow": "all"}, "limits": {`+limits+`}}`), false, opener)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.close(opener) })
	c := &commits{count: map[uintptr]int{}}
	f.resume = c.commit
	s, _, err := f.connect(facts{Facts: filterconfig.Facts{ID: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestAVerdictHasEnvoyResumeTheConnection(t *testing.T) {
	s, c := newPausing(t, "")
	defer s.close()
	plan := &datapath.Plan{}
	// It comes before Envoy's scheduler is known, and again after that.
	for n := 1; n <= 2; n++ {
		if s.data(false, false, [][]byte{[]byte("a")}, plan); !plan.Pause || plan.Leave {
			t.Fatalf("%+v", plan)
		}
		if n == 1 {
			s.waker().enable(7)
		}
		if c.of(7) != n {
			t.Errorf("%d commits, want %d", c.of(7), n)
		}
		if s.resume(plan); plan.Pause || string(plan.Out) != "a" {
			t.Errorf("resumed: %+v", plan)
		}
		if s.waker().timer != nil {
			t.Error("the timer still runs")
		}
	}
}

func TestARequestThatPausesTooLongIsDenied(t *testing.T) {
	s, c := newPausing(t, `"verdict_milliseconds": 20`)
	defer s.close()
	s.waker().enable(7)
	plan := &datapath.Plan{}
	s.data(false, false, [][]byte{[]byte("b")}, plan)
	began := time.Now()
	// What comes meanwhile does not give it more time.
	eventually.Holds(t, "time is up", func() bool {
		s.data(false, false, [][]byte{[]byte("c")}, plan)
		return c.of(7) == 1
	})
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("time is up after %v", took)
	}
	if s.resume(plan); string(plan.Reverse) != proxylib.NoVerdictInTime || len(plan.Out) > 0 || plan.Pause {
		t.Errorf("%+v", plan)
	}
}

func TestAConnectionThatIsGoneIsNotCommitted(t *testing.T) {
	s, c := newPausing(t, `"verdict_milliseconds": 1`)
	w := s.waker()
	w.enable(7)
	plan := &datapath.Plan{}
	s.data(false, false, [][]byte{[]byte("b")}, plan)
	number := s.conn.PauseNumber()
	s.close()
	before := c.of(7)
	w.wake()
	s.conn.Expire(number)
	if c.of(7) != before || w.timer != nil {
		t.Errorf("%d commits, before %d; timer %v", c.of(7), before, w.timer)
	}
}

func TestOnlyConnectionsWhoseRequestsPauseHaveAWaker(t *testing.T) {
	opener := newOpener(&recordedLog{})
	f, err := openFilter(filterName, []byte(`{"parser": "r2d2", "policy_name": "10.0.0.1", "port": 80, "policy": {"allow": "all"}}`), false, opener)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close(opener)
	s, _, err := f.connect(facts{Facts: filterconfig.Facts{ID: 1}})
	if err != nil || s.waker() != nil {
		t.Errorf("%v, waker %v", err, s.waker())
	}
	s.close()
}

func TestTheTimeForAVerdictIsBounded(t *testing.T) {
	for value, want := range map[string]string{"600000": "", "600001": "give at most 600000", "-1": "limits.verdict_milliseconds"} {
		_, err := filterconfig.Parse([]byte(`{"parser": "test.pausing", "policy": {"allow": "all"}, "limits": {"verdict_milliseconds": ` + value + `}}`))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestAnObservedConnectionIsResumedToo(t *testing.T) {
	opener := newOpener(&recordedLog{})
	f, err := openFilter(filterName, []byte(`{"parser": "test.pausing", "mode": "observe", "policy_name": "10.0.0.1", "port": 80}`), false, opener)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close(opener)
	c := &commits{count: map[uintptr]int{}}
	f.resume = c.commit
	s, _, err := f.connect(facts{Facts: filterconfig.Facts{ID: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.waker().enable(7)
	plan := &datapath.Plan{}
	for n := 1; n <= 2; n++ {
		if s.data(false, false, [][]byte{[]byte("a")}, plan); !plan.Leave || plan.Pause || c.of(7) != n {
			t.Fatalf("request %d: %+v, %d commits", n, plan, c.of(7))
		}
		if s.resume(plan); !plan.Leave || s.conn.Paused() || s.waker().timer != nil {
			t.Fatalf("request %d resumed: %+v", n, plan)
		}
	}
}
