package parsertest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/proxylib"
)

// Log is an access log that keeps its entries as lines, in the form that [Case] describes. It is for one connection. The
// entry that a connection is closed is not among them.
type Log struct {
	Lines []string
	// protocol, if not nil, lists the fields that entries may have; undeclared is one that has been seen beyond them.
	protocol   *proxylib.Protocol
	undeclared string
	// seen are the names of the fields of all entries.
	seen map[string]bool
	// without are the fields that Lines leaves out.
	without []string
	// closed are the reasons of the entries that say that the connection is closed, and closing is the line of the last.
	closed  []string
	closing string
}

// Log implements [accesslog.Logger].
func (l *Log) Log(entry accesslog.Entry) {
	if entry.Closed != nil {
		l.closed = append(l.closed, entry.Reason)
		l.closing = l.describe(entry.L7)
		return
	}
	l.check(entry.L7)
	line := strings.TrimSpace(entry.Type.String() + " " + l.describe(entry.L7))
	if user := entry.Flow.User(); user != "" {
		line += " " + word("user", user)
		l.see("user")
	}
	if entry.Audit {
		line += " audit=denied"
	}
	if entry.Rule != "" {
		line += " " + word("rule", entry.Rule)
	}
	if entry.Reason != "" && entry.Reason != proxylib.NoRule && !saysSo(entry) {
		line += " " + word("reason", entry.Reason)
	}
	line += l.ending(entry.Exchange)
	l.Lines = append(l.Lines, line)
}

// ending describes how a request ended: its status, the bytes of request and reply, and what the reply says.
func (l *Log) ending(x *accesslog.Exchange) string {
	if x == nil {
		return ""
	}
	text := fmt.Sprintf(" -> %s bytes=%d/%d", strings.ReplaceAll(accesslog.StatusName(x.Status), " ", "-"), x.RequestBytes, x.ReplyBytes)
	if x.Reply == nil {
		return text
	}
	l.check(x.Reply)
	for key, value := range x.Reply.Fields() {
		if !slices.Contains(l.without, key) {
			text += " " + word(key, value)
		}
	}
	return text
}

func (l *Log) check(l7 accesslog.L7) {
	generic, ok := l7.(*accesslog.Generic)
	if !ok || l.protocol == nil || l.protocol.RuleKeys == nil && l.protocol.LogFields == nil {
		return
	}
	for key := range generic.Fields() {
		l.see(key)
	}
}

// see notes that an entry has a field.
func (l *Log) see(key string) {
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[key] = true
	declared := func(d proxylib.LogFieldDoc) bool { return d.Name == key }
	if l.protocol != nil && !slices.ContainsFunc(l.protocol.LogFields, declared) {
		l.undeclared = key
	}
}

func (l *Log) describe(l7 accesslog.L7) string {
	switch l7 := l7.(type) {
	case nil:
		return ""
	case *accesslog.Generic:
		words := []string{l7.Proto()}
		for key, value := range l7.Fields() {
			if slices.Contains(l.without, key) {
				continue
			}
			words = append(words, word(key, value))
		}
		return strings.Join(words, " ")
	}
	entry := &cilium.LogEntry{}
	if err := proto.Unmarshal(l7.AppendL7(nil), entry); err != nil {
		return fmt.Sprintf("undecodable: %v", err)
	}
	return describeMessage(entry)
}

// describeMessage writes the L7 part in the order of its field numbers; what is unset is left out.
func describeMessage(entry *cilium.LogEntry) string {
	m := entry.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("l7"))
	if field == nil {
		return ""
	}
	words := []string{string(field.Name())}
	part := m.Get(field).Message()
	fields := part.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); part.Has(f) {
			words = append(words, word(string(f.Name()), text(f, part.Get(f))))
		}
	}
	return strings.Join(words, " ")
}

func text(f protoreflect.FieldDescriptor, value protoreflect.Value) string {
	if !f.IsList() {
		return value.String()
	}
	var parts []string
	for i := range value.List().Len() {
		parts = append(parts, value.List().Get(i).String())
	}
	return strings.Join(parts, ",")
}

// word writes one field, quoted where it could be misread.
func word(key, value string) string {
	plain := value != "" && strings.IndexFunc(value, func(r rune) bool { return r <= ' ' || r == '"' || r > '~' }) < 0
	if plain {
		return key + "=" + value
	}
	return key + "=" + strconv.QuoteToASCII(value)
}

// saysSo reports whether a field of the entry has the reason of the denial.
func saysSo(entry accesslog.Entry) bool {
	generic, ok := entry.L7.(*accesslog.Generic)
	if !ok {
		return false
	}
	for _, value := range generic.Fields() {
		if value == entry.Reason {
			return true
		}
	}
	return false
}
