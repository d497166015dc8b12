package memcache

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"github.com/proxylib/proxylib/proxylib/wire"
)

// MaxLine is the length, in bytes, of the longest command line, line end included, and MaxKeysLine that of the commands
// which take many keys.
const (
	MaxLine     = 2048
	MaxKeysLine = 512 << 10
	// MaxDroppedLine is the number of bytes of a longer line that are dropped before the connection is closed.
	MaxDroppedLine = 4 << 20
)

// line is a command line, decoded.
type line struct {
	request
	// text is the line without its end; word is the command word, also of a command that is not known.
	text, word []byte
	command    *command
	id         id
	shape      shape
	// err is what is wrong with the line that has been judged.
	err error
	// encoded: the key came in base64.
	encoded bool
	// quiet: a reply comes only if it is not the usual one.
	quiet bool
}

// What is wrong with a line. The server may read on at another place than the parser would.
var (
	errCharacter = errors.New("malformed command line: CR or NUL in it, or a line end other than CR LF")
	errLineEnd   = errors.New("malformed command line: ends in LF alone before a payload")
	errSpace     = errors.New("malformed command line: begins with a space")
	errTokens    = errors.New("malformed command line: wrong number of arguments")
	errNumber    = errors.New("malformed command line: malformed or impossible number")
	errKey       = errors.New("malformed command line: key longer than 250 bytes")
	errArgument  = errors.New("malformed command line: unknown argument")
	errAmbiguous = errors.New("malformed command line: noreply where servers differ on what it means")
)

// decode reads a command line, line end included. One that ends in LF alone is malformed if it has a payload, or if
// strict. A word that is not a command leaves l.command nil. A key in base64 is decoded into *scratch.
func (l *line) decode(text []byte, strict bool, scratch *[]byte) error {
	*l = line{request: request{bytes: noValue}}
	length := len(text)
	text, crlf := wire.CutLineEnd(text)
	l.text = text
	// At these bytes some servers end the line, or the word. Other control characters are parts of words to all servers.
	if strict && !crlf || bytes.IndexByte(text, '\r') >= 0 || bytes.IndexByte(text, 0) >= 0 {
		return errCharacter
	}
	if len(text) > 0 && text[0] == ' ' {
		return errSpace
	}
	w := words{rest: text}
	l.word = w.next()
	i, known := find(l.word)
	if !known {
		return nil
	}
	l.id, l.command = i, &commands[i]
	l.shape, l.operations = l.command.shape, l.command.operations
	if !crlf && l.command.payload() {
		return errLineEnd
	}
	if length > MaxLine && !l.command.long() {
		return errTokens
	}
	l.arguments(&w, scratch)
	return w.err
}

// arguments reads what follows the word of the command.
func (l *line) arguments(w *words, scratch *[]byte) {
	form := l.command.form
	for i := range len(form) {
		switch form[i] {
		case 'k':
			l.key, l.nKeys = w.key(), 1
		case 'K':
			l.key, l.list, l.nKeys = w.keys()
		case 'n':
			w.number(math.MaxUint32)
		case 'N':
			w.number(math.MaxUint64)
		case 't':
			l.setsTime(w.time())
		case 'T':
			w.time()
		case 'b':
			l.bytes = int(w.number(MaxValue))
		case '0':
			l.zero(w)
		case 'd':
			if w.more() && !w.beforeNoreply() {
				w.time()
			}
		case 'v':
			if !w.beforeNoreply() {
				w.number(math.MaxUint32)
			}
		case 'r':
			l.noreply(w)
		case 'm':
			l.meta(w, scratch)
		case 'c':
			l.crawler(w)
		case 'a':
			w.any()
		case 'i':
			w.rest = nil
		}
	}
	w.end()
}

// zero reads the time 0 that delete may have, the only one that servers accept. In "delete noreply", old servers see a key, and
// new ones the argument as well.
func (l *line) zero(w *words) {
	if string(l.key) == "noreply" && !w.more() {
		w.fail(errAmbiguous)
	}
	if string(w.peek()) == "0" {
		w.next()
	}
}

// lastWord returns the last word of the line.
func (l *line) lastWord() []byte {
	text := bytes.TrimRight(l.text, " ")
	return text[bytes.LastIndexByte(text, ' ')+1:]
}

// silenced reports whether a line that is not passed asks for no reply, as it ends in noreply where that is an argument.
func (l *line) silenced() bool {
	if string(l.lastWord()) != "noreply" || l.err == errAmbiguous {
		return false
	}
	return l.command == nil || l.command.silences()
}

// otherProtocols are how the last word of a request line of another protocol begins. memcached closes the connection at
// the first of them, against web pages that have a browser send commands in the body of a request.
var otherProtocols = [][]byte{[]byte("HTTP/"), []byte("RTSP/"), []byte("SIP/")}

// foreign reports whether a line that is not a command is the request line of another protocol.
func (l *line) foreign() bool {
	last := l.lastWord()
	return slices.ContainsFunc(otherProtocols, func(begin []byte) bool { return bytes.HasPrefix(last, begin) })
}

// noreply reads the optional last argument that silences the server.
func (l *line) noreply(w *words) {
	if !w.more() {
		return
	}
	if string(w.next()) != "noreply" {
		w.fail(errArgument)
		return
	}
	l.shape = silent
}

// crawler reads a subcommand of lru_crawler, which decides what the reply looks like.
func (l *line) crawler(w *words) {
	switch string(w.next()) {
	case "enable", "disable", "sleep", "tocrawl", "crawl":
	case "metadump":
		l.shape = metadump
	case "mgdump":
		l.shape = mgdump
	default:
		w.fail(errArgument)
	}
	w.any()
}
