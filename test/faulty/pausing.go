package main

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/proxylib/proxylib/proxylib"
)

func init() {
	proxylib.Register(proxylib.Protocol{Name: "test.pausing", New: newPausing, Pauses: true})
}

// pausing passes lines, to which the server replies by a line each. A verdict on a line "ALLOW n" or "DENY n" comes from a
// goroutine, after n milliseconds; that on NEVER does not come.
type pausing struct {
	connection *proxylib.Connection
	replies    proxylib.ReplyQueue[struct{}]
	denials    map[string][]byte
}

func newPausing(c *proxylib.Connection) proxylib.Parser {
	return &pausing{connection: c, denials: map[string][]byte{}}
}

// Owes reports whether replies may still come.
func (p *pausing) Owes() bool { return !p.replies.Empty() }

// OnData implements [proxylib.Parser].
func (p *pausing) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	if reply {
		if op, n := p.replies.BeginReply(p.connection, proxylib.NewView(data)); op != proxylib.NOP {
			return op, n
		}
	}
	waiting := bytes.Join(data, nil)
	line, _, whole := bytes.Cut(waiting, []byte("\n"))
	switch {
	case len(waiting) == 0:
		return proxylib.NOP, 0
	case !whole:
		return proxylib.MORE, 1
	case reply:
		p.replies.Done()
		return proxylib.PASS, len(line) + 1
	}
	word, rest, _ := strings.Cut(string(line), " ")
	if word != "ALLOW" && word != "DENY" && word != "NEVER" {
		return p.enforce(proxylib.Verdict{Allowed: true}, len(line)+1)
	}
	if verdict, resumed := p.connection.Resumed(); resumed {
		return p.enforce(verdict, len(line)+1)
	}
	ticket, op, n := p.connection.Pause()
	if delay, err := strconv.Atoi(rest); err == nil && word != "NEVER" {
		go func() {
			time.Sleep(time.Duration(delay) * time.Millisecond)
			ticket.Resume(proxylib.Verdict{Allowed: word == "ALLOW", Reason: "told to"})
		}()
	}
	return op, n
}

func (p *pausing) enforce(v proxylib.Verdict, n int) (proxylib.OpType, int) {
	denial := p.denials[v.Reason]
	if denial == nil {
		denial = []byte(v.Reason + "\n")
		p.denials[v.Reason] = denial
	}
	entry := proxylib.NewL7Entry("test.pausing").Add("status", v.Reason)
	return p.replies.Enforce(p.connection, v, n, entry, struct{}{}, denial)
}
