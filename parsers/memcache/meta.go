package memcache

import (
	"encoding/base64"
	"errors"
	"math"
	"strings"
)

// maxMetaWords is the number of words that a meta command has at most, the command word included: of 20, old servers
// say that they are too many. maxOpaque is the length, in bytes, of its flag O, letter included.
const (
	maxMetaWords = 19
	maxOpaque    = 32
)

var (
	errFlag      = errors.New("malformed meta command: unknown, malformed or repeated flag")
	errFlags     = errors.New("malformed meta command: too many flags")
	errBase64    = errors.New("malformed meta command: key is not canonical base64")
	strictBase64 = base64.StdEncoding.Strict()
)

// metaFlags are the flags of a meta command: those that stand alone, and those with an argument.
type metaFlags struct{ alone, argument string }

var flagsOf = map[operations]metaFlags{
	opMetaGet:        {"bcfhklqstuv", "CELNOPRT"},
	opMetaSet:        {"bckqsI", "CEFLMNOPT"},
	opMetaDelete:     {"bkqxI", "CELOPT"},
	opMetaArithmetic: {"bckqtv", "CDEJLMNOPT"},
	opMetaDebug:      {"b", ""},
}

// meta reads the flags of a meta command.
func (l *line) meta(w *words, scratch *[]byte) {
	l.own = l.command.operations
	m := metaReader{known: flagsOf[l.own]}
	for n := 2; len(w.peek()) > 0 && w.err == nil; n++ {
		if n == maxMetaWords {
			w.fail(errFlags)
		}
		m.flag(l, w.next())
	}
	if m.err != nil {
		w.fail(m.err)
	}
	if w.err != nil {
		return
	}
	l.quiet = m.has('q')
	if m.operations(l); l.operations == 0 {
		w.fail(errFlag)
	}
	if l.encoded = m.has('b'); l.encoded {
		l.decodeKey(w, scratch)
	}
}

// decodeKey puts the key that base64 stands for in the place of the key. Only the one spelling that encoders use is
// accepted, because servers decode others in ways of their own.
func (l *line) decodeKey(w *words, scratch *[]byte) {
	key, err := strictBase64.AppendDecode((*scratch)[:0], l.key)
	if err != nil || len(key) == 0 {
		w.fail(errBase64)
		return
	}
	*scratch, l.key = key, key
}

// metaReader reads the flags of a meta command.
type metaReader struct {
	known metaFlags
	// seen has a bit for each letter, from A on.
	seen uint64
	mode byte
	err  error
}

func (m *metaReader) has(letter byte) bool { return m.seen&(1<<(letter-'A')) != 0 }

// flag reads one flag.
func (m *metaReader) flag(l *line, word []byte) {
	letter, argument := word[0], word[1:]
	alone := strings.IndexByte(m.known.alone, letter) >= 0
	if !alone && strings.IndexByte(m.known.argument, letter) < 0 || alone && len(argument) > 0 || m.has(letter) {
		m.err = errFlag
		return
	}
	m.seen |= 1 << (letter - 'A')
	if err := m.argument(l, letter, argument); err != nil {
		m.err = err
	}
}

// argument checks the argument of a flag. Those of P and L are hints for proxies, which servers ignore.
func (m *metaReader) argument(l *line, letter byte, argument []byte) error {
	var err error
	switch letter {
	case 'C', 'D', 'E', 'J':
		_, err = parseNumber(argument, math.MaxUint64)
	case 'F':
		_, err = parseNumber(argument, math.MaxUint32)
	case 'R':
		_, err = parseTime(argument)
	case 'N', 'T':
		var t int64
		t, err = parseTime(argument)
		l.setsTime(t)
	case 'M':
		if len(argument) != 1 {
			return errFlag
		}
		m.mode = argument[0]
	case 'O':
		if len(argument) >= maxOpaque {
			return errFlag
		}
	}
	return err
}

// operations tells what the command does in the words of the classic commands. N may create the item.
func (m *metaReader) operations(l *line) {
	switch l.own {
	case opMetaGet:
		l.operations = m.getActs()
	case opMetaSet:
		l.operations = m.setActs(l)
	case opMetaDelete:
		l.operations = opDelete
	case opMetaArithmetic:
		l.operations = m.arithmeticActs()
	}
	if l.operations != 0 && m.has('N') {
		l.operations |= opAdd
	}
}

// getActs: a flag that can change the item makes it a gat.
func (m *metaReader) getActs() operations {
	if m.has('E') || m.has('N') || m.has('T') {
		return opGat
	}
	return opGet
}

// setActs: without T, the item never expires; in the modes A and P it keeps its time.
func (m *metaReader) setActs(l *line) operations {
	if !m.has('T') && m.mode != 'A' && m.mode != 'P' {
		l.setsTime(0)
	}
	switch m.mode {
	case 0, 'S':
		return opSet
	case 'E':
		return opAdd
	case 'A':
		return opAppend
	case 'P':
		return opPrepend
	case 'R':
		return opReplace
	}
	return 0
}

func (m *metaReader) arithmeticActs() operations {
	a := operations(0)
	switch m.mode {
	case 0, 'I', '+':
		a = opIncr
	case 'D', '-':
		a = opDecr
	default:
		return 0
	}
	if m.has('T') {
		a |= opTouch
	}
	return a
}
