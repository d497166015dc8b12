package tcpproxy

import (
	"cmp"
	"net"
	"sync"
	"time"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib/host"
)

const (
	// readSize is the number of bytes that are read from a peer at once.
	readSize = 64 << 10
	// maxQueued is the number of bytes for one peer from which on the other is not read. What the parser itself has to say
	// comes on top; the engine limits it.
	maxQueued = 1 << 20
)

// relay carries bytes between the peers of a connection and the engine.
type relay struct {
	client, server net.Conn
	// mu protects the rest, but for what an output does with its own peer.
	mu       sync.Mutex
	changed  *sync.Cond
	conn     *host.Connection
	engine   *datapath.Engine
	plan     datapath.Plan
	toServer output
	toClient output
	// waits: requests wait, and the client is not read. endWaits: the end of the client's stream is to follow them.
	waits, endWaits bool
	// woken says that requests which have paused may go on. timer limits the time of the pause with the number.
	woken       <-chan struct{}
	verdictTime time.Duration
	timer       *time.Timer
	pause       uint64
	// over: nothing more is read. reason says why the parser had the connection closed.
	over   bool
	reason string
}

// output holds what is to be sent to a peer.
type output struct {
	waiting []byte
	ended   bool
}

func newRelay(engine *datapath.Engine, client, server net.Conn) *relay {
	r := &relay{client: client, server: server, engine: engine}
	r.changed = sync.NewCond(&r.mu)
	return r
}

// run carries bytes until both streams have ended, or the server's, or the connection has to be closed.
func (r *relay) run() {
	var writers, readers sync.WaitGroup
	writers.Go(func() { r.write(r.server, &r.toServer) })
	writers.Go(func() { r.write(r.client, &r.toClient) })
	readers.Go(func() { r.read(r.client, false) })
	readers.Go(func() { r.read(r.server, true) })
	stop := make(chan struct{})
	readers.Go(func() { r.resumeWhenWoken(stop) })
	writers.Wait()
	close(stop)
	r.client.Close()
	r.server.Close()
	r.mu.Lock()
	r.over = true
	r.stopTimer()
	r.changed.Broadcast()
	r.mu.Unlock()
	readers.Wait()
	r.engine.Close()
}

// read hands what a peer sends to the engine, until that ends.
func (r *relay) read(from net.Conn, reply bool) {
	buffer := make([]byte, readSize)
	for r.mayRead(reply) {
		n, err := from.Read(buffer)
		if r.data(reply, err != nil, buffer[:n]); err != nil {
			return
		}
	}
}

// mayRead waits until a peer may be read, and reports whether it ever may.
func (r *relay) mayRead(reply bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.over && (!reply && r.waits || len(r.output(reply).waiting) > maxQueued) {
		r.changed.Wait()
	}
	return !r.over
}

// output is where bytes of a direction go.
func (r *relay) output(reply bool) *output {
	if reply {
		return &r.toClient
	}
	return &r.toServer
}

// data has the engine judge bytes, and queues what comes of them.
func (r *relay) data(reply, end bool, bytes []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.changed.Broadcast()
	if r.over {
		return
	}
	var chunks [][]byte
	if len(bytes) > 0 {
		chunks = [][]byte{bytes}
	}
	r.engine.Data(reply, end, chunks, &r.plan)
	r.carryOut(reply, end, bytes)
}

// resumeWhenWoken has requests go on that have paused.
func (r *relay) resumeWhenWoken(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-r.woken:
			r.resume()
		}
	}
}

func (r *relay) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.changed.Broadcast()
	if !r.over {
		r.engine.Resume(&r.plan)
		r.carryOut(false, false, nil)
	}
}

// limitPause starts the timer for a pause, once.
func (r *relay) limitPause() {
	number := r.conn.PauseNumber()
	if number == r.pause {
		return
	}
	r.stopTimer()
	if r.pause = number; number != 0 {
		r.timer = time.AfterFunc(cmp.Or(r.verdictTime, DefaultVerdictTime), func() { r.conn.Expire(number) })
	}
}

func (r *relay) stopTimer() {
	if r.timer != nil {
		r.timer.Stop()
	}
}

// carryOut queues what comes of a call for bytes of a direction.
func (r *relay) carryOut(reply, end bool, bytes []byte) {
	forward, back := r.output(reply), r.output(!reply)
	back.waiting = append(back.waiting, r.plan.Reverse...)
	if r.plan.Leave {
		forward.waiting = append(forward.waiting, bytes...)
	} else {
		forward.waiting = append(forward.waiting, r.plan.Out...)
	}
	r.limitPause()
	r.waits = r.plan.Wait
	r.endWaits = r.endWaits || end && !reply
	if r.endWaits && !r.plan.Wait && !r.plan.Pause {
		r.toServer.ended = true
	}
	if end && reply {
		// A server that has ended will not reply any more.
		r.toClient.ended, r.toServer.ended = true, true
	}
	if r.plan.Close {
		r.over, r.reason = true, r.plan.Reason
		forward.ended, back.ended = true, true
	}
}

// write sends a peer what is queued for it, and then the end of its stream.
func (r *relay) write(to net.Conn, queue *output) {
	for {
		data, more := r.next(queue)
		if !more {
			break
		}
		if _, err := to.Write(data); err != nil {
			r.abandon()
			return
		}
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		// It fails if the peer has closed.
		_ = half.CloseWrite()
	}
}

// next waits for bytes to send, and reports whether there are any.
func (r *relay) next(queue *output) (data []byte, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(queue.waiting) == 0 && !queue.ended {
		r.changed.Wait()
	}
	data, queue.waiting = queue.waiting, nil
	r.changed.Broadcast()
	return data, len(data) > 0
}

// abandon ends the connection because a peer takes no more.
func (r *relay) abandon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over, r.toServer.ended, r.toClient.ended = true, true, true
	r.toServer.waiting, r.toClient.waiting = nil, nil
	r.changed.Broadcast()
}
