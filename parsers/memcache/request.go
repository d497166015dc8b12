package memcache

import (
	"bytes"
	"errors"
	"math"
)

const (
	// MaxLine is the length, in bytes, of the longest command line, line end included, and MaxKeysLine that of the
	// commands which take many keys.
	MaxLine     = 2048
	MaxKeysLine = 64 << 10
	// MaxKey is the length, in bytes, of the longest key.
	MaxKey = 250
	// MaxValue is the largest number of bytes of a payload that all servers take for one.
	MaxValue = math.MaxInt32 - 2
)

// request is a command line, decoded. Its slices are parts of the line.
type request struct {
	// word is the command word, also of a command that is not known.
	word    []byte
	command *command
	id      id
	// keys holds the keys with spaces between them.
	keys []byte
	// bytes is the length of the payload, line end not included.
	bytes int
	shape shape
}

// What is wrong with a line. The server may read on at another place than we would, so there is no going on.
var (
	errCharacter = errors.New("malformed command line: control character, or a line end other than CR LF")
	errSpace     = errors.New("malformed command line: begins with a space")
	errTokens    = errors.New("malformed command line: wrong number of arguments")
	errNumber    = errors.New("malformed command line: malformed or impossible number")
	errKey       = errors.New("malformed command line: key longer than 250 bytes")
	errArgument  = errors.New("malformed command line: unknown argument")
	errMeta      = errors.New("meta commands are not supported")
)

// decode takes a command line apart, CR LF included. A word that is no command leaves r.command nil.
func (r *request) decode(line []byte) error {
	*r = request{}
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok || hasControl(text) {
		return errCharacter
	}
	if len(text) > 0 && text[0] == ' ' {
		return errSpace
	}
	a := arguments{rest: text}
	r.word = a.next()
	if meta[string(r.word)] {
		return errMeta
	}
	i, known := byWord[string(r.word)]
	if !known {
		return nil
	}
	r.id, r.command = i, &commands[i]
	r.shape = r.command.shape
	if len(line) > MaxLine && !r.command.long() {
		return errTokens
	}
	r.arguments(&a)
	return a.err
}

func hasControl(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == 0x7f {
			return true
		}
	}
	return false
}

// arguments reads what follows the command word.
func (r *request) arguments(a *arguments) {
	switch r.command.form {
	case formStorage, formCas:
		r.keys = a.key()
		a.number(math.MaxUint32)
		a.exptime()
		r.bytes = int(a.number(MaxValue))
		if r.command.form == formCas {
			a.number(math.MaxUint64)
		}
		r.noreply(a)
	case formGet:
		r.keys = a.keys()
	case formGat:
		a.exptime()
		r.keys = a.keys()
	case formDelete:
		r.keys = a.key()
		a.optionalZero()
		r.noreply(a)
	case formIncr:
		r.keys = a.key()
		a.number(math.MaxUint64)
		r.noreply(a)
	case formTouch:
		r.keys = a.key()
		a.exptime()
		r.noreply(a)
	case formFlush:
		a.optionalExptime()
		r.noreply(a)
	case formNumber:
		a.number(math.MaxUint32)
		r.noreply(a)
	case formAlone:
		a.end()
	case formAny:
		a.words()
	case formCrawler:
		r.crawler(a)
	}
}

// noreply reads the optional last argument that silences the server.
func (r *request) noreply(a *arguments) {
	if word := a.peek(); len(word) == 0 {
		return
	}
	if string(a.next()) != "noreply" {
		a.fail(errArgument)
	}
	r.shape = silent
	a.end()
}

// crawler reads a subcommand of lru_crawler, which decides what the reply looks like.
func (r *request) crawler(a *arguments) {
	switch string(a.next()) {
	case "enable", "disable", "sleep", "tocrawl", "crawl":
	case "metadump":
		r.shape = metadump
	case "mgdump":
		r.shape = mgdump
	default:
		a.fail(errArgument)
	}
	a.words()
}

// eachKey calls f for each key until it answers false, and tells whether it never did. It answers false if there is no
// key at all.
func (r *request) eachKey(f func(key []byte) bool) bool {
	a := arguments{rest: r.keys}
	for n := 0; ; n++ {
		key := a.next()
		if len(key) == 0 {
			return n > 0
		}
		if !f(key) {
			return false
		}
	}
}

// arguments reads the words of a line from left to right. The first thing wrong with one is kept in err.
type arguments struct {
	rest []byte
	err  error
}

func (a *arguments) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// next returns the next word; it is empty behind the last one.
func (a *arguments) next() []byte {
	word := a.peek()
	a.rest = a.rest[len(word):]
	return word
}

func (a *arguments) peek() []byte {
	for len(a.rest) > 0 && a.rest[0] == ' ' {
		a.rest = a.rest[1:]
	}
	if i := bytes.IndexByte(a.rest, ' '); i >= 0 {
		return a.rest[:i]
	}
	return a.rest
}

func (a *arguments) key() []byte {
	key := a.next()
	if len(key) == 0 {
		a.fail(errTokens)
	}
	if len(key) > MaxKey {
		a.fail(errKey)
	}
	return key
}

// keys reads all that is left as keys, of which there must be one at least.
func (a *arguments) keys() []byte {
	a.peek()
	all := a.rest
	a.key()
	for len(a.peek()) > 0 {
		a.key()
	}
	return all
}

// number reads a decimal number of digits alone.
func (a *arguments) number(most uint64) uint64 {
	n, err := parseNumber(a.next(), most)
	if err != nil {
		a.fail(err)
	}
	return n
}

func parseNumber(word []byte, most uint64) (uint64, error) {
	if len(word) == 0 {
		return 0, errTokens
	}
	n := uint64(0)
	for _, c := range word {
		d := uint64(c - '0')
		if c < '0' || c > '9' || n > (most-d)/10 {
			return 0, errNumber
		}
		n = n*10 + d
	}
	return n, nil
}

// exptime reads a time, which may be negative.
func (a *arguments) exptime() {
	if word := a.peek(); len(word) > 1 && word[0] == '-' {
		a.rest = a.rest[1:]
	}
	a.number(math.MaxInt32)
}

// optionalExptime reads a time if the next word is not noreply.
func (a *arguments) optionalExptime() {
	if word := a.peek(); len(word) > 0 && string(word) != "noreply" {
		a.exptime()
	}
}

// optionalZero reads the time 0 that delete may have, the only one that servers accept.
func (a *arguments) optionalZero() {
	if string(a.peek()) == "0" {
		a.next()
	}
}

// words reads all that is left, of which the last must not be noreply.
func (a *arguments) words() {
	for len(a.peek()) > 0 {
		if string(a.next()) == "noreply" && len(a.peek()) == 0 {
			a.fail(errArgument)
		}
	}
}

func (a *arguments) end() {
	if len(a.peek()) > 0 {
		a.fail(errTokens)
	}
}
