package httpfilter

import (
	"strconv"

	"github.com/proxylib/proxylib/internal/httplink"
)

// Statuses of replies of the library.
const (
	statusForbidden     = 403
	statusTooLarge      = 413
	statusInternal      = 500
	statusBadGateway    = 502
	statusUnavailable   = 503
	statusTimeout       = 504
	detailsTooLarge     = "httpfilter_body_too_large"
	detailsNotWhole     = "httpfilter_body_without_end"
	detailsInternal     = "httpfilter_error"
	detailsTimeout      = "httpfilter_timeout"
	detailsPanic        = "httpfilter_panic"
	detailsCrowded      = "httpfilter_too_many_wait"
	detailsAbandoned    = "httpfilter_abandoned"
	switchingProtocols  = "101"
	methodConnect       = "CONNECT"
	headerContentLength = "content-length"
)

// side is one direction of a stream. It belongs to the stream's thread.
type side struct {
	stream                  *Stream
	reply                   bool
	body                    Body
	headersMap, trailersMap httplink.Map
	headers, trailers       Headers

	// stage is what the author is asked about, or was last.
	stage stage
	// held: headers are held, as the body is gathered.
	held bool
	// ended: the last piece of the body has arrived. trailersWait: so have trailers, and the author has not been asked.
	ended, trailersWait bool
	// waiting is the pause in force, next one that was prepared.
	waiting, next *pauseState
	// While pieces wait, the first decided bytes of what is held are decided, and the author has been asked about as many as asked after
	// them; last: that was the end.
	decided, asked int
	last           bool
}

type stage int

const (
	atHeaders stage = iota
	atWhole
	atPiece
	atTrailers
)

func (d *side) onHeaders(headers Headers, end bool) httplink.Status {
	d.headers, d.ended = headers, end
	if d.body.mode == whole && !end {
		return d.gather()
	}
	d.stage = atHeaders
	status := d.settle(d.askMessage(nil, end))
	if status == httplink.Continue && d.body.mode == rewritten && !end {
		d.stream.host.Edit(d.headersMap, []httplink.Edit{{Op: httplink.Remove, Name: headerContentLength}})
	}
	return status
}

// gather begins to gather the body.
func (d *side) gather() httplink.Status {
	s := d.stream
	if d.endless() {
		return s.refuse(d, d.refusal(statusForbidden, detailsNotWhole))
	}
	if n, err := strconv.ParseUint(d.headers.Get(headerContentLength), 10, 63); err == nil && n > uint64(d.body.limit) {
		return s.refuse(d, d.refusal(statusTooLarge, detailsTooLarge))
	}
	s.host.AllowBuffer(d.body.limit)
	d.held = true
	return httplink.Gather
}

// endless reports whether what follows is not a message but another protocol.
func (d *side) endless() bool {
	if d.reply {
		return d.headers.Get(":status") == switchingProtocols || d.stream.request.headers.Get(":method") == methodConnect
	}
	return d.headers.Get(":method") == methodConnect || d.headers.Has("upgrade")
}

// refusal is the reply for a direction: that a response is not as wanted is not the client's fault.
func (d *side) refusal(status int, details string) Action {
	if d.reply {
		status = statusBadGateway
	}
	return Deny(status, "", details)
}

func (d *side) onBody(end bool) httplink.Status {
	d.ended = end
	switch d.body.mode {
	case whole:
		return d.onGathered(end)
	case streamed, rewritten:
		return d.onPiece(end)
	}
	return httplink.Continue
}

func (d *side) onGathered(end bool) httplink.Status {
	if !d.held {
		return httplink.Continue
	}
	if d.waiting != nil {
		return httplink.Gather
	}
	if held, received := d.stream.host.BodySize(d.reply); held+received > d.body.limit {
		return d.stream.refuse(d, d.refusal(statusTooLarge, detailsTooLarge))
	}
	if !end {
		return httplink.Gather
	}
	return gathered(d.settleWhole())
}

// gathered is a status for a body that is held.
func gathered(status httplink.Status) httplink.Status {
	if status == httplink.Pause {
		return httplink.Gather
	}
	return status
}

// settleWhole asks about a message whose body is there.
func (d *side) settleWhole() httplink.Status {
	held, received := d.stream.host.Body(d.reply)
	d.stage = atWhole
	return d.settle(d.askMessage(append(held, received...), false))
}

func (d *side) onPiece(end bool) httplink.Status {
	if d.waiting != nil {
		return httplink.Pause
	}
	held, received := d.stream.host.Body(d.reply)
	piece := append(held, received...)
	if len(piece) == 0 && !end {
		return httplink.Continue
	}
	d.decided = 0
	return d.settlePiece(piece)
}

