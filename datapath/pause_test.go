package datapath_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// pausing has each line of the client's that begins with '?' pause, once or, with "??", twice. What is denied is replied to by
// the reason.
type pausing struct {
	conn    *proxylib.Connection
	tickets *[]proxylib.Ticket
	paused  int
	// defies: denials are not heeded.
	defies bool
}

func (p *pausing) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	text := string(bytes.Join(data, nil))
	end := strings.IndexByte(text, '\n') + 1
	switch {
	case text == "":
		return proxylib.NOP, 0
	case end == 0:
		return proxylib.MORE, 1
	case reply || text[0] != '?':
		return proxylib.PASS, end
	}
	v, resumed := p.conn.Resumed()
	if !resumed || v.Allowed && p.paused < strings.LastIndexByte(text[:end], '?')+1 {
		ticket, op, n := p.conn.Pause()
		*p.tickets = append(*p.tickets, ticket)
		p.paused++
		return op, n
	}
	p.paused = 0
	if v.Allowed || p.defies {
		return proxylib.PASS, end
	}
	p.conn.Inject(true, []byte(v.Reason+"\n"))
	return proxylib.DROP, end
}

// paused is a connection of such a parser.
type paused struct {
	*testing.T
	conn    *host.Connection
	engine  *datapath.Engine
	tickets []proxylib.Ticket
	woken   int
	plan    datapath.Plan
}

func newPaused(t *testing.T, config host.InstanceConfig, defies bool) *paused {
	t.Helper()
	p := &paused{T: t}
	protocol := &proxylib.Protocol{Name: "test.pausing", Pauses: true, New: func(c *proxylib.Connection) proxylib.Parser {
		return &pausing{conn: c, tickets: &p.tickets, defies: defies}
	}}
	config.Policies = new(policy.Store)
	var err error
	p.conn, err = host.NewConnection(host.NewInstance(config), protocol.Name, host.ConnectionInfo{
		DstAddr: "10.0.0.1:80", Protocol: protocol, Wake: func() { p.woken++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	p.engine = datapath.New(p.conn, datapath.Limits{HeldBytes: 64})
	t.Cleanup(p.engine.Close)
	return p
}

// expect compares the plan of a call for bytes of a direction, whose text is "out|reverse", with "+pause", "+wait" or "+closed"
// after it.
func (p *paused) expect(input, want string) {
	p.Helper()
	got := string(p.plan.Out)
	if p.plan.Leave {
		got = input
	}
	got += "|" + string(p.plan.Reverse)
	for _, flag := range []struct {
		name string
		set  bool
	}{{"pause", p.plan.Pause}, {"wait", p.plan.Wait}, {"closed", p.plan.Close}} {
		if flag.set {
			got += "+" + flag.name
		}
	}
	if got != want {
		p.Fatalf("got %q (%s), want %q", got, p.plan.Reason, want)
	}
}

func (p *paused) client(data, want string) {
	p.Helper()
	p.engine.Data(false, false, [][]byte{[]byte(data)}, &p.plan)
	p.expect(data, want)
}

func (p *paused) server(data, want string) {
	p.Helper()
	p.engine.Data(true, false, [][]byte{[]byte(data)}, &p.plan)
	p.expect(data, want)
}

func (p *paused) resume(v proxylib.Verdict, want string) {
	p.Helper()
	p.tickets[len(p.tickets)-1].Resume(v)
	p.engine.Resume(&p.plan)
	p.expect("", want)
}

var (
	allowed = proxylib.Verdict{Allowed: true}
	denied  = proxylib.Verdict{Reason: "no"}
)

func TestARequestThatPausesHoldsWhatComesAfterItAndTheOtherDirectionGoesOn(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{}, false)
	p.client("a\n?b\nc\n", "a\n|+pause")
	p.client("d\n", "|+pause")
	p.server("r\n", "r\n|+pause")
	if !p.conn.Paused() {
		t.Fatal("a reply ends the pause")
	}
	p.engine.Resume(&p.plan)
	p.expect("", "|+pause")
	p.resume(allowed, "?b\nc\nd\n|")
	p.client("?e\nf\n", "|+pause")
	p.resume(denied, "f\n|no\n")
	p.client("?g\n?h\ni\n", "|+pause")
	p.resume(denied, "|no\n+pause")
	p.resume(allowed, "?h\ni\n|")
	if p.woken != 4 {
		t.Errorf("the host was woken %d times, want 4", p.woken)
	}
}

func TestARequestMayPauseAgain(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{}, false)
	p.client("??a\n", "|+pause")
	p.resume(allowed, "|+pause")
	p.resume(allowed, "??a\n|")
	p.client("??b\nc\n", "|+pause")
	p.resume(denied, "c\n|no\n")
}

func TestATicketResumesOnceAndOnlyItsOwnRequest(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{}, false)
	p.client("?a\n?b\n", "|+pause")
	first := p.tickets[0]
	p.resume(denied, "|no\n+pause")
	first.Resume(allowed)
	p.engine.Resume(&p.plan)
	p.expect("", "|+pause")
	p.resume(denied, "|no\n")
	for _, ticket := range append(p.tickets, proxylib.Ticket{}) {
		ticket.Resume(allowed)
	}
	if p.woken != 2 {
		t.Errorf("the host was woken %d times, want 2", p.woken)
	}
	p.client("?c\n", "|+pause")
}

