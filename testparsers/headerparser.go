package testparsers

import (
	"bytes"
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// headerParser asks the policy about each line of the client, and passes those of the server. The reply to a line that is denied is
// "Line dropped: " and the line.
type headerParser struct {
	connection *proxylib.Connection
	ends       [2]wire.Lines
	injector   injector
}

func newHeaderParser(connection *proxylib.Connection) proxylib.Parser {
	return &headerParser{connection: connection, ends: newLines(), injector: injector{connection: connection}}
}

func (p *headerParser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	if op, n, busy := p.injector.next(reply); busy {
		return op, n
	}
	view := proxylib.NewView(data)
	if view.Len() == 0 {
		return proxylib.NOP, 0
	}
	op, n := p.ends[index(reply)].Take(p.connection, view)
	if op != proxylib.PASS {
		return op, n
	}
	if reply {
		p.log(proxylib.EntryTypeRequest, "PASS")
		return proxylib.PASS, n
	}
	return p.judge(view, n)
}

func (p *headerParser) judge(view proxylib.View, n int) (proxylib.OpType, int) {
	line := view.Append(nil, 0, n)
	if p.connection.Matches(bytes.TrimSpace(line)) {
		p.log(proxylib.EntryTypeRequest, "PASS")
		return proxylib.PASS, n
	}
	p.log(proxylib.EntryTypeDenied, "DROP")
	notice := proxylib.NewView([][]byte{[]byte("Line dropped: "), line})
	if op, _ := p.injector.sendBack(false, notice, notice.Len()); op != proxylib.DROP {
		return op, int(proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	return proxylib.DROP, n
}

func (p *headerParser) log(entryType proxylib.EntryType, status string) {
	p.connection.Log(entryType, proxylib.NewL7Entry(p.connection.ParserName).Add("status", status))
}

// headerRule has what a line, without white space around it, must begin with, hold and end with.
type headerRule struct{ prefix, contains, suffix []byte }

func (r *headerRule) Matches(l7 any) bool {
	line, ok := l7.([]byte)
	return ok && bytes.HasPrefix(line, r.prefix) && bytes.Contains(line, r.contains) && bytes.HasSuffix(line, r.suffix)
}

func parseHeaderRules(config *proxylib.PortNetworkPolicyRule) ([]proxylib.L7NetworkPolicyRule, error) {
	var rules []proxylib.L7NetworkPolicyRule
	for i, entry := range config.GetL7Rules().GetL7AllowRules() {
		rule := &headerRule{}
		for key, value := range entry.GetRule() {
			switch key {
			case "prefix":
				rule.prefix = []byte(value)
			case "contains":
				rule.contains = []byte(value)
			case "suffix":
				rule.suffix = []byte(value)
			default:
				return nil, fmt.Errorf("headerparser rule %d: unknown key %q, use prefix, contains or suffix", i, key)
			}
		}
		rules = append(rules, rule)
	}
	return rules, nil
}
