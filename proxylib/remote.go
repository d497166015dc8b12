package proxylib

import (
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/internal/hostlink"
)

// remote is a [Parser] with a framework of its own, such as one in a virtual machine. Its connections keep the state that
// hosts see; all else is kept there.
type remote interface {
	// Judge does what host.Connection.OnData does, and updates the state.
	Judge(state *hostlink.State, reply, endStream bool, data [][]byte, ops []filterOp) ([]filterOp, FilterResult, hostlink.Report)
	// PromptServer does what host.Connection.Prompt does.
	PromptServer(state *hostlink.State) (OpType, int, hostlink.Report)
}

// judgeRemotely is onData for a remote parser.
func (c *Connection) judgeRemotely(reply, endStream bool, data [][]byte, ops []filterOp) ([]filterOp, FilterResult) {
	first := len(ops)
	ops, result, report := c.Parser.(remote).Judge(&c.state, reply, endStream, data, ops)
	for _, op := range ops[first:] {
		if op.Op == PASS || op.Op == DROP {
			c.offsets[direction(reply)] += uint64(op.N)
		}
	}
	c.follows(reply, report)
	return ops, result
}

func (c *Connection) promptRemotely() (OpType, int) {
	op, n, report := c.Parser.(remote).PromptServer(&c.state)
	c.follows(false, report)
	return op, n
}

// follows does what a remote parser has left to the host.
func (c *Connection) follows(reply bool, report hostlink.Report) {
	if report.Closed && !c.closeLogged {
		c.closeLogged = true
		if !report.Panicked {
			c.reportClosed(reply, c.reasonToClose())
		}
	}
	if !report.Panicked {
		return
	}
	c.writeClosed(reply, c.reasonToClose(), "Panic: "+report.Cause)
	c.Instance.panics.Raise(func(since, total uint64) {
		if c.Instance.host.Log == nil {
			return
		}
		c.Instance.host.Log.WithFields(logrus.Fields{
			"parser": c.ParserName, "connection": c.Id, "panics": since, "panics_total": total,
		}).Error("a loaded parser has failed, and its connection is closed: " + report.Cause)
	})
}

// reasonToClose says why the connection is closed, or about to be, without the name of the parser.
func (c *Connection) reasonToClose() string {
	reason := c.state.Failure()
	if reason == "" && c.state.Closing() {
		reason = c.state.Ending.Reason
	}
	return strings.TrimPrefix(reason, c.ParserName+": ")
}

// logEntry writes an entry that a remote parser has made. Whose it is, is for the host to say; user is as whom the client had
// logged in.
func (c *Connection) logEntry(e accesslog.Entry, user string) {
	if c.Instance.host.AccessLog == nil {
		return
	}
	flow := &c.flow
	if user != flow.User() {
		other := c.flow.WithUser(user)
		flow = &other
	}
	e.Flow, e.Parser = flow, c.ParserName
	c.measureEntry(&e)
	c.Instance.host.AccessLog.Log(e)
}

// measureEntry notes the latency of a request, which is in each of its entries, once.
func (c *Connection) measureEntry(e *accesslog.Entry) {
	if c.exchanges == nil || e.Exchange == nil || e.Request == c.exchanges.measured {
		return
	}
	switch e.Exchange.Status {
	case Replied, Succeeded, Failed:
		c.exchanges.measured = e.Request
		c.measured(e.Exchange.Latency)
	}
}

// isCloseLogged reports whether the access log says that the connection is closed.
func (c *Connection) isCloseLogged() bool { return c.closeLogged }
