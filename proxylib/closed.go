package proxylib

import (
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
)

// direction is the place of a direction in an array of both.
func direction(reply bool) int {
	if reply {
		return 1
	}
	return 0
}

// logClosed writes the access-log entry that says that the connection has to be closed, with the reason and the place of
// the first byte that was neither passed nor dropped in the direction of the bytes at fault. The operator's log has the
// first such line of each period, since clients may cause as many as they like. A connection has one entry: further
// calls do nothing. The framework calls it when a parser fails, hosts for what they find themselves. The reason holds no
// bytes of a peer's.
func (c *Connection) logClosed(reply bool, reason string) {
	reason = strings.TrimPrefix(reason, c.ParserName+": ")
	if !c.writeClosed(reply, reason, reason) {
		return
	}
	c.reportClosed(reply, reason)
}

// reportClosed writes the line of the operator's log that says that the connection is closed, once a period.
func (c *Connection) reportClosed(reply bool, reason string) {
	c.Instance.closes.Raise(func(since, total uint64) {
		if c.Instance.host.Log == nil {
			return
		}
		c.Instance.host.Log.WithFields(logrus.Fields{
			"parser": c.ParserName, "connection": c.Id, "client": c.SrcAddr, "reply": reply,
			"offset": c.offsets[direction(reply)], "closed": since, "closed_total": total,
		}).Warn("a connection is closed: " + reason)
	})
}

// giveUp notes that the connection is not observed any more.
func (c *Connection) giveUp(reply bool, reason string) {
	c.Instance.givenUp.Raise(func(since, total uint64) {
		if c.Instance.host.Log == nil {
			return
		}
		c.Instance.host.Log.WithFields(logrus.Fields{
			"parser": c.ParserName, "connection": c.Id, "client": c.SrcAddr, "reply": reply,
			"offset": c.offsets[direction(reply)], "given_up": since, "given_up_total": total,
		}).Warn("a connection passes without being observed any further: " + strings.TrimPrefix(reason, c.ParserName+": "))
	})
}

// passUnread notes that a connection passes without being observed.
func (i *Instance) passUnread(err error) {
	i.unread.Raise(func(since, total uint64) {
		if i.host.Log == nil {
			return
		}
		i.host.Log.WithFields(logrus.Fields{"given_up": since, "given_up_total": total}).WithError(err).
			Warn("a connection passes without being observed")
	})
}

// writeClosed writes the entry, with a status for receivers that know no reason, unless there is one already.
func (c *Connection) writeClosed(reply bool, reason, status string) bool {
	if c.closeLogged || c.Instance.host.Observe {
		return false
	}
	c.closeLogged = true
	if c.Instance.host.AccessLog != nil {
		c.Instance.host.AccessLog.Log(accesslog.Entry{
			Time: c.time(), Type: EntryTypeDenied, Reason: reason, Flow: &c.flow, Parser: c.ParserName,
			Closed: &accesslog.Closed{Reply: reply, Offset: c.offsets[direction(reply)]},
			L7:     NewL7Entry(c.ParserName).Add("status", status),
		})
	}
	return true
}

// time returns the time of the call in nanoseconds since 1970.
func (c *Connection) time() int64 {
	if c.now == 0 {
		c.now = c.Instance.clock.now()
	}
	return c.now
}
