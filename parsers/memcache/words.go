package memcache

import (
	"bytes"
	"math"

	"github.com/proxylib/proxylib/internal/swar"
)

// words reads the words of a line from left to right; spaces alone separate them. The first thing wrong is kept in err.
type words struct {
	rest []byte
	err  error
}

// fail notes an error, unless err is nil.
func (w *words) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// next returns the next word; it is empty after the last one.
func (w *words) next() []byte {
	rest := w.rest
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	n := wordLen(rest)
	w.rest = rest[n:]
	return rest[:n]
}

// wordLen is the length of the word at the front. Most are short, so it looks at eight bytes at once.
func wordLen(text []byte) int {
	if len(text) >= 8 {
		if spaces := swar.Equal(swar.Word(text), ' '); spaces != 0 {
			return swar.First(spaces)
		}
		if n := bytes.IndexByte(text[8:], ' '); n >= 0 {
			return 8 + n
		}
		return len(text)
	}
	for i, c := range text {
		if c == ' ' {
			return i
		}
	}
	return len(text)
}

// more reports whether there is a further word, and moves to its beginning.
func (w *words) more() bool {
	for len(w.rest) > 0 && w.rest[0] == ' ' {
		w.rest = w.rest[1:]
	}
	return len(w.rest) > 0
}

// peek returns the next word and stays before it.
func (w *words) peek() []byte {
	ahead := *w
	return ahead.next()
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

// keys reads all that is left as keys, of which there must be one at least: as one, if nothing stands around it, else as
// a list; n is their number. The last must not be noreply, which servers may take for the argument.
func (w *words) keys() (key, list []byte, n int) {
	w.more()
	all := w.rest
	last := w.key()
	for n = 1; w.more(); n++ {
		last = w.key()
	}
	if string(last) == "noreply" {
		w.fail(errAmbiguous)
	}
	if len(last) == len(all) {
		return last, nil, n
	}
	return nil, all, n
}

// number reads a decimal number of digits alone.
func (w *words) number(maximum uint64) uint64 {
	n, err := parseNumber(w.next(), maximum)
	w.fail(err)
	return n
}

// maxTenth is the greatest number that can be multiplied by ten.
const maxTenth = math.MaxUint64 / 10

func parseNumber(word []byte, maximum uint64) (uint64, error) {
	if len(word) == 0 {
		return 0, errTokens
	}
	n := uint64(0)
	for _, c := range word {
		d := uint64(c - '0')
		if d > 9 || n > maxTenth || n*10 > math.MaxUint64-d {
			return 0, errNumber
		}
		n = n*10 + d
	}
	if n > maximum {
		return 0, errNumber
	}
	return n, nil
}

// time reads an expiration time, which may be negative.
func (w *words) time() int64 {
	digits, negative := bytes.CutPrefix(w.next(), []byte("-"))
	if negative && len(digits) == 0 {
		w.fail(errNumber)
	}
	n, err := parseNumber(digits, math.MaxInt32)
	w.fail(err)
	if negative {
		return -int64(n)
	}
	return int64(n)
}

// beforeNoreply reports whether the next word is noreply.
func (w *words) beforeNoreply() bool { return string(w.peek()) == "noreply" }

// any reads all that is left, of which the last must not be noreply.
func (w *words) any() {
	for w.more() {
		if string(w.next()) == "noreply" && !w.more() {
			w.fail(errAmbiguous)
		}
	}
}

func (w *words) end() {
	if w.more() {
		w.fail(errTokens)
	}
}
