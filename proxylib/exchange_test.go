package proxylib_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/hostlink"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// followed is a parser of requests and replies of two bytes, a letter and a number. It follows the replies to some. One description
// stands for the replies to several m.
type followed struct {
	conn    *proxylib.Connection
	replies proxylib.ReplyQueue[byte]
}

func (p *followed) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if reply {
		if op, n := p.replies.BeginReply(p.conn, view); op != proxylib.NOP || view.Len() < 2 {
			return op, n
		}
		if view.At(0) == 'e' {
			p.replies.LogReply(p.conn, proxylib.Failed, proxylib.NewL7Entry("f").Add("request", "x").Reply().Add("error", "bad"))
		}
		if owed := p.replies.Head(); *owed > 1 && *owed < 'a' {
			p.replies.EndOne()
			*owed--
		} else {
			p.replies.Done()
		}
		return proxylib.PASS, 2
	}
	if view.Len() < 2 {
		return proxylib.NOP, 0
	}
	e := proxylib.NewL7Entry("f").AddBytes(proxylib.NewLogKey("request"), view.Bytes(0, 2, new([]byte)))
	verdict := proxylib.Verdict{Allowed: true, Rule: "r"}
	switch view.At(0) {
	case 'd':
		p.replies.Deny(p.conn, []byte("no"))
		p.conn.LogRefused("denied", e)
		return proxylib.DROP, 2
	case 'n':
		p.conn.LogRequest(verdict, e)
		p.conn.Unanswered(3)
		return proxylib.PASS, 2
	case 'u':
		p.conn.LogRequest(verdict, e)
		return proxylib.PASS, 2
	case 'm':
		if owed := p.replies.Last(); owed != nil && *owed < 'a'-1 {
			*owed++
		} else {
			p.replies.Forwarded(1)
		}
		p.conn.LogRequest(verdict, e)
		p.replies.Follow(p.conn)
		return proxylib.PASS, 2
	case 'p':
		p.replies.Forwarded('p')
		p.conn.LogPart(0, verdict, verdict, e)
		p.conn.LogPart(1, verdict, verdict, e)
		p.replies.Follow(p.conn)
		return proxylib.PASS, 2
	case 'l':
		p.replies.Forwarded('l')
		p.conn.LogRequest(verdict, e)
		p.replies.Follow(p.conn)
		p.replies.Withdraw()
		return proxylib.PASS, 2
	}
	return p.replies.Enforce(p.conn, verdict, 2, e, 'a', nil)
}

// exchangeLog keeps entries as lines.
type exchangeLog struct{ lines []string }

func (l *exchangeLog) Log(e accesslog.Entry) {
	line := fmt.Sprintf("%s %d", e.Type, e.Request)
	for _, value := range e.L7.(*accesslog.Generic).Fields() {
		line += " " + value
	}
	if x := e.Exchange; x != nil {
		line += fmt.Sprintf(": %s %d/%d", accesslog.StatusName(x.Status), x.RequestBytes, x.ReplyBytes)
		if x.Reply != nil {
			for key, value := range x.Reply.Fields() {
				line += " " + key + "=" + value
			}
		}
	}
	if user := e.Flow.User(); user != "" {
		line += " by " + user
	}
	l.lines = append(l.lines, line)
}

func (l *exchangeLog) take() string {
	defer func() { l.lines = nil }()
	return strings.Join(l.lines, "; ")
}

// follow opens a connection of the parser.
func follow(t *testing.T, kinds accesslog.Kinds, held *overload.Limit) (*exchangeLog, *host.Connection, func(reply bool, text string)) {
	t.Helper()
	log := &exchangeLog{}
	instance := host.NewInstance(host.InstanceConfig{Policies: new(policy.Store), AccessLog: log, LogKinds: kinds, HeldBytes: held})
	protocol := proxylib.Protocol{Name: "f", New: func(c *proxylib.Connection) proxylib.Parser { return &followed{conn: c} }}.Complete()
	conn, err := host.NewConnection(instance, "f", host.ConnectionInfo{Id: 1, Port: 1, Protocol: protocol})
	if err != nil {
		t.Fatal(err)
	}
	return log, conn, func(reply bool, text string) {
		ops := make([]host.FilterOp, 0, 2*len(text)+2)
		if _, result := conn.OnData(reply, false, [][]byte{[]byte(text)}, ops); result != proxylib.OK {
			t.Fatalf("%q: %v", text, result)
		}
		conn.TakeInjected(true, 100)
	}
}

