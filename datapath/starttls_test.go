package datapath_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib"
)

// upgrading passes lines of the client's. At STARTTLS it begins TLS, and at LATER when the server's next line comes.
type upgrading struct {
	conn *proxylib.Connection
	// answer is what the client gets before the handshake.
	answer []byte
	// owing is what the server owes. later: TLS waits for it.
	owing, later bool
}

func (p *upgrading) Owes() bool { return p.owing }

func (p *upgrading) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	text := string(bytes.Join(data, nil))
	end := strings.IndexByte(text, '\n') + 1
	switch {
	case text == "":
		return proxylib.NOP, 0
	case reply:
		p.owing = false
		p.conn.Resume()
		return proxylib.PASS, len(text)
	case end == 0:
		return proxylib.MORE, 1
	case text[:end] == "LATER\n" && !p.later:
		p.later = true
		return p.conn.Wait()
	case text[:end] == "STARTTLS\n" || p.later:
		p.later = false
		return p.conn.StartTLS(end, p.answer)
	}
	p.owing = text[:end] == "ASK\n"
	return proxylib.PASS, end
}

func newUpgrading(answer string) *datapath.Engine {
	protocol := &proxylib.Protocol{Name: "test.upgrading", New: func(c *proxylib.Connection) proxylib.Parser {
		return &upgrading{conn: c, answer: []byte(answer)}
	}}
	conn := connect(protocol)
	conn.SetCanStartTLS()
	return datapath.New(conn, datapath.Limits{HeldBytes: 64})
}

func TestTLSBeginsAfterARequestForIt(t *testing.T) {
	engine, plan := newUpgrading("go\n"), new(datapath.Plan)
	engine.Data(false, false, [][]byte{[]byte("a\nSTART")}, plan)
	if plan.StartTLS || plan.Close || string(plan.Out) != "a\n" {
		t.Fatalf("%+v", plan)
	}
	engine.Data(false, false, [][]byte{[]byte("TLS\n")}, plan)
	if !plan.StartTLS || plan.Close || len(plan.Out) > 0 || string(plan.Reverse) != "go\n" {
		t.Fatalf("%+v", plan)
	}
	engine.Data(false, false, [][]byte{[]byte("b\n")}, plan)
	if plan.StartTLS || plan.Close || !plan.Leave {
		t.Errorf("after the handshake: %+v", plan)
	}
}

func TestTLSBeginsAfterARequestForItThatHasWaited(t *testing.T) {
	engine, plan := newUpgrading("go\n"), new(datapath.Plan)
	engine.Data(false, false, [][]byte{[]byte("LATER\n")}, plan)
	if plan.StartTLS || !plan.Wait {
		t.Fatalf("%+v", plan)
	}
	engine.Data(true, false, [][]byte{[]byte("reply\n")}, plan)
	if !plan.StartTLS || plan.Close || string(plan.Out) != "reply\ngo\n" {
		t.Errorf("%+v", plan)
	}
}

// What comes with the request for TLS was not protected, so it may be of somebody between client and proxy.
func TestBytesAfterARequestForTLSCloseTheConnectionAndReachNobody(t *testing.T) {
	for _, after := range []string{"b\n", "b", "STARTTLS\n", strings.Repeat("b\n", 20)} {
		for _, answer := range []string{"go\n", strings.Repeat("g", proxylib.InjectBufSize)} {
			engine, plan := newUpgrading(answer), new(datapath.Plan)
			engine.Data(false, false, [][]byte{[]byte("STARTTLS\n" + after)}, plan)
			if plan.StartTLS || !plan.Close || len(plan.Out) > 0 || !strings.Contains(plan.Reason, "before the handshake") {
				t.Errorf("%.20q: %+v", after, plan)
			}
		}
	}
	engine, plan := newUpgrading("go\n"), new(datapath.Plan)
	engine.Data(false, true, [][]byte{[]byte("STARTTLS\n")}, plan)
	if plan.StartTLS || !plan.Close {
		t.Errorf("at the end of the stream: %+v", plan)
	}
}

func TestNoTLSBeginsWhileAReplyIsOwed(t *testing.T) {
	engine, plan := newUpgrading("go\n"), new(datapath.Plan)
	engine.Data(false, false, [][]byte{[]byte("ASK\nSTARTTLS\n")}, plan)
	if plan.StartTLS || strings.Contains(string(plan.Reverse), "go") {
		t.Errorf("%+v", plan)
	}
}
