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

// metaCommand is what there is to know of a meta command.
type metaCommand struct {
	// alone are the flags that stand alone, argument those with an argument.
	alone, argument string
	// success is the status of a reply that reports success.
	success status
	// spoken are the codes of replies that the flag q does not suppress.
	spoken string
	// modes are what the command does in the words of the classic commands, by its mode; 0 is that without the flag M.
	modes [256]operations
}

var metaCommands = map[operations]*metaCommand{
	opMetaGet: {
		alone: "bcfhklqstuv", argument: "CELNOPRT", success: statusHit, spoken: "HD VA",
		modes: [256]operations{0: opGet},
	},
	opMetaSet: {
		alone: "bckqsI", argument: "CEFLMNOPT", success: statusStored, spoken: "NS EX NF",
		modes: [256]operations{0: opSet, 'S': opSet, 'E': opAdd, 'A': opAppend, 'P': opPrepend, 'R': opReplace},
	},
	opMetaDelete: {
		alone: "bkqxI", argument: "CELOPT", success: statusDeleted, spoken: "NF EX",
		modes: [256]operations{0: opDelete},
	},
	opMetaArithmetic: {
		alone: "bckqtv", argument: "CDEJLMNOPT", success: statusOK, spoken: "NF NS EX",
		modes: [256]operations{0: opIncr, 'I': opIncr, '+': opIncr, 'D': opDecr, '-': opDecr},
	},
	opMetaDebug: {alone: "b", modes: [256]operations{0: opMetaDebug}},
}

// meta reads the flags of a meta command.
func (l *line) meta(w *words, scratch *[]byte) {
	l.own = l.command.operations
	m := metaReader{metaCommand: metaCommands[l.own]}
	var wrong error
	for n := 2; w.more() && w.err == nil; n++ {
		if n == maxMetaWords {
			w.fail(errFlags)
		}
		if err := m.flag(l, w.next()); err != nil {
			wrong = err
		}
	}
	if w.fail(wrong); w.err != nil {
		return
	}
	l.quiet = m.has('q')
	if m.setOperations(l); l.operations == 0 {
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
	*metaCommand
	// seen has a bit for each letter, from A on.
	seen uint64
	mode byte
}

func (m *metaReader) has(letter byte) bool { return m.seen&(1<<(letter-'A')) != 0 }

// flag reads one flag. The arguments of P and L are hints for proxies, which servers ignore.
func (m *metaReader) flag(l *line, word []byte) error {
	letter, argument := word[0], words{rest: word[1:]}
	alone := strings.IndexByte(m.alone, letter) >= 0
	if !alone && strings.IndexByte(m.argument, letter) < 0 || alone && len(word) > 1 || m.has(letter) {
		return errFlag
	}
	m.seen |= 1 << (letter - 'A')
	switch letter {
	case 'C', 'D', 'E', 'J':
		argument.number(math.MaxUint64)
	case 'F':
		argument.number(math.MaxUint32)
	case 'R':
		argument.time()
	case 'N', 'T':
		l.setsTime(argument.time())
	case 'M':
		if len(word) != 2 {
			return errFlag
		}
		m.mode = word[1]
	case 'O':
		if len(word) > maxOpaque {
			return errFlag
		}
	}
	return argument.err
}

// setOperations notes what the command does, nothing if it has no such mode. A flag that can change the item makes a gat of a
// get, and N may create the item. Without T, an item that is set never expires; in the modes A and P it keeps its time.
func (m *metaReader) setOperations(l *line) {
	l.operations = m.modes[m.mode]
	switch l.operations {
	case 0:
		return
	case opGet:
		if m.has('E') || m.has('N') || m.has('T') {
			l.operations = opGat
		}
	case opSet, opAdd, opReplace:
		if !m.has('T') {
			l.setsTime(0)
		}
	case opIncr, opDecr:
		if m.has('T') {
			l.operations |= opTouch
		}
	}
	if m.has('N') {
		l.operations |= opAdd
	}
}