func TestAnExchangeIsLoggedWhenItHasEnded(t *testing.T) {
	for _, c := range []struct {
		kinds accesslog.Kinds
		steps []string
		want  []string
	}{
		{accesslog.Exchanges, []string{">a1d2a3", "<o1", "<e3"}, []string{
			"Denied 2 d2", "Request 1 a1: replied 2/2", "Request 3 a3: error 2/2 error=bad"}},
		{accesslog.Requests, []string{">a1d2a3", "<o1e3"}, []string{
			"Request 1 a1; Denied 2 d2; Request 3 a3", "Response 3 x bad"}},
		{accesslog.Requests | accesslog.Exchanges, []string{">a1", "<e1"}, []string{
			"Request 1 a1", "Response 1 x bad; Request 1 a1: error 2/2 error=bad"}},
		{accesslog.Exchanges, []string{">n1u2a3", "<o3"}, []string{
			"Request 1 n1: silent 5/0; Request 2 u2", "Request 3 a3: replied 2/2"}},
		{accesslog.Exchanges, []string{">p1", "<e1"}, []string{
			"", "Request 1 p1: error 2/2 error=bad; Request 1 p1: error 0/0"}},
		{accesslog.Exchanges, []string{">a1l2", "<o1"}, []string{
			"Request 2 l2: no reply 0/0", "Request 1 a1: replied 2/2"}},
		{accesslog.Exchanges, []string{">a1a2", "<o1", "close"}, []string{
			"", "Request 1 a1: replied 2/2", "Request 2 a2: no reply 2/0"}},
	} {
		log, conn, send := follow(t, c.kinds, nil)
		for i, step := range c.steps {
			if step == "close" {
				conn.Close()
			} else {
				send(step[0] == '<', step[1:])
			}
			if got := log.take(); got != c.want[i] {
				t.Errorf("%v, %q: %s\nwant %s", c.kinds, step, got, c.want[i])
			}
		}
	}
}

func TestTheEntryOfAReplyNamesItsRequest(t *testing.T) {
	for _, kinds := range []accesslog.Kinds{accesslog.Requests, accesslog.Requests | accesslog.Exchanges} {
		for _, c := range []struct {
			requests string
			want     []int
		}{
			{"a1d2u3a4", []int{1, 4}},
			{"u1u2a3", []int{3}},
			{"a1l2p3n4a5", []int{1, 3, 5}},
			{"m1m2m3a4m5m6", []int{1, 2, 3, 4, 5, 6}},
			{"a1d2m3m4d5m6", []int{1, 3, 4, 6}},
		} {
			log, _, send := follow(t, kinds, nil)
			send(false, c.requests)
			log.take()
			// Another request comes while replies are owed, and one after all have come.
			want := append(c.want, len(c.requests)/2+1)
			for i, n := range want {
				send(true, "e0")
				if got := log.take(); !strings.Contains(got, fmt.Sprintf("Response %d ", n)) {
					t.Errorf("%v, %s: reply %d: %s, want %d", kinds, c.requests, i, got, n)
				}
				if i == 0 {
					send(false, "a0")
					log.take()
				}
			}
			send(false, "u0a0")
			log.take()
			send(true, "e0")
			if got, n := log.take(), len(c.requests)/2+3; !strings.Contains(got, fmt.Sprintf("Response %d ", n)) {
				t.Errorf("%v, %s: the last reply: %s, want %d", kinds, c.requests, got, n)
			}
		}
	}
}

func TestARequestAfterOneThatIsNotFollowedIsNotGivenItsReply(t *testing.T) {
	const limit = 1024
	for _, c := range []struct {
		kinds                     accesslog.Kinds
		requests, replies, merged string
		want                      string
	}{
		{accesslog.Requests, "a1m2u3m4", "e0e0e0", "", "Response 1 x bad; Response 2 x bad; Response 0 x bad"},
		{accesslog.Exchanges, strings.Repeat("a1", limit-1) + "m2m3", "o0", "m4", "Request 1 a1: replied 2/2; Request 1026 m4"},
	} {
		log, _, send := follow(t, c.kinds, nil)
		send(false, c.requests)
		log.take()
		send(true, c.replies)
		send(false, c.merged)
		if got := log.take(); got != c.want {
			t.Errorf("%v: %s\nwant %s", c.kinds, got, c.want)
		}
	}
}

