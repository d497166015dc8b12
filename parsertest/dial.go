package parsertest

import (
	"net"
	"sync"
	"testing"
)

// readSize is the number of bytes that are read from a peer at once.
const readSize = 4096

// Dial opens a connection in memory to a server of the test's own, with a parser in between, and returns the client's end
// of it. serve is the server and runs in a goroutine; when it returns, its end is closed. When the test ends, everything
// is closed. What the case says of the connection is as for [Connect].
func Dial(tb testing.TB, c Case, serve func(conn net.Conn)) net.Conn {
	tb.Helper()
	clientEnd, fromClient := net.Pipe()
	serverEnd, fromServer := net.Pipe()
	r := &relay{connection: Connect(tb, c), toServer: newOutput(fromServer), toClient: newOutput(fromClient)}
	r.send(false, false)
	var running sync.WaitGroup
	running.Go(r.toServer.run)
	running.Go(r.toClient.run)
	running.Go(func() { r.read(fromClient, false) })
	running.Go(func() { r.read(fromServer, true) })
	running.Go(func() {
		defer serverEnd.Close()
		serve(serverEnd)
	})
	tb.Cleanup(func() {
		clientEnd.Close()
		serverEnd.Close()
		running.Wait()
	})
	return clientEnd
}

// relay carries bytes between the peers and the parser.
type relay struct {
	mu                 sync.Mutex
	connection         *Connection
	toServer, toClient *output
}

// read plays what a peer sends, until that ends.
func (r *relay) read(from net.Conn, reply bool) {
	buf := make([]byte, readSize)
	for {
		n, err := from.Read(buf)
		if r.play(Step{reply: reply, end: err != nil, data: string(buf[:n])}); err != nil {
			return
		}
	}
}

// play plays a step and sends what comes of it. An end of one side is passed on, and a parser's error ends both.
func (r *relay) play(step Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connection.Do(step)
	r.send(step.end && !step.reply, step.end && step.reply)
}

// send hands on what has come out, and the ends of the client's and of the server's stream.
func (r *relay) send(clientEnded, serverEnded bool) {
	failed := r.connection.Closed() != ""
	r.toServer.add(r.connection.ToServer(), failed || clientEnded)
	r.toClient.add(r.connection.ToClient(), failed || serverEnded)
}

// output sends bytes to one peer. It takes any number of them, so that no peer waits for the other.
type output struct {
	to      net.Conn
	mu      sync.Mutex
	changed *sync.Cond
	waiting []byte
	ended   bool
}

func newOutput(to net.Conn) *output {
	o := &output{to: to}
	o.changed = sync.NewCond(&o.mu)
	return o
}

func (o *output) add(data string, end bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.waiting, o.ended = append(o.waiting, data...), end
	}
	o.changed.Signal()
}

// run sends what is added, and closes the peer's connection after the end.
func (o *output) run() {
	defer o.to.Close()
	for {
		data, ok := o.next()
		if !ok {
			return
		}
		if _, err := o.to.Write(data); err != nil {
			return
		}
	}
}

// next waits for more to send, and reports whether there is any.
func (o *output) next() (data []byte, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.waiting) == 0 && !o.ended {
		o.changed.Wait()
	}
	data, o.waiting = o.waiting, nil
	return data, len(data) > 0
}
