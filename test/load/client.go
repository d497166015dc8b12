package main

import (
	"fmt"
	"io"
	"net"
	"time"
)

// mostRead is the largest read, in bytes.
const mostRead = 256 << 10

// patience is how long the last replies may take after the time of a cell is over.
const patience = 10 * time.Second

// client makes requests, one or some at a time, and waits for the replies before it makes more.
type client struct {
	row   row
	items []item
	addr  string
	clock clock

	conn    net.Conn
	replies replies
	// send is the item of the next request; pending are the times when those in flight were sent, oldest first.
	send    int
	pending []time.Duration
	// buf is what has come, batch what is sent.
	buf, batch []byte
	// all counts the replies; times has those that came in the time that counts.
	all   uint64
	times *histogram
}

// clock tells what time of a cell it is: load is on until end, and what comes from start on counts.
type clock struct {
	zero       time.Time
	start, end time.Duration
}

func (c clock) now() time.Duration { return time.Since(c.zero) }

// newClient makes the client with a number, which begins at another item than its neighbours. It is not connected.
func newClient(r row, items []item, addr string, number int) *client {
	c := &client{row: r, items: items, addr: addr, send: number % len(items), times: newHistogram()}
	c.replies = replies{items: items, next: c.send}
	c.buf = make([]byte, min(mostRead, r.inFlight*len(items[0].reply)+1<<10))
	return c
}

// connect opens the connection, which is to be closed by the caller.
func (c *client) connect() error {
	conn, err := net.DialTimeout("tcp", c.addr, patience)
	if err != nil {
		return err
	}
	c.conn = conn
	if c.row.server != postgresServer {
		return nil
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if err := logIn(conn); err != nil {
		return err
	}
	return conn.SetDeadline(time.Time{})
}

// run makes requests until the time is over and the last reply has come.
func (c *client) run(clock clock) error {
	c.clock = clock
	if c.row.reconnect {
		return c.runAnew()
	}
	if err := c.limit(); err != nil {
		return err
	}
	if c.row.every > 0 {
		return c.runPaced()
	}
	return c.converse(c.row.inFlight, clock.now())
}

// runPaced makes one request in each period. Clients begin at different times of it.
func (c *client) runPaced() error {
	next := c.row.every * time.Duration(c.send%c.row.connections) / time.Duration(c.row.connections)
	for ; next < c.clock.end; next = max(next+c.row.every, c.clock.now()) {
		time.Sleep(next - c.clock.now())
		if err := c.exchange(c.clock.now()); err != nil {
			return err
		}
	}
	return nil
}

// exchange makes one request, which begins at a time, and waits for its reply.
func (c *client) exchange(begun time.Duration) error {
	if err := c.ask(1, begun); err != nil {
		return err
	}
	for len(c.pending) > 0 {
		if _, err := c.hear(); err != nil {
			return err
		}
	}
	return nil
}

// runAnew makes each request over a connection of its own. Its time includes that of connecting.
func (c *client) runAnew() error {
	for now := c.clock.now(); now < c.clock.end; now = c.clock.now() {
		if err := c.once(now); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) once(begun time.Duration) error {
	if err := c.connect(); err != nil {
		return err
	}
	defer c.conn.Close()
	if err := c.limit(); err != nil {
		return err
	}
	return c.exchange(begun)
}

// converse sends some requests, and one more for each reply.
func (c *client) converse(inFlight int, now time.Duration) error {
	if err := c.ask(inFlight, now); err != nil {
		return err
	}
	for len(c.pending) > 0 {
		done, err := c.hear()
		if err != nil {
			return err
		}
		if now := c.clock.now(); done > 0 && now < c.clock.end {
			if err := c.ask(done, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// limit bounds how long the connection may be waited for.
func (c *client) limit() error { return c.conn.SetDeadline(c.clock.zero.Add(c.clock.end + patience)) }

// ask sends the next requests in one write. A single one, which may be long, is not copied.
func (c *client) ask(n int, now time.Duration) error {
	if n == 1 {
		_, err := c.conn.Write(c.nextRequest(now))
		return err
	}
	c.batch = c.batch[:0]
	for range n {
		c.batch = append(c.batch, c.nextRequest(now)...)
	}
	_, err := c.conn.Write(c.batch)
	return err
}

// nextRequest returns the next request, which is in flight from now on.
func (c *client) nextRequest(now time.Duration) []byte {
	request := c.items[c.send].request
	c.send = (c.send + 1) % len(c.items)
	c.pending = append(c.pending, now)
	return request
}

// hear reads what has come, and returns how many replies it completes.
func (c *client) hear() (int, error) {
	n, err := c.conn.Read(c.buf)
	if err == io.EOF {
		err = fmt.Errorf("the connection was closed with %d replies owed", len(c.pending))
	}
	if err != nil {
		return 0, err
	}
	done, err := c.replies.take(c.buf[:n], len(c.pending))
	if err != nil {
		return 0, err
	}
	c.note(done)
	return done, nil
}

// note takes down the times of the oldest requests, which have been answered.
func (c *client) note(done int) {
	now := c.clock.now()
	for _, sent := range c.pending[:done] {
		c.all++
		if c.clock.start <= now && now < c.clock.end {
			c.times.add(now - sent)
		}
	}
	c.pending = c.pending[:copy(c.pending, c.pending[done:])]
}
