package proxylib

import (
	"fmt"
	"maps"
	"slices"
)

// Parser understands one protocol on one connection.
//
// OnData is called with all bytes of a direction that no operation has yet disposed of, as a list of slices without
// empty ones; the list itself may be empty. The bytes belong to the host and live only for the call: copy what must
// outlive it, keep little, and bound it. endStream says that no bytes follow these.
//
// The answer is one operation and its length; see [OpType]. After PASS, DROP and INJECT the parser is called again
// for what remains, also when nothing remains, so that it may inject behind the last byte. A length of zero, or an
// INJECT of more than the inject buffer holds, closes the connection.
//
// A Parser may also have a method Close(), called once when the connection has ended, and a method Release(), called
// when the host's call ends, after one or several calls of OnData. There a parser lets go of memory that it needs while
// it works alone, so that idle connections are small.
type Parser interface {
	OnData(reply, endStream bool, data [][]byte) (OpType, int)
}

// ReaderParser is a parser that takes its input from a [Reader] instead of a list of slices. It answers like a [Parser].
type ReaderParser interface {
	OnData(reply bool, reader *Reader) (OpType, int)
}

// ParserFactory makes the parser of a new connection. It answers nil to decline the connection, which is then refused.
// A factory is called from several threads at once.
type ParserFactory interface {
	Create(connection *Connection) Parser
}

// parserFactories is filled by init functions and read-only afterwards.
var parserFactories = map[string]registration{}

// registration is a factory and the name that it was registered under.
type registration struct {
	name    string
	factory ParserFactory
}

// RegisterParserFactory makes a protocol known under a name. It is meant to be called from an init function; a name
// that is taken is a programmer's error and panics.
func RegisterParserFactory(name string, factory ParserFactory) {
	if _, taken := parserFactories[name]; taken {
		panic(fmt.Sprintf("proxylib: parser %q is registered twice", name))
	}
	parserFactories[name] = registration{name, factory}
}

// ParserNames lists the registered parsers in alphabetical order.
func ParserNames() []string {
	return slices.Sorted(maps.Keys(parserFactories))
}

// HasParser tells whether a parser is registered under the name.
func HasParser(name string) bool {
	_, ok := parserFactories[name]
	return ok
}

// AnyParserFactory is the later shape of a factory: Create answers a [Parser], a [ReaderParser], or nil to decline.
type AnyParserFactory interface {
	Create(connection *Connection) any
}

// FactoryOf adapts a factory of the later shape, and with it parsers of the Reader form, to a [ParserFactory].
func FactoryOf(factory AnyParserFactory) ParserFactory { return anyFactory{factory} }

type anyFactory struct{ AnyParserFactory }

func (f anyFactory) Create(connection *Connection) Parser {
	switch p := f.AnyParserFactory.Create(connection).(type) {
	case nil:
		return nil
	case Parser:
		return p
	case ReaderParser:
		connection.Reader = new(Reader)
		return &readerAdapter{parser: p, reader: connection.Reader}
	default:
		panic(fmt.Sprintf("proxylib: factory of parser %q made a %T, which is neither a Parser nor a ReaderParser",
			connection.ParserName, p))
	}
}

type readerAdapter struct {
	parser ReaderParser
	reader *Reader
}

func (a *readerAdapter) OnData(reply, endStream bool, data [][]byte) (OpType, int) {
	a.reader.Reset(data, endStream)
	return a.parser.OnData(reply, a.reader)
}

func (a *readerAdapter) Release() {
	a.reader.Reset(nil, false)
	if r, ok := a.parser.(releaser); ok {
		r.Release()
	}
}

func (a *readerAdapter) Close() {
	if c, ok := a.parser.(closer); ok {
		c.Close()
	}
}

type (
	closer   interface{ Close() }
	releaser interface{ Release() }
)