func TestWhenTimeIsUpARequestIsDeniedAndALaterVerdictIsNone(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{}, false)
	p.client("?a\nb\n", "|+pause")
	p.conn.Expire(p.conn.PauseNumber() + 1)
	p.engine.Resume(&p.plan)
	p.expect("", "|+pause")
	p.conn.Expire(p.conn.PauseNumber())
	p.tickets[0].Resume(allowed)
	p.engine.Resume(&p.plan)
	p.expect("", "b\n|"+proxylib.NoVerdictInTime+"\n")
	if p.conn.PauseNumber() != 0 {
		t.Error("the connection is still paused")
	}
}

func TestAuditModeCarriesOutNoDenialButThatOfALateVerdict(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{Audit: true}, false)
	p.client("?a\n", "|+pause")
	p.resume(denied, "?a\n|")
	p.client("?b\n", "|+pause")
	p.conn.Expire(p.conn.PauseNumber())
	p.engine.Resume(&p.plan)
	p.expect("", "|"+proxylib.NoVerdictInTime+"\n")
}

func TestAParserThatPassesWhatWasDeniedHasTheConnectionClosed(t *testing.T) {
	for name, deny := range map[string]func(p *paused){
		"a denial": func(p *paused) { p.tickets[0].Resume(proxylib.Verdict{}) },
		"no time":  func(p *paused) { p.conn.Expire(p.conn.PauseNumber()) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPaused(t, host.InstanceConfig{}, true)
			p.client("?a\nb\n", "|+pause")
			deny(p)
			p.engine.Resume(&p.plan)
			p.expect("", "|+closed")
			if !strings.Contains(p.plan.Reason, "in spite of a denial") {
				t.Errorf("reason %q", p.plan.Reason)
			}
		})
	}
}

func TestTheEndOfTheClientsStreamWaitsAndThatOfTheServersClosesTheConnection(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{}, false)
	p.client("?a\n", "|+pause")
	p.engine.Data(false, true, nil, &p.plan)
	p.expect("", "|+pause")
	p.resume(allowed, "?a\n|")

	p = newPaused(t, host.InstanceConfig{}, false)
	p.client("?a\n", "|+pause")
	p.engine.Data(true, true, [][]byte{[]byte("last\n")}, &p.plan)
	p.expect("last\n", "last\n|+closed")
	p.tickets[0].Resume(allowed)
	p.engine.Resume(&p.plan)
	p.expect("", "|+closed")
}

func TestTheClientOfAPausedRequestIsReadUntilMuchIsHeld(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{}, false)
	some := strings.Repeat("x\n", 16<<10)
	p.client("?a\n"+some, "|+pause")
	p.client(some, "|+pause+wait")
	p.resume(allowed, "?a\n"+some+some+"|")
	p.client("?a\n", "|+pause")
	for range 200 {
		if p.engine.Data(false, false, [][]byte{[]byte(some)}, &p.plan); p.plan.Close {
			break
		}
	}
	p.expect("", "|+closed")
}

func TestAConnectionThatHasEndedIsNotResumed(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{}, false)
	p.client("?a\n", "|+pause")
	number := p.conn.PauseNumber()
	p.conn.Close()
	p.tickets[0].Resume(allowed)
	p.conn.Expire(number)
	if p.woken != 0 {
		t.Errorf("the host was woken %d times for a connection that has ended", p.woken)
	}
}