func TestTheEntryOfAnExchangeHasTheUserOfItsRequest(t *testing.T) {
	log, conn, send := follow(t, accesslog.Exchanges, nil)
	send(false, "a1")
	conn.SetUser([]byte("web"))
	send(false, "a2")
	send(true, "o1o2")
	if got, want := log.take(), "Request 1 a1: replied 2/2; Request 2 a2: replied 2/2 by web"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRequestsBeyondALimitAreLoggedWithoutTheirReplies(t *testing.T) {
	const limit = 1024
	log, _, send := follow(t, accesslog.Exchanges, nil)
	send(false, strings.Repeat("a1", limit+1))
	if got, want := log.take(), fmt.Sprintf("Request %d a1: not awaited 2/0", limit+1); got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	send(true, strings.Repeat("o1", limit+1))
	if n := len(log.lines); n != limit || !slices.Contains(log.lines, "Request 1 a1: replied 2/2") {
		t.Errorf("%d entries, first %q", n, log.lines[0])
	}
	log.take()
	send(false, "a1")
	send(true, "o1")
	if got, want := log.take(), fmt.Sprintf("Request %d a1: replied 2/2", limit+2); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestEntriesThatWaitAreHeldBytesAndNeverCloseAConnection(t *testing.T) {
	held := overload.NewLimit(10_000, func(_, _ uint64) { t.Error("a refusal is reported") })
	log, conn, send := follow(t, accesslog.Exchanges, held)
	send(false, strings.Repeat("a1", 100))
	if used := held.Used(); used < 1000 || used > 5000 {
		t.Errorf("%d bytes are held", used)
	}
	if got := log.take(); !strings.Contains(got, "not awaited") {
		t.Errorf("log %s", got)
	}
	conn.Close()
	if used := held.Used(); used != 0 {
		t.Errorf("%d bytes are held after the end", used)
	}
	if got := log.take(); !strings.HasPrefix(got, "Request 1 a1: no reply 2/0") {
		t.Errorf("log %s", got)
	}
}

func TestTheLatencyOfARequestIsMeasuredWhenItsReplyHasEnded(t *testing.T) {
	for _, c := range []struct {
		kinds accesslog.Kinds
		steps []string
		want  []int
	}{
		{accesslog.Exchanges, []string{">a1a2", "<o1", "<e2"}, []int{0, 1, 2}},
		// Denied, not awaited, in parts, and several replies at once.
		{accesslog.Exchanges, []string{">d1n2", ">p3m4m5", "<o3o4o5"}, []int{0, 0, 3}},
		{accesslog.Requests, []string{">a1", "<o1"}, []int{0, 0}},
	} {
		_, conn, say := follow(t, c.kinds, nil)
		var latencies []uint64
		conn.Measure(&latencies)
		for i, step := range c.steps {
			if say(step[0] == '<', step[1:]); len(latencies) != c.want[i] {
				t.Errorf("%q: %v after %s, want %d", c.steps, latencies, step, c.want[i])
			}
		}
		for _, latency := range latencies {
			if latency == 0 || latency > uint64(time.Minute) {
				t.Errorf("%q: %v", c.steps, latencies)
			}
		}
		conn.Measure(nil)
		say(false, "a9")
		if say(true, "o9"); len(latencies) != c.want[len(c.want)-1] {
			t.Errorf("%q: %v after the end", c.steps, latencies)
		}
		conn.Close()
	}
}

func TestTheLatencyOfARequestOfARemoteParserIsMeasuredOnceForAllOfItsEntries(t *testing.T) {
	logEntry := hostlink.Function[func(*proxylib.Connection, accesslog.Entry, string)]("LogEntry")
	_, conn, _ := follow(t, accesslog.Exchanges, nil)
	var latencies []uint64
	conn.Measure(&latencies)
	for _, e := range []accesslog.Entry{
		{Request: 1, Exchange: &accesslog.Exchange{Status: proxylib.Failed, Latency: 7}},
		{Request: 1, Exchange: &accesslog.Exchange{Status: proxylib.Failed, Latency: 7}},
		{Request: 2, Exchange: &accesslog.Exchange{Status: cilium.ReplyStatus_NoReply, Latency: 8}},
		{Request: 3},
		{Request: 4, Exchange: &accesslog.Exchange{Latency: 9}},
	} {
		e.L7 = proxylib.NewL7Entry("f")
		logEntry(&conn.Connection, e, "")
	}
	if !slices.Equal(latencies, []uint64{7, 9}) {
		t.Errorf("got %v", latencies)
	}
	conn.Close()
}
