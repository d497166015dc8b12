package postgres

import "github.com/proxylib/proxylib/proxylib"

// copyState is whether the client's messages may be data of a COPY.
type copyState uint8

const (
	// copyNone: they are not. Servers ignore such messages then.
	copyNone copyState = iota
	// copyAsked: what the server has been asked to execute may be a COPY FROM STDIN. While it is one, the server reads
	// messages in another way than else, so the next ones wait until it is known.
	copyAsked
	// copyActive: the server receives data.
	copyActive
)

// copying is the COPY FROM STDIN that is under way.
type copying struct {
	state copyState
	// query: it is in a simple query, which may have several.
	query bool
	// waiting: messages wait.
	waiting bool
}

// executing notes that the server is asked to execute a statement.
func (p *parser) executing(s *statement, query bool) {
	p.server.executes(s)
	if s.copyIn {
		p.copying.state, p.copying.query = copyAsked, query
	}
}

const (
	copyQuery   = true
	copyExecute = false
)

// onCopying judges a message while a COPY FROM STDIN may be under way. It reports whether it has: other messages have
// nothing to do with it.
func (p *parser) onCopying(h header, view proxylib.View) (op proxylib.OpType, n int, judged bool) {
	data := h.kind == msgCopyData || h.kind == msgCopyDone || h.kind == msgCopyFail
	switch p.copying.state {
	case copyActive:
		op, n = p.onCopyMessage(h, view, data)
	case copyAsked:
		op, n = p.waitForCopy()
	default:
		op, n = proxylib.DROP, h.length
		return op, n, data
	}
	return op, n, true
}

// waitForCopy has a message wait until it is known whether a COPY FROM STDIN has begun.
func (p *parser) waitForCopy() (proxylib.OpType, int) {
	if !p.connection.Host().CanWait() {
		return p.fail("message before the answer to a COPY FROM STDIN", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	p.copying.waiting = true
	return p.connection.Wait()
}

// onCopyMessage judges a message while the server receives data.
func (p *parser) onCopyMessage(h header, view proxylib.View, data bool) (proxylib.OpType, int) {
	switch {
	case h.kind == msgFlush, h.kind == msgSync:
		// The server ignores them as well.
		return proxylib.DROP, h.length
	case !data:
		return p.fail("request within the data of a COPY", proxylib.ERROR_INVALID_FRAME_TYPE)
	case h.kind == msgCopyDone && h.length != headerLen:
		return p.malformed()
	case h.kind == msgCopyData:
		return proxylib.PASS, afterRun(view.Front(), h.length, msgCopyData, msgCopyData)
	}
	p.copying.end()
	return proxylib.PASS, h.length
}

// end notes that the client has sent all data. A simple query may have another COPY after it.
func (c *copying) end() {
	c.state = copyNone
	if c.query {
		c.state = copyAsked
	}
}

// begin notes that the server wants data. It reports false if it was asked for nothing that could be a COPY FROM STDIN.
func (p *parser) beginCopy() bool {
	if p.copying.state != copyAsked {
		return false
	}
	p.copying.state = copyActive
	p.resume()
	return true
}

// endCopy notes that there is nothing left that may be a COPY FROM STDIN.
func (p *parser) endCopy() {
	p.copying.state = copyNone
	p.resume()
}

// resume lets messages go on that wait.
func (p *parser) resume() {
	if p.copying.waiting {
		p.copying.waiting = false
		p.connection.Resume()
	}
}
