package memcache

import (
	"bytes"
	"math"
)

// words reads the words of a line from left to right; spaces alone separate them. The first thing wrong is kept in err.
type words struct {
	rest []byte
	err  error
}

func (w *words) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// next returns the next word; it is empty behind the last one.
func (w *words) next() []byte {
	word := w.peek()
	w.rest = w.rest[len(word):]
	return word
}

func (w *words) peek() []byte {
	for len(w.rest) > 0 && w.rest[0] == ' ' {
		w.rest = w.rest[1:]
	}
	if i := bytes.IndexByte(w.rest, ' '); i >= 0 {
		return w.rest[:i]
	}
	return w.rest
}

func (w *words) key() []byte {
	key := w.next()
	if len(key) == 0 {
		w.fail(errTokens)
	}
	if len(key) > MaxKey {
		w.fail(errKey)
	}
	return key
}

// keys reads all that is left as keys, of which there must be one at least. The last must not be noreply, which servers
// may take for the argument.
func (w *words) keys() []byte {
	w.peek()
	all := w.rest
	last := w.key()
	for len(w.peek()) > 0 {
		last = w.key()
	}
	if string(last) == "noreply" {
		w.fail(errAmbiguous)
	}
	return all
}

// number reads a decimal number of digits alone.
func (w *words) number(most uint64) uint64 {
	n, err := parseNumber(w.next(), most)
	if err != nil {
		w.fail(err)
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
		if c < '0' || c > '9' || d > most || n > (most-d)/10 {
			return 0, errNumber
		}
		n = n*10 + d
	}
	return n, nil
}

// time reads an expiration time, which may be negative.
func (w *words) time() int64 {
	t, err := parseTime(w.next())
	if err != nil {
		w.fail(err)
	}
	return t
}

func parseTime(word []byte) (int64, error) {
	digits, negative := bytes.CutPrefix(word, []byte("-"))
	if negative && len(digits) == 0 {
		return 0, errNumber
	}
	n, err := parseNumber(digits, math.MaxInt32)
	if negative {
		return -int64(n), err
	}
	return int64(n), err
}

// optionalTime reads a time if the next word is not noreply.
func (w *words) optionalTime() {
	if word := w.peek(); len(word) > 0 && string(word) != "noreply" {
		w.time()
	}
}

// optionalNumber reads a number unless the next word is noreply.
func (w *words) optionalNumber() {
	if string(w.peek()) != "noreply" {
		w.number(math.MaxUint32)
	}
}

// optionalZero reads the time 0 that delete may have, the only one that servers accept.
func (w *words) optionalZero() {
	if string(w.peek()) == "0" {
		w.next()
	}
}

// any reads all that is left, of which the last must not be noreply.
func (w *words) any() {
	for len(w.peek()) > 0 {
		if string(w.next()) == "noreply" && len(w.peek()) == 0 {
			w.fail(errAmbiguous)
		}
	}
}

func (w *words) end() {
	if len(w.peek()) > 0 {
		w.fail(errTokens)
	}
}