func (d *side) settlePiece(piece []byte) httplink.Status {
	d.stage, d.asked, d.last = atPiece, len(piece), d.ended && !d.trailersWait
	return d.settle(d.askPiece(piece))
}

func (d *side) onTrailers(trailers Headers) httplink.Status {
	d.trailers, d.ended, d.trailersWait = trailers, true, true
	if d.waiting != nil {
		return httplink.Pause
	}
	if d.held {
		if status := d.settleWhole(); status != httplink.Continue {
			return status
		}
	}
	return d.settleTrailers()
}

func (d *side) settleTrailers() httplink.Status {
	d.stage, d.trailersWait = atTrailers, false
	return d.settle(d.askTrailers())
}

func (d *side) askMessage(body []byte, end bool) Action {
	s, e := d.stream, event{d.stream, d}
	return s.ask(func() Action {
		if d.reply {
			s.responseSeen = Response{event: e, Headers: d.headers, Body: body, Trailers: d.trailers, End: end}
			return s.handler.OnResponse(&s.responseSeen)
		}
		s.requestSeen = Request{event: e, Headers: d.headers, Body: body, Trailers: d.trailers, End: end}
		return s.handler.OnRequest(&s.requestSeen)
	})
}

func (d *side) askPiece(piece []byte) Action {
	s, c := d.stream, &Chunk{event: event{d.stream, d}, Data: piece, End: d.last}
	return s.ask(func() Action {
		if d.reply {
			return s.handler.OnResponseBody(c)
		}
		return s.handler.OnRequestBody(c)
	})
}

func (d *side) askTrailers() Action {
	s, t := d.stream, &Trailers{event: event{d.stream, d}, Headers: d.trailers}
	return s.ask(func() Action {
		if d.reply {
			return s.handler.OnResponseTrailers(t)
		}
		return s.handler.OnRequestTrailers(t)
	})
}

// settle carries out an action, but for what the caller does to continue.
func (d *side) settle(a Action) httplink.Status {
	s := d.stream
	prepared := d.next
	d.next = nil
	if a.kind != pause {
		prepared.finish()
	}
	switch a.kind {
	case proceed:
		if reason := d.apply(a.edits); reason != "" {
			return s.fail(d, reason)
		}
		return httplink.Continue
	case deny:
		return s.refuse(d, a)
	case wait:
		if !s.config.enter() {
			return d.crowded(nil)
		}
		d.waiting = d.newPause()
		d.waiting.trace(a.span)
		d.waiting.start(a.wait)
		return httplink.Pause
	case pause:
		if prepared == nil {
			return s.fail(d, "a message was paused without a pin")
		}
		if !s.config.enter() {
			return d.crowded(prepared)
		}
		prepared.counted = true
		d.waiting = prepared
		d.waiting.trace(a.span)
		return httplink.Pause
	}
	return s.fail(d, "the filter has returned no action")
}

// crowded refuses a message since too many wait. It may have been prepared to do so itself.
func (d *side) crowded(prepared *pauseState) httplink.Status {
	prepared.finish()
	s := d.stream
	s.config.crowded.Raise(func(since, total uint64) {
		s.Log().Warn("too many messages wait: further ones are denied", "denied", since, "denied_total", total)
	})
	return s.refuse(d, Deny(statusUnavailable, "", detailsCrowded))
}

// resume carries out an action for what waits. If it is to go on then, the stream notes it.
func (d *side) resume(p *pauseState, a Action) {
	if d.waiting != p || d.stream.refused {
		return
	}
	d.waiting = nil
	p.finish()
	var status httplink.Status
	if d.stage == atPiece {
		status = d.resumePieces(a)
	} else if status = d.settle(a); status == httplink.Continue && d.stage == atHeaders && d.body.mode == rewritten && !d.ended {
		d.stream.host.Edit(d.headersMap, []httplink.Edit{{Op: httplink.Remove, Name: headerContentLength}})
	}
	if status == httplink.Continue && d.trailersWait {
		status = d.settleTrailers()
	}
	if status == httplink.Continue {
		d.held = false
		d.stream.goOn(d.reply)
	}
}

// resumePieces settles the piece that waits, and then what has arrived meanwhile.
func (d *side) resumePieces(a Action) httplink.Status {
	for {
		if status := d.settle(a); status != httplink.Continue {
			return status
		}
		d.decided += d.asked
		held, _ := d.stream.host.Body(d.reply)
		rest := held[d.decided:]
		if d.last || len(rest) == 0 && (!d.ended || d.trailersWait) {
			return httplink.Continue
		}
		d.asked, d.last = len(rest), d.ended && !d.trailersWait
		a = d.askPiece(rest)
	}
}

// stop ends what waits.
func (d *side) stop() {
	d.waiting.finish()
	d.next.finish()
	d.waiting, d.next = nil, nil
}