// Verdicts come from other goroutines, also while the connection works or ends.
func TestTicketsAreUsedFromAnyGoroutine(t *testing.T) {
	var running sync.WaitGroup
	for i := range 200 {
		woken := make(chan struct{}, 8)
		var tickets []proxylib.Ticket
		protocol := &proxylib.Protocol{Name: "test.pausing", Pauses: true, New: func(c *proxylib.Connection) proxylib.Parser {
			return &pausing{conn: c, tickets: &tickets}
		}}
		conn, err := host.NewConnection(host.NewInstance(host.InstanceConfig{Policies: new(policy.Store)}), protocol.Name, host.ConnectionInfo{
			DstAddr: "10.0.0.1:80", Protocol: protocol, Wake: func() { woken <- struct{}{} },
		})
		if err != nil {
			t.Fatal(err)
		}
		engine, plan := datapath.New(conn, datapath.Limits{}), new(datapath.Plan)
		engine.Data(false, false, [][]byte{[]byte("?a\n")}, plan)
		ticket, number := tickets[0], conn.PauseNumber()
		running.Go(func() { ticket.Resume(allowed) })
		running.Go(func() { ticket.Resume(denied) })
		running.Go(func() { conn.Expire(number) })
		engine.Data(false, false, [][]byte{[]byte("b\n")}, plan)
		if i%2 == 0 {
			<-woken
			if engine.Resume(plan); !strings.HasSuffix(string(plan.Out), "b\n") || plan.Pause {
				t.Errorf("resumed: %+v", plan)
			}
		}
		engine.Close()
	}
	running.Wait()
}

func TestAHostThatCannotHaveRequestsPauseRefusesTheirProtocol(t *testing.T) {
	protocol := &proxylib.Protocol{Name: "test.pausing", Pauses: true, New: func(c *proxylib.Connection) proxylib.Parser { return &pausing{conn: c} }}
	_, err := host.NewConnection(host.NewInstance(host.InstanceConfig{Policies: new(policy.Store)}), protocol.Name,
		host.ConnectionInfo{DstAddr: "10.0.0.1:80", Protocol: protocol})
	if cannot, ok := err.(*proxylib.CannotPauseError); !ok || cannot.Parser != "test.pausing" || cannot.Unwrap() != proxylib.POLICY_DROP {
		t.Errorf("error %v", err)
	}
}

// A protocol that does not say that requests pause has none that do.
func TestAParserOfAnotherProtocolCannotPause(t *testing.T) {
	var tickets []proxylib.Ticket
	protocol := &proxylib.Protocol{Name: "test.other", New: func(c *proxylib.Connection) proxylib.Parser {
		return &pausing{conn: c, tickets: &tickets}
	}}
	e, plan := datapath.New(connect(protocol), datapath.Limits{}), new(datapath.Plan)
	e.Data(false, false, [][]byte{[]byte("?a\n")}, plan)
	if !plan.Close || !strings.Contains(plan.Reason, "must not") {
		t.Errorf("%+v", plan)
	}
	tickets[0].Resume(allowed)
}

func TestAnObservedRequestThatPausesHasPassed(t *testing.T) {
	var tickets []proxylib.Ticket
	protocol := &proxylib.Protocol{Name: "test.pausing", Pauses: true, New: func(c *proxylib.Connection) proxylib.Parser {
		return &pausing{conn: c, tickets: &tickets}
	}}
	conn, err := host.NewConnection(host.NewInstance(host.InstanceConfig{Policies: new(policy.Store), Observe: true}), protocol.Name, host.ConnectionInfo{
		DstAddr: "10.0.0.1:80", Protocol: protocol, Wake: func() {},
	})
	if err != nil {
		t.Fatal(err)
	}
	observer, plan := datapath.NewObserver(conn, datapath.Limits{}), new(datapath.Plan)
	defer observer.Close()
	for n := range 3 {
		if observer.Data(false, false, [][]byte{[]byte("?a\n")}, plan); !plan.Leave || plan.Pause {
			t.Fatalf("request %d: %+v", n, plan)
		}
		if n == 1 {
			conn.Expire(conn.PauseNumber())
		} else {
			tickets[n].Resume(denied)
		}
		if observer.Resume(plan); !plan.Leave || len(plan.Out)+len(plan.Reverse) > 0 || plan.Pause || plan.Close {
			t.Fatalf("request %d resumed: %+v", n, plan)
		}
	}
	if len(tickets) != 3 || conn.Paused() {
		t.Errorf("%d requests have paused, want 3", len(tickets))
	}
}

func TestAHostThatSendsInTurnsHasNoRequestPause(t *testing.T) {
	p := newPaused(t, host.InstanceConfig{}, false)
	engine := datapath.NewInTurns(p.conn, datapath.Limits{})
	engine.Data(false, false, [][]byte{[]byte("?a\n")}, &p.plan)
	if p.expect("", "|+closed"); !strings.Contains(p.plan.Reason, "must not") {
		t.Errorf("reason %q", p.plan.Reason)
	}
}
