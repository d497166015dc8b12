package redis

import (
	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
)

// word is what the first element of an array says about subscriptions.
type word uint8

const (
	// wordMessage: a message that was published.
	wordMessage word = iota + 1
	// wordSubscribed: a subscription has begun or ended.
	wordSubscribed
)

// kind is what is subscribed to.
type kind uint8

const (
	channels kind = iota
	patterns
	shards
)

// subscriptions are what is known of those of the client.
type subscriptions struct {
	// resp3: messages are pushes. In RESP 2 they are arrays as replies are.
	resp3 bool
	// nested: there are messages about subscriptions in the reply to EXEC, in the place of members.
	nested bool
	// The number of subscriptions: with one, the client is in the state of RESP 2 in which messages come at any time.
	channels, patterns, shards int
}

// any reports whether there are subscriptions.
func (s *subscriptions) any() bool { return s.channels+s.patterns+s.shards > 0 }

// message is an array about subscriptions. Of a confirmation, all of it has been read.
type message struct {
	word  word
	kind  kind
	count int
	// length is that of a confirmation, in bytes.
	length int
}

// messages are the words, and whether a subscription begins.
var messages = map[string]message{
	"message": {word: wordMessage}, "pmessage": {word: wordMessage}, "smessage": {word: wordMessage},
	"subscribe": {word: wordSubscribed, kind: channels}, "unsubscribe": {word: wordSubscribed, kind: channels},
	"psubscribe": {word: wordSubscribed, kind: patterns}, "punsubscribe": {word: wordSubscribed, kind: patterns},
	"ssubscribe": {word: wordSubscribed, kind: shards}, "sunsubscribe": {word: wordSubscribed, kind: shards},
}

// readMessage reads the array or push at the front as far as it says what it is. It returns how many bytes are missing for
// that; ok is false if it is none about subscriptions.
func readMessage(view proxylib.View) (m message, missing int, ok bool) {
	n, at, missing, valid := readSize(view, 0)
	if missing > 0 || !valid || n < 3 {
		return m, missing, false
	}
	if at == view.Len() {
		return m, 1, false
	}
	if view.At(at) != typeBulk {
		return m, 0, false
	}
	size, header, missing, valid := readSize(view, at)
	if missing > 0 || !valid || size < 0 || size > len("punsubscribe") {
		return m, missing, false
	}
	at += header
	if missing = view.Missing(at + size + len(lineEnd)); missing > 0 {
		return m, missing, false
	}
	var text [len("punsubscribe")]byte
	view.CopyAt(text[:size], at)
	m, ok = messages[string(text[:size])]
	if !ok || m.word == wordMessage {
		return m, 0, ok
	}
	return m.readConfirmation(view, n, at+size+len(lineEnd))
}

// readConfirmation reads the channel, which may be none, and the number of subscriptions.
func (m message) readConfirmation(view proxylib.View, n, at int) (_ message, missing int, ok bool) {
	if n != 3 {
		return m, 0, false
	}
	for _, kind := range []byte{typeBulk, typeInteger} {
		if at == view.Len() {
			return m, 1, false
		}
		null := view.At(at) == typeNull && kind == typeBulk
		if view.At(at) != kind && !null {
			return m, 0, false
		}
		if null {
			if missing = view.Missing(at + 3); missing > 0 {
				return m, missing, false
			}
			at += 3
			continue
		}
		size, header, missing, valid := readSize(view, at)
		if missing > 0 || !valid {
			return m, missing, false
		}
		at += header
		if kind == typeInteger {
			m.count, m.length = size, at
			return m, 0, true
		}
		if size >= 0 {
			at += size + len(lineEnd)
		}
		if missing = view.Missing(at); missing > 0 {
			return m, missing, false
		}
	}
	return m, 0, false
}

// onConfirmation passes a message that says that a subscription has begun or ended. One that answers no request is passed
// as well: servers end subscriptions to shards, and those of users whose permissions have changed, by themselves.
func (p *parser) onConfirmation(head *owed, m *message) (proxylib.OpType, int) {
	s := &p.subscribed
	all := 0
	switch m.kind {
	case channels:
		all = s.channels
		s.channels = max(m.count-s.patterns, 0)
	case patterns:
		all = s.patterns
		s.patterns = max(m.count-s.channels, 0)
	case shards:
		all = s.shards
		s.shards = m.count
	}
	if head == nil || head.poison || head.command == nil || head.queued || !confirms(head.command, m.kind) {
		return proxylib.PASS, m.length
	}
	if head.all {
		head.all, head.left = false, uint32(max(all, 1))
	}
	if head.left--; head.left == 0 {
		r := &p.reply
		r.status, r.codeN, r.bytes = statusOK, 0, uint64(m.length)
		p.logReply(head)
		p.replies.Done()
	}
	return proxylib.PASS, m.length
}

// confirms reports whether a command is answered by confirmations of a kind.
func confirms(c *command.Command, k kind) bool {
	if c.Effect != command.Subscribe && c.Effect != command.Unsubscribe {
		return false
	}
	switch c.Name[0] {
	case 'p':
		return k == patterns
	case 's':
		return k == shards == (c.Name[1] == 's' || c.Name[1] == 'u' && c.Name[2] == 'n')
	}
	return k == channels
}
