package parsertest

import (
	"strings"
	"testing"
)

// Connection is a connection in memory, for tests that look at it while it goes on, which a transcript cannot. It is for
// one goroutine at a time.
type Connection struct {
	tb testing.TB
	c  *connection
	s  *script
}

// Connect opens a connection for the parser of a case, with its policy and configuration. The steps of the case come
// first; what is expected in it does not matter. The connection is served by the stream engine of our own hosts, with
// [Case.CannotWait] as Cilium's host does. When the test ends the connection is closed, and what no parser may do, if it
// has been done, fails the test.
func Connect(tb testing.TB, c Case) *Connection {
	tb.Helper()
	s, err := newScript(c)
	if err != nil {
		tb.Fatalf("%s: %v", c.parserName(), err)
	}
	open, err := c.hosts()[0].connect(s)
	if err != nil {
		tb.Fatalf("%s: %v", c.parserName(), err)
	}
	connection := &Connection{tb: tb, c: open, s: s}
	tb.Cleanup(func() {
		if o := open.finish(); o.misconduct != "" {
			tb.Errorf("%s: %s", s.Name, o.misconduct)
		}
	})
	connection.Do(c.Steps...)
	return connection
}

// Do plays steps, each of them as one piece.
func (c *Connection) Do(steps ...Step) {
	c.tb.Helper()
	for _, step := range steps {
		switch {
		case step.resumes != nil:
			c.c.special(turn{resumes: step.resumes})
			continue
		case step.policy == nil:
			c.c.write(step.reply, step.end, pieces(step.data))
			continue
		}
		snapshot, err := c.s.compile(*step.policy)
		if err != nil {
			c.tb.Fatalf("%s: %v", c.s.Name, err)
		}
		c.c.store.Replace(snapshot)
	}
}

// pieces is a text as one piece, or none if it is empty.
func pieces(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// ToServer returns the bytes that have reached the server since the last call.
func (c *Connection) ToServer() string { return string(c.c.take(false)) }

// ToClient returns the bytes that have reached the client since the last call.
func (c *Connection) ToClient() string { return string(c.c.take(true)) }

// Closed returns why the connection is closed, empty while it is open.
func (c *Connection) Closed() string {
	_, _, closed := c.c.result()
	return strings.TrimPrefix(closed, c.s.Name+": ")
}

// Log returns the lines of the access log so far; see [Case].
func (c *Connection) Log() []string { return c.c.log.Lines }

// Waits reports whether the client is read no further, because a request waits for a reply.
func (c *Connection) Waits() bool { return c.c.waits() }
