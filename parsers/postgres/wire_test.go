package postgres_test

import (
	"encoding/binary"
	"strings"
)

// message encodes a message with a type.
func message(kind byte, body ...string) string {
	text := strings.Join(body, "")
	b := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(text)+4))
	return string(b) + text
}

// int16s and int32s encode numbers.
func int16s(numbers ...int) string {
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return string(b)
}

func int32s(numbers ...int) string {
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return string(b)
}

// first encodes a message without a type.
func first(code int, body ...string) string {
	text := strings.Join(body, "")
	return int32s(len(text)+8, code) + text
}

// startup encodes a StartupMessage with parameters, given as names and values.
func startup(parameters ...string) string {
	return first(3<<16, strings.Join(parameters, "\x00")+"\x00\x00")
}

// What clients send.
func query(text string) string       { return message('Q', text, "\x00") }
func parse(name, text string) string { return message('P', name, "\x00", text, "\x00", int16s(0)) }
func bind(portal, name string) string {
	return message('B', portal, "\x00", name, "\x00", int16s(0, 0, 0))
}
func execute(portal string) string     { return message('E', portal, "\x00", int32s(0)) }
func closing(kind, name string) string { return message('C', kind, name, "\x00") }

const (
	sync  = "S\x00\x00\x00\x04"
	flush = "H\x00\x00\x00\x04"
	quit  = "X\x00\x00\x00\x04"
)

// poisonQuery and poisonParse are what the server gets in place of what is denied in a transaction.
const (
	poisonQuery = "Q\x00\x00\x00\x06@\x00"
	poisonParse = "P\x00\x00\x00\x11proxylib\x00@\x00\x00\x00"
)

// What servers send.
const (
	parsed = "1\x00\x00\x00\x04"
	bound  = "2\x00\x00\x00\x04"
	closed = "3\x00\x00\x00\x04"
	noData = "n\x00\x00\x00\x04"
)

func ready(status string) string          { return message('Z', status) }
func complete(tag string) string          { return message('C', tag, "\x00") }
func parameter(name, value string) string { return message('S', name, "\x00", value, "\x00") }
func row(value string) string             { return message('D', int16s(1), int32s(len(value)), value) }
func authentication(kind int) string      { return message('R', int32s(kind)) }
func failure(code, text string) string    { return failureOf("ERROR", code, text) }
func fatal(code, text string) string      { return failureOf("FATAL", code, text) }
func denied(text string) string           { return failure("42501", "permission denied "+text) }
func failureOf(severity, code, text string) string {
	return message('E', "S", severity, "\x00V", severity, "\x00C", code, "\x00M", text, "\x00\x00")
}

func unjudged(reason string) string { return failure("42501", "permission denied: "+reason) }

// columns is a RowDescription of one column.
var columns = message('T', int16s(1), "a\x00", int32s(0), int16s(0), int32s(25), int16s(-1&0xffff), int32s(-1&0xffffffff), int16s(0))

// syntaxError is what a server makes of a message of ours.
var syntaxError = failure("42601", `syntax error at or near "@"`)

// hello is the start-up message of a client, and loggedIn what a server that trusts it says.
var (
	hello    = startup("user", "web", "database", "shop", "application_name", "test")
	settings = parameter("client_encoding", "UTF8") + parameter("server_encoding", "UTF8") + parameter("server_version", "18.1") +
		parameter("standard_conforming_strings", "on") + parameter("session_authorization", "web")
	loggedIn = authentication(0) + settings + message('K', int32s(1, 2)) + ready("I")
)
