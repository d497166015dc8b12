package reference

import (
	"errors"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func (s source) logPage() (string, error) {
	var b strings.Builder
	heading(&b, "Reference of the access log", "Every field of an entry, as a line of JSON and as a message; "+
		"[accesslog.md](accesslog.md) explains them.")
	err := errors.Join(s.jsonForm(&b), s.wireForm(&b), s.ownFields(&b))
	return b.String(), err
}

func (s source) jsonForm(b *strings.Builder) error {
	lines, err := s.open("accesslog/jsonline")
	if err != nil {
		return err
	}
	list, err := lines.settings("Line", "")
	if err != nil {
		return err
	}
	b.WriteString("\n## JSON\n\n")
	var rows [][]string
	for _, f := range list {
		rows = append(rows, []string{code(f.path), f.form, f.meaning})
	}
	table(b, []string{"key", "value", "meaning"}, rows)
	return nil
}

func (s source) wireForm(b *strings.Builder) error {
	p, err := s.proto("api/cilium/accesslog.proto")
	if err != nil {
		return err
	}
	b.WriteString("\n## Messages\n\nOf package `cilium`, in [api/cilium/accesslog.proto](../api/cilium/accesslog.proto).\n")
	return p.write(b, "LogEntry", "ClosedLogEntry", "ExchangeLogEntry", "ReplyStatus", "L7LogEntry", "KafkaLogEntry", "HttpLogEntry", "EntryType")
}

// ownFields are those that the library adds to the fields of parsers.
func (s source) ownFields(b *strings.Builder) error {
	log, err := s.open("accesslog")
	if err != nil {
		return err
	}
	var rows [][]string
	log.each(func(n ast.Node) {
		spec, is := n.(*ast.ValueSpec)
		if !is || len(spec.Values) != 1 {
			return
		}
		if name, is := textOf(spec.Values[0]); is && spec.Names[0].Name == "UnknownType" {
			rows = append(rows, []string{code(name), prose(strings.TrimPrefix(log.commentAt(spec), "UnknownType is the key of the field that "))})
		}
		call, is := spec.Values[0].(*ast.CallExpr)
		if !is {
			return
		}
		if f, is := call.Fun.(*ast.Ident); is && (f.Name == "NewConstant" || f.Name == "NewKey") {
			name, _ := textOf(call.Args[0])
			meaning := log.commentAt(spec)
			if meaning == "" {
				err = errors.Join(err, fmt.Errorf("accesslog: no comment says what the field %s means", name))
			}
			rows = append(rows, []string{code(name), prose(meaning)})
		}
	})
	b.WriteString("\n## Fields of parsers\n\n[parsers.md](parsers.md) has the fields of each parser. Besides, the library adds these:\n\n")
	table(b, []string{"field", "meaning"}, rows)
	return err
}

// proto is a file of messages: for each, by its name, what its comment says, and its fields.
type proto map[string]*message

type message struct {
	comment string
	fields  []messageField
}

type messageField struct{ number, form, name, comment string }

var (
	begins    = regexp.MustCompile(`^(?:message|enum) (\w+) \{`)
	fieldLine = regexp.MustCompile(`^(?:repeated )?([\w.]+|map<[^>]+>) (\w+) = (\d+);$`)
	valueLine = regexp.MustCompile(`^(\w+) = (\d+);$`)
)

// proto reads a file of messages, of which a line holds one field.
func (s source) proto(path string) (proto, error) {
	text, err := os.ReadFile(filepath.Join(s.root, path))
	if err != nil {
		return nil, err
	}
	messages, comment := proto{}, ""
	var in *message
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if words, is := strings.CutPrefix(line, "//"); is {
			comment = sentence(comment + " " + words)
			continue
		}
		if found := begins.FindStringSubmatch(line); found != nil {
			in = &message{comment: comment}
			messages[found[1]] = in
		} else if in != nil {
			in.add(line, comment)
		}
		comment = ""
	}
	return messages, nil
}

func (m *message) add(line, comment string) {
	comment = strings.TrimPrefix(comment, "Ours, from here on. Receivers that do not know these fields skip them. ")
	if found := fieldLine.FindStringSubmatch(line); found != nil {
		form := found[1]
		if strings.HasPrefix(line, "repeated ") {
			form = "repeated " + form
		}
		m.fields = append(m.fields, messageField{found[3], form, found[2], comment})
	} else if found := valueLine.FindStringSubmatch(line); found != nil {
		m.fields = append(m.fields, messageField{found[2], "", found[1], comment})
	}
}

// write writes messages and enumerations as tables. A field without a comment is called what it means.
func (p proto) write(b *strings.Builder, names ...string) error {
	for _, name := range names {
		m := p[name]
		if m == nil || len(m.fields) == 0 {
			return fmt.Errorf("there is no message %s", name)
		}
		fmt.Fprintf(b, "\n### %s\n\n", name)
		if m.comment != "" {
			fmt.Fprintf(b, "%s\n\n", prose(m.comment))
		}
		m.write(b)
	}
	return nil
}

func (m *message) write(b *strings.Builder) {
	var rows [][]string
	enumeration := m.fields[0].form == ""
	for _, f := range m.fields {
		row := []string{f.number, code(f.name), code(f.form), prose(f.comment)}
		if enumeration {
			row = []string{f.number, code(f.name), prose(f.comment)}
		}
		rows = append(rows, row)
	}
	if enumeration {
		table(b, []string{"value", "name", "meaning"}, rows)
		return
	}
	table(b, []string{"number", "field", "type", "meaning"}, rows)
}
