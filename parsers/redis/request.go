package redis

import (
	"bytes"
	"errors"

	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
)

// Bounds of requests.
const (
	// MaxArguments is the largest number of arguments of a request, its name included.
	MaxArguments = 1 << 20
	// MaxBulk is the length, in bytes, of the longest argument.
	MaxBulk = 512 << 20
	// MaxHeld is the number of bytes of a request that wait at most until all that a rule could be about is there.
	MaxHeld = 1 << 20
	// MaxNamed is the largest number of keys, channels and other named arguments of a request.
	MaxNamed = 1 << 14
	// streamed is the length of an argument that is passed before all of it is there, if nothing after it names anything.
	streamed = 16 << 10
	// maxHeader is the length of the longest line that says how many arguments or bytes follow, line end included.
	maxHeader = 16
	// maxWord is the length of the longest argument that can be a word of a command's own.
	maxWord = 64
)

// protocolError is what is wrong with a request after which it is not known where the next one begins. The server closes
// the connection as well.
type protocolError struct {
	// text is what the server says, in its own words.
	text string
}

// Error implements error.
func (e *protocolError) Error() string { return "protocol error: " + e.text }

var (
	errMultibulk = &protocolError{"invalid multibulk length"}
	errBulk      = &protocolError{"invalid bulk length"}
	errArgument  = &protocolError{"argument does not end in CR LF where its length says"}
)

// expected is the error of a request whose argument does not begin as one.
func expected(letter byte) error {
	if letter < ' ' || letter > '~' {
		letter = '?'
	}
	return &protocolError{"expected '$', got '" + string(rune(letter)) + "'"}
}

// errUnknown is why a request is denied whose command is not in the table.
var errUnknown = errors.New("unknown command")

// mark is an argument that names something.
type mark struct {
	from, to int
	kind     command.Kind
}

// request is what has been read of the request at the front. Reading goes on where it stopped.
type request struct {
	reading
	// marks are the arguments that name something.
	marks []mark
	// word and input are scratches for bytes that lie in several pieces.
	word, input []byte
}

// reading is the part of a request that begins at zero with each.
type reading struct {
	// command is nil until it is known, and for commands that are not in the table.
	command *command.Command
	// err is why the command cannot be judged by the table.
	err  error
	scan command.Scan
	// arguments is the number of arguments, the name included; read is how many have been read.
	arguments, read int
	// at is the offset of the first byte that has not been read.
	at int
	// name is where the name of the command lies.
	name mark
	// owed: the server owes a reply to it, once all of it has come.
	owed bool
	// container: the command has subcommands.
	container bool
	// final is the last argument that has been read.
	final mark
	// largest is the length of the longest argument so far that names nothing.
	largest int
	// limit is the length of the longest argument that may still come; 0 does not limit it.
	limit int
	// inline: the request is a line.
	inline bool
	// odd: HELLO gives a name to the client that servers refuse.
	odd bool
	// data is the input up to the last argument that matters, in one piece, once the request is judged; matters is its
	// length.
	data    []byte
	matters int
	// databases are those that the request may be for.
	databases databases
	// reach: the question is about all that the request may reach; see [request.Value].
	reach bool
}

// reset makes the request ready for the next one, keeping its memory.
func (r *request) reset() {
	r.reading, r.marks = reading{}, r.marks[:0]
}

// idle reports whether nothing of a request has been read.
func (r *request) idle() bool { return r.at == 0 }

// next reads the request on. It returns how many bytes are missing before there is more to read, 0 if the request can be
// judged.
func (r *request) next(v proxylib.View) (missing int, err error) {
	if r.at == 0 {
		if missing, err = r.begin(v); missing > 0 || err != nil {
			return missing, err
		}
	}
	front := v.Front()
	for r.read < r.arguments {
		n, header := shortHeader(front, r.at, typeBulk)
		if header == 0 {
			n, header, missing, err = readHeader(v, r.at, typeBulk)
		}
		if missing > 0 && r.streams(0) {
			return 0, nil
		}
		if missing > 0 || err != nil {
			return missing, err
		}
		if n > MaxBulk {
			return 0, errBulk
		}
		if missing = v.Missing(r.at + header + n + len(lineEnd)); missing > 0 {
			if r.streams(n) {
				r.largest = max(r.largest, n)
				return 0, nil
			}
			if r.at+header+n > MaxHeld {
				r.err = errHeld
				return 0, nil
			}
			return missing, nil
		}
		from := r.at + header
		if !lineEndAt(v, from+n) {
			return 0, errArgument
		}
		r.take(v, mark{from: from, to: from + n})
		r.at = from + n + len(lineEnd)
		if r.at > MaxHeld && !r.harmless() || len(r.marks) > MaxNamed {
			r.err = errHeld
			return 0, nil
		}
	}
	r.end()
	return 0, nil
}

// errHeld is why a request is denied that is too long to be judged.
var errHeld = errors.New("request too long to be judged")

// begin reads how many arguments the request has. There may be none, which is not a request.
func (r *request) begin(v proxylib.View) (missing int, err error) {
	n, header := shortHeader(v.Front(), 0, typeArray)
	if header == 0 {
		n, header, missing, err = readHeader(v, 0, typeArray)
	}
	if missing > 0 || err != nil {
		return missing, err
	}
	if n > MaxArguments {
		return 0, errMultibulk
	}
	r.arguments, r.at = n, header
	return 0, nil
}

// streams reports whether the request can be passed as it comes, before an argument of n bytes is there as a whole: it
// is long, and no argument that is to come names anything.
func (r *request) streams(n int) bool { return max(n, r.at) >= streamed && r.harmless() }

