package proxylib_test

import (
	"fmt"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// owes passes requests, one a byte, until one is 'x', which is an error. Each is owed a reply of a byte.
type owes struct {
	conn *proxylib.Connection
	owed int
}

func (owes) Create(c *proxylib.Connection) proxylib.Parser { return &owes{conn: c} }
func (p *owes) Owes() bool                                 { return p.owed > 0 }

func (p *owes) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	switch {
	case len(data) == 0:
		return proxylib.NOP, 0
	case reply:
		p.owed--
	case data[0][0] == 'x':
		return p.conn.Fail("x", proxylib.ERROR_INVALID_FRAME_TYPE)
	default:
		p.owed++
	}
	return proxylib.PASS, 1
}

func init() { proxylib.RegisterParserFactory("test.owes", owes{}) }

func TestAnErrorComesAfterTheRepliesThatAreOwed(t *testing.T) {
	for _, c := range []struct {
		name    string
		canWait bool
		// calls are the data of each, replies with an 'r' before them.
		calls []string
		want  string
	}{
		{"nothing is owed", true, []string{"x"}, "[ERROR 2]"},
		{"replies are owed", true, []string{"abxcd", "e", "r1", "r2"}, "[PASS 1 PASS 1 DROP 3][DROP 1][PASS 1][PASS 1 ERROR 2]"},
		{"and come at once", true, []string{"abx", "r12"}, "[PASS 1 PASS 1 DROP 1][PASS 1 PASS 1 ERROR 2]"},
		{"in a host that loses them with an error", false, []string{"ax", "r1", "b"}, "[PASS 1 DROP 1][PASS 1][ERROR 2]"},
	} {
		conn, err := host.NewConnection(host.NewInstance(host.InstanceConfig{ID: 1}), "test.owes", host.ConnectionInfo{Port: 1})
		if err != nil {
			t.Fatal(err)
		}
		if c.canWait {
			conn.SetCanWait()
		}
		got := ""
		for _, call := range c.calls {
			reply := call[0] == 'r'
			if reply {
				call = call[1:]
			}
			ops, _ := conn.OnData(reply, false, [][]byte{[]byte(call)}, make([]host.FilterOp, 0, host.MaxOps))
			text := ""
			for _, op := range ops {
				text += fmt.Sprintf(" %s %d", op.Op, op.N)
			}
			got += "[" + text[1:] + "]"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
