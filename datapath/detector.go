package datapath

import (
	"errors"

	"github.com/proxylib/proxylib/proxylib/host"
)

// MaxDetected is the number of bytes of one direction by which a [Detector] has to know the protocol.
const MaxDetected = 512

// maxPieces is the number of pieces in which these bytes may come: how often the sides take turns.
const maxPieces = 32

// errUndetected: the first bytes match no parser.
var errUndetected = errors.New("the protocol is not detected: name its parser")

// Detector is an [Observer] of a connection whose protocol is not known yet. All bytes pass at once. It keeps a copy of the
// first ones until a protocol recognises them, and then has the parser of that one see them.
type Detector struct {
	open   func(parser string) (*Observer, error)
	giveUp func(error)
	// observer is nil until the protocol is known, or given up.
	observer *Observer
	first    [2][]byte
	// pieces is how the first bytes have come.
	pieces []piece
}

// piece is what came of one direction in a row: n bytes, and perhaps its end.
type piece struct {
	reply, endStream bool
	n                int
}

// NewDetector returns the detector of a connection, of an instance that observes. open makes the observer once the protocol
// is known. giveUp is called, at most once, with the error of open, or one that says that the protocol is not detected; the
// connection then passes without being observed. Both are called on the thread of Data.
func NewDetector(open func(parser string) (*Observer, error), giveUp func(error)) *Detector {
	return &Detector{open: open, giveUp: giveUp}
}

// Data is [Engine.Data].
func (d *Detector) Data(reply, endStream bool, chunks [][]byte, plan *Plan) {
	if d.observer == nil && !d.detect(reply, endStream, chunks, plan) {
		*plan = Plan{Leave: true, Out: plan.Out[:0], Reverse: plan.Reverse[:0], Latencies: plan.Latencies[:0], ops: plan.ops, list: plan.list}
		return
	}
	d.observer.Data(reply, endStream, chunks, plan)
}

// detect reports whether there is an observer now. If not, it has kept the bytes.
func (d *Detector) detect(reply, endStream bool, chunks [][]byte, plan *Plan) bool {
	first := &d.first[index(reply)]
	before := len(*first)
	for _, chunk := range chunks {
		*first = append(*first, chunk[:min(len(chunk), MaxDetected-len(*first))]...)
	}
	n := len(*first) - before
	parser, more := host.Detect(d.first[0], d.first[1])
	if more && len(*first) < MaxDetected && d.keep(piece{reply, endStream, n}) {
		return false
	}
	*first = (*first)[:before]
	d.observe(parser, plan)
	return true
}

// keep notes what came. It reports false if the sides have taken turns too often.
func (d *Detector) keep(p piece) bool {
	if p.n == 0 && !p.endStream {
		return true
	}
	if k := len(d.pieces) - 1; k >= 0 && d.pieces[k].reply == p.reply && !d.pieces[k].endStream {
		d.pieces[k].n += p.n
		d.pieces[k].endStream = p.endStream
		return true
	}
	if len(d.pieces) == maxPieces {
		return false
	}
	d.pieces = append(d.pieces, p)
	return true
}

// observe makes the observer, and shows it the bytes that have been kept.
func (d *Detector) observe(parser string, plan *Plan) {
	err := errUndetected
	if parser != "" {
		d.observer, err = d.open(parser)
	}
	if err != nil {
		d.observer = new(Observer)
		d.giveUp(err)
	}
	for _, p := range d.pieces {
		from := &d.first[index(p.reply)]
		d.observer.Data(p.reply, p.endStream, [][]byte{(*from)[:p.n]}[:min(p.n, 1)], plan)
		*from = (*from)[p.n:]
	}
	d.first, d.pieces = [2][]byte{}, nil
}

// Skipped is [Engine.Skipped].
func (d *Detector) Skipped(reply bool, n uint64) {
	if d.observer != nil {
		d.observer.Skipped(reply, n)
	}
}

// Close releases the parser, if there is one.
func (d *Detector) Close() {
	if d.observer != nil {
		d.observer.Close()
	}
}