// harmless reports whether no argument that is to come names anything, and none can change what the request does to the
// connection, as one too many does.
func (r *request) harmless() bool {
	return r.command != nil && r.err == nil && r.command.Effect.Stateless() && r.scan.Harmless()
}

// take takes an argument.
func (r *request) take(v proxylib.View, m mark) {
	r.read++
	r.final = m
	if m.to-m.from <= maxWord {
		r.matters = m.to
	}
	switch {
	case r.read == 1:
		r.name, r.matters = m, m.to
		r.command, r.container = command.Find(r.bytes(v, m))
		if !r.container {
			r.start()
		}
	case r.read == 2 && r.container:
		r.takeSub(v, m)
	case r.err == nil && r.command != nil:
		r.takeArgument(v, m)
	default:
		r.largest = max(r.largest, m.to-m.from)
	}
}

// takeSub takes the second argument of a command with subcommands. COMMAND is also a command of its own.
func (r *request) takeSub(v proxylib.View, m mark) {
	name := append(r.word[:0], r.bytes(v, r.name)...)
	sub := v.Append(name, m.from, min(m.to, m.from+maxWord))[len(name):]
	r.word = name
	r.command = command.FindSub(name, sub)
	r.start()
}

// start begins with the arguments of the command.
func (r *request) start() {
	if r.command == nil {
		r.err = errUnknown
		return
	}
	r.err = r.scan.Start(r.command, r.arguments-r.read)
}

func (r *request) takeArgument(v proxylib.View, m mark) {
	word := m
	if word.to-word.from > maxWord {
		word.to = word.from
	}
	m.kind, r.err = r.scan.Take(r.bytes(v, word))
	if r.command.Effect == command.Hello && m.kind == command.Value {
		r.odd = r.odd || word.to < m.to || odd(r.bytes(v, m))
	}
	switch m.kind {
	case command.Value, command.Secret, command.Word, command.Number, command.Integer:
		r.largest = max(r.largest, m.to-m.from)
	case command.KeyPattern:
		// Without a star, the server makes no keys of it.
		if word.to < m.to || bytes.IndexByte(r.bytes(v, m), '*') >= 0 {
			r.mark(m)
		}
	default:
		r.mark(m)
	}
}

func (r *request) mark(m mark) {
	r.marks = append(r.marks, m)
	r.matters = m.to
}

// bytes returns an argument, or the beginning of one that is too long for a word.
func (r *request) bytes(v proxylib.View, m mark) []byte {
	return v.Bytes(m.from, min(m.to, m.from+maxWord), &r.word)
}

// end looks whether the arguments are complete.
func (r *request) end() {
	switch {
	case r.err != nil, r.arguments == 0:
	case r.read == 1 && r.container && r.command == nil:
		r.err = command.ErrFew
	case r.read == 1 && r.container:
		r.start()
	default:
		r.err = r.scan.End()
	}
}

// text returns an argument of a request that is being judged.
func (r *request) text(m mark) []byte { return r.data[m.from:m.to:m.to] }

const lineEnd = "\r\n"

func lineEndAt(v proxylib.View, at int) bool {
	if front := v.Front(); at+len(lineEnd) <= len(front) {
		return front[at] == lineEnd[0] && front[at+1] == lineEnd[1]
	}
	var space [len(lineEnd)]byte
	return string(v.Peek(space[:], at)) == lineEnd
}

// shortHeader reads a line that is a letter and a number of one or two digits, as nearly all are, if it lies in the first bytes of
// the input; see [readHeader]. length is 0 if it is another one.
func shortHeader(front []byte, at int, letter byte) (n, length int) {
	if at+len("$99\r\n") > len(front) {
		return 0, 0
	}
	line := front[at : at+len("$99\r\n")]
	first, second := line[1]-'0', line[2]-'0'
	switch {
	case line[0] != letter || first > 9:
		return 0, 0
	case line[2] == '\r' && line[3] == '\n':
		return int(first), len("$9\r\n")
	case first > 0 && second <= 9 && line[3] == '\r' && line[4] == '\n':
		return 10*int(first) + int(second), len("$99\r\n")
	}
	return 0, 0
}

// readHeader reads a line that is a letter and a number. length is that of the line, with its end. Numbers are decimal,
// without a sign and without leading zeros; the number of a request may also be negative, which means 0.
func readHeader(v proxylib.View, at int, letter byte) (n, length, missing int, err error) {
	var space [maxHeader]byte
	line := v.Peek(space[:], at)
	if len(line) == 0 {
		return 0, 0, 1, nil
	}
	err = error(errBulk)
	switch {
	case letter == '*':
		err = errMultibulk
	case line[0] != letter:
		return 0, 0, 0, expected(line[0])
	}
	from := 1
	negative := letter == '*' && len(line) > 1 && line[1] == '-'
	if negative {
		from = 2
	}
	i := from
	for i < len(line) && line[i]-'0' <= 9 {
		n = 10*n + int(line[i]-'0')
		i++
	}
	switch {
	case i > from+1 && line[from] == '0', negative && i > from && line[from] == '0':
		return 0, 0, 0, err
	case i == len(line) && i < maxHeader, i > from && i+1 == len(line) && line[i] == '\r' && i+1 < maxHeader:
		return 0, 0, 1, nil
	case i == from, i+1 >= len(line), line[i] != '\r', line[i+1] != '\n':
		return 0, 0, 0, err
	case negative:
		n = 0
	}
	return n, i + len(lineEnd), 0, nil
}
