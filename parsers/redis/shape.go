package redis

import (
	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
)

// shape is what a reply looks like, as far as it says what has become of a request that changes the connection.
type shape uint8

const (
	shapeOther shape = iota
	shapeError
	shapeOK
	shapeQueued
	shapeReset
	shapeArray
	shapeMap
)

// lines are the replies that are known by their text.
var lines = map[string]shape{"+OK\r\n": shapeOK, "+QUEUED\r\n": shapeQueued, "+RESET\r\n": shapeReset}

// readShape looks at the first line of a reply. It returns why the reply cannot be the one to the request at the head of
// the queue, if it cannot: then what is known of the connection is wrong.
func (p *parser) readShape(view proxylib.View, at int, kind byte) (reason string) {
	r := &p.reply
	switch kind {
	case typeError, typeBulkError:
		r.shape = shapeError
	case typeArray:
		r.shape = shapeArray
	case typeMap:
		r.shape = shapeMap
	case typeSimple:
		end := view.IndexByte('\n', at)
		if end < 0 {
			// The line is read as any other, which has a limit.
			return ""
		}
		var line [len("+QUEUED\r\n")]byte
		r.shape = lines[string(line[:view.CopyAt(line[:min(end+1-at, len(line))], at)])]
	}
	r.shaped = true
	switch head := p.replies.Head(); {
	case p.blind || head.fits(r.shape):
	case p.connection.Unrestricted():
		p.goBlind()
	default:
		return "reply of another kind than the request has"
	}
	return ""
}

// fits reports whether a reply can be the one that is owed.
func (o *owed) fits(s shape) bool {
	if o.command == nil || o.queued || s == shapeError {
		return true
	}
	switch o.command.Effect {
	case command.Auth, command.Select, command.Multi, command.Discard, command.Reply:
		return s == shapeOK
	case command.Reset:
		return s == shapeReset
	case command.Hello:
		return s == shapeArray || s == shapeMap
	case command.Script:
		return true
	}
	return s != shapeQueued
}
