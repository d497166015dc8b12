package proxylib

import (
	"fmt"
	"reflect"
)

// ParserFactory is the announced form of [Protocol.New]: it makes the parser of a new connection, and returns nil to
// decline the connection, which is then refused. It is called from several threads at once.
type ParserFactory interface {
	Create(connection *Connection) Parser
}

// RegisterParserFactory is the announced form of [Register], for parsers that were written elsewhere. Create may have
// any result type: what it returns has to be a [Parser], a [ReaderParser], or nil. Rules need a rule parser of their own;
// see [RegisterL7RuleParser]. It is meant to be called from an init function; a name that is taken is a programming error
// and panics.
func RegisterParserFactory[P any, F interface{ Create(*Connection) P }](name string, factory F) {
	Register(Protocol{
		Name: name, New: func(c *Connection) Parser { return parserOf(c, factory.Create(c)) }, origin: packageOf(reflect.TypeFor[F]()),
	})
}

// GetParserFactory returns the factory of a registered parser, or nil.
func GetParserFactory(name string) ParserFactory {
	if p := Registered(name); p != nil {
		return registeredFactory{p}
	}
	return nil
}

type registeredFactory struct{ protocol *Protocol }

func (f registeredFactory) Create(connection *Connection) Parser { return f.protocol.New(connection) }

// parserOf returns what a factory made as a parser; nil, also a nil pointer, declines the connection.
func parserOf(connection *Connection, made any) Parser {
	if v := reflect.ValueOf(made); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	switch parser := made.(type) {
	case Parser:
		return parser
	case ReaderParser:
		connection.Reader = new(Reader)
		return &readerAdapter{parser: parser, reader: connection.Reader}
	}
	panic(fmt.Sprintf("proxylib: the factory of parser %q made a %T, which is neither a Parser nor a ReaderParser",
		connection.ParserName, made))
}
