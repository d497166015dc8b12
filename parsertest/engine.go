package parsertest

import (
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib/host"
)

// engineDriver is a host of ours: it carries out the plans of the stream engine.
type engineDriver struct {
	engine *datapath.Engine
	plan   datapath.Plan
	// skips: bytes under a verdict that stands do not enter the engine.
	skips    bool
	standing [2]verdict
	out      [2][]byte
	closed   string
}

// verdict counts the bytes to come that pass or are dropped.
type verdict struct{ pass, drop uint64 }

func newEngineDriver(conn *host.Connection, s *script) driver {
	if s.startsTLS {
		conn.SetCanStartTLS()
	}
	return &engineDriver{engine: datapath.New(conn, datapath.Limits{HeldBytes: s.heldLimit})}
}

func newSkippingDriver(conn *host.Connection, s *script) driver {
	d := newEngineDriver(conn, s).(*engineDriver)
	d.skips = true
	return d
}

func index(reply bool) int {
	if reply {
		return 1
	}
	return 0
}

func (d *engineDriver) data(reply, end bool, chunks [][]byte) {
	if d.skips && !end && d.closed == "" && d.skip(reply, chunks) {
		return
	}
	input := append([][]byte(nil), chunks...)
	d.engine.Data(reply, end, input, &d.plan)
	d.carryOut(reply, chunks)
}

func (d *engineDriver) resume() {
	d.engine.Resume(&d.plan)
	d.carryOut(false, nil)
}

// carryOut carries out the plan for chunks.
func (d *engineDriver) carryOut(reply bool, chunks [][]byte) {
	p := &d.plan
	switch {
	case d.closed != "" && (p.Leave || len(p.Out) > 0 || len(p.Reverse) > 0 || !p.Close || p.Reason != d.closed):
		d.closed = "the engine did not stay closed"
		return
	case p.Leave && len(p.Out) > 0 || p.Pass > 0 && p.Drop > 0 || p.Close && p.Reason == "":
		d.closed = "the engine made a plan that contradicts itself"
		return
	case p.Leave:
		d.send(reply, chunks...)
	}
	d.send(reply, p.Out)
	d.send(!reply, p.Reverse)
	d.standing[index(reply)] = verdict{p.Pass, p.Drop}
	if p.Close {
		d.closed = p.Reason
	}
}

// skip applies a verdict that stands to bytes that are fewer than it covers.
func (d *engineDriver) skip(reply bool, chunks [][]byte) bool {
	n := uint64(0)
	for _, chunk := range chunks {
		n += uint64(len(chunk))
	}
	v := &d.standing[index(reply)]
	switch {
	case n < v.pass:
		v.pass -= n
		d.send(reply, chunks...)
	case n < v.drop:
		v.drop -= n
	default:
		return false
	}
	d.engine.Skipped(reply, n)
	return true
}

func (d *engineDriver) send(reply bool, chunks ...[]byte) {
	for _, chunk := range chunks {
		d.out[index(reply)] = append(d.out[index(reply)], chunk...)
	}
}

func (d *engineDriver) waits() bool { return d.plan.Wait }

func (d *engineDriver) take(reply bool) []byte {
	out := &d.out[index(reply)]
	taken := *out
	*out = nil
	return taken
}

func (d *engineDriver) flush() {}

func (d *engineDriver) close() { d.engine.Close() }

func (d *engineDriver) result() (toServer, toClient []byte, closed string) {
	return d.out[0], d.out[1], d.closed
}
