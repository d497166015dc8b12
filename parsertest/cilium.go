package parsertest

import (
	"bytes"
	"errors"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// ciliumDriver drives a connection as Cilium's Envoy filter drives a library, step by step as that interface is
// described. It shares nothing with the stream engine, so that each checks the other.
type ciliumDriver struct {
	conn       *host.Connection
	directions [2]ciliumDirection
	closed     error
	// keepsInput: the memory of the input is not overwritten after the call.
	keepsInput bool
}

// ciliumDirection is what the filter keeps for one direction.
type ciliumDirection struct {
	buffer []byte
	// need is the number of buffered bytes without which the library is not called.
	need       int
	pass, drop int
	// inject is the slice of injected bytes that the library appends to.
	inject *[]byte
	out    []byte
}

func newCiliumDriver(conn *host.Connection, s *script) driver {
	return &ciliumDriver{conn: conn, keepsInput: s.keepsInput, directions: [2]ciliumDirection{{inject: conn.OrigBuf}, {inject: conn.ReplyBuf}}}
}

// data is a read from one side. Bytes injected towards the client are sent by an empty write, those towards the server
// wait for the client's next bytes.
func (d *ciliumDriver) data(reply, end bool, chunks [][]byte) {
	if d.closed == nil {
		d.closed = d.onIO(reply, end, chunks)
	}
	if d.closed == nil && !reply && len(*d.directions[1].inject) > 0 {
		d.closed = d.onIO(true, false, nil)
	}
	if d.closed == nil && end && len(d.directions[index(reply)].buffer) > 0 {
		d.closed = errors.New("end of stream inside a message")
	}
}

func (d *ciliumDriver) onIO(reply, end bool, chunks [][]byte) error {
	dir := &d.directions[index(reply)]
	chunks = dir.applyVerdict(chunks)
	if dir.pass > 0 || dir.drop > 0 {
		return nil
	}
	dir.out = append(dir.out, dir.cutInjected(len(*dir.inject))...)
	if all := list(dir.buffer, chunks); size(all) < dir.need {
		dir.buffer = bytes.Join(all, nil)
		return nil
	}
	for again := true; again; {
		lent := bytes.Clone(dir.buffer)
		ops, result := d.conn.OnData(reply, end, list(lent, chunks), make([]host.FilterOp, 0, host.MaxOps))
		if !d.keepsInput {
			overwrite(lent)
		}
		if result != proxylib.OK {
			return errors.New(d.conn.Failure())
		}
		full := len(*dir.inject) == proxylib.InjectBufSize
		dir.buffer, chunks = bytes.Join(append([][]byte{dir.buffer}, chunks...), nil), nil
		terminal, err := d.apply(dir, ops)
		if err != nil {
			return err
		}
		again = !terminal && (full || len(ops) == host.MaxOps)
	}
	return nil
}

// applyVerdict passes or drops what an earlier verdict covers and returns the rest.
func (dir *ciliumDirection) applyVerdict(chunks [][]byte) [][]byte {
	var rest [][]byte
	for _, chunk := range chunks {
		pass := min(dir.pass, len(chunk))
		dir.out = append(dir.out, chunk[:pass]...)
		dir.pass -= pass
		chunk = chunk[pass:]
		drop := min(dir.drop, len(chunk))
		dir.drop -= drop
		rest = append(rest, chunk[drop:])
	}
	return rest
}

// list is the scatter list of all bytes that wait, without empty slices.
func list(held []byte, chunks [][]byte) [][]byte {
	var list [][]byte
	for _, chunk := range append([][]byte{held}, chunks...) {
		if len(chunk) > 0 {
			list = append(list, chunk)
		}
	}
	return list
}

func size(list [][]byte) int {
	n := 0
	for _, chunk := range list {
		n += len(chunk)
	}
	return n
}

// apply carries out the operations; terminal tells that the last one waits for more bytes.
func (d *ciliumDriver) apply(dir *ciliumDirection, ops []host.FilterOp) (terminal bool, err error) {
	dir.need = 0
	for _, op := range ops {
		n := int(op.N)
		switch {
		case terminal:
			return true, errors.New("operation after one that waits for more bytes")
		case n <= 0:
			return true, errors.New("operation without bytes")
		}
		there := min(n, len(dir.buffer))
		switch op.Op {
		case proxylib.MORE:
			dir.need, terminal = len(dir.buffer)+n, true
		case proxylib.PASS:
			dir.out = append(dir.out, dir.buffer[:there]...)
			dir.buffer, dir.pass = dir.buffer[there:], n-there
			terminal = dir.pass > 0
		case proxylib.DROP:
			dir.buffer, dir.drop = dir.buffer[there:], n-there
			terminal = dir.drop > 0
		case proxylib.INJECT:
			if n > len(*dir.inject) {
				return true, errors.New("INJECT of more than was injected")
			}
			dir.out = append(dir.out, dir.cutInjected(n)...)
		default:
			return true, errors.New(d.conn.Failure())
		}
	}
	if len(*dir.inject) > 0 {
		return true, errors.New("injected bytes were left behind")
	}
	return terminal, nil
}

// cutInjected takes the first n bytes out of the inject slice.
func (dir *ciliumDirection) cutInjected(n int) []byte {
	taken := bytes.Clone((*dir.inject)[:n])
	*dir.inject = (*dir.inject)[:copy(*dir.inject, (*dir.inject)[n:])]
	return taken
}

// maxFlushes bounds the empty writes at the end of a transcript.
const maxFlushes = 10000

// flush sends what waits for the client's next bytes, as if they came.
func (d *ciliumDriver) flush() {
	orig := &d.directions[0]
	for n := 0; n < maxFlushes && d.closed == nil && len(*orig.inject) > 0 && orig.pass == 0 && orig.drop == 0; n++ {
		d.data(false, false, nil)
	}
	// While a reply is under way, an error of the client's waits.
	reply := &d.directions[1]
	if d.closed == nil && d.conn.Closing() && reply.pass == 0 && reply.drop == 0 {
		d.data(false, false, nil)
	}
}

// resume does nothing: nothing pauses.
func (d *ciliumDriver) resume() {}

// waits is false: this host reads on.
func (d *ciliumDriver) waits() bool { return false }

func (d *ciliumDriver) take(reply bool) []byte {
	out := &d.directions[index(reply)].out
	taken := *out
	*out = nil
	return taken
}

func (d *ciliumDriver) close() { d.conn.Close() }

func (d *ciliumDriver) result() (toServer, toClient []byte, closed string) {
	if d.closed != nil {
		closed = d.closed.Error()
	}
	return d.directions[0].out, d.directions[1].out, closed
}
