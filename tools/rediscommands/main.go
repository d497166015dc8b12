// Command rediscommands makes the table of the redis parser's commands from commands.txt.
//
//	go run ./rediscommands ../parsers/redis/command
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: rediscommands FOLDER")
		os.Exit(2)
	}
	source, err := generate(os.Args[1])
	if err == nil {
		err = os.WriteFile(filepath.Join(os.Args[1], "table.go"), source, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rediscommands:", err)
		os.Exit(1)
	}
}

// generate returns the table that commands.txt of a folder makes.
func generate(folder string) ([]byte, error) {
	from := filepath.Join(folder, "commands.txt")
	text, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	commands, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return format.Source(write(commands))
}

// row is a line of the table.
type row struct {
	name, access, effect string
	basic                bool
	categories           []string
	items                []item
}

// item and option are as in package command.
type item struct {
	repeat  string
	kinds   []string
	words   []string
	options []option
	// minimum is the number of arguments that the item has at least.
	minimum int
}

type option struct {
	name, form string
	kinds      []string
}

func parse(text []byte) ([]row, error) {
	var rows []row
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		r, err := parseRow(strings.Fields(lines.Text()))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if len(rows) > 0 && rows[len(rows)-1].name >= r.name {
			return nil, fmt.Errorf("line %d: %s is out of order", n, r.name)
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}

func parseRow(fields []string) (row, error) {
	if len(fields) < 3 {
		return row{}, errors.New("give a name, an access and categories")
	}
	r := row{name: fields[0]}
	access, marks, _ := strings.Cut(fields[1], "/")
	r.access = access
	for mark := range strings.SplitSeq(marks, "/") {
		switch {
		case mark == "basic":
			r.basic = true
		case mark != "":
			r.effect = mark
		}
	}
	if !slices.Contains([]string{"read", "write", "admin"}, r.access) {
		return r, fmt.Errorf("access %s is unknown, use read, write or admin", r.access)
	}
	if fields[2] != "-" {
		r.categories = strings.Split(fields[2], ",")
		slices.Sort(r.categories)
	}
	for rest := fields[3:]; len(rest) > 0; {
		i, n, err := parseItem(rest)
		if err != nil {
			return r, err
		}
		r.items = append(r.items, i)
		rest = rest[n:]
	}
	return r, nil
}

// parseItem reads the item at the front, and returns how many fields it has.
func parseItem(fields []string) (item, int, error) {
	switch first := fields[0]; first[0] {
	case '(':
		return parseGroup(fields)
	case '{':
		return parseOptions(fields)
	case '<':
		words, closed := strings.CutSuffix(first[1:], ">")
		if !closed {
			return item{}, 0, fmt.Errorf("%s does not end with >", first)
		}
		return item{repeat: "once", kinds: []string{"Word"}, words: strings.Split(words, "|"), minimum: 1}, 1, nil
	default:
		name, repeat, minimum := cutRepeat(first)
		return item{repeat: repeat, kinds: []string{kind(name)}, minimum: minimum}, 1, nil
	}
}

func parseGroup(fields []string) (item, int, error) {
	for n, field := range fields {
		end := strings.IndexByte(field, ')')
		if end < 0 {
			continue
		}
		_, repeat, minimum := cutRepeat(field)
		inner := strings.Fields(strings.Join(fields[:n], " ") + " " + field[:end])
		inner[0] = inner[0][1:]
		i := item{repeat: repeat, minimum: minimum * len(inner)}
		for _, name := range inner {
			i.kinds = append(i.kinds, kind(name))
		}
		return i, n + 1, nil
	}
	return item{}, 0, fmt.Errorf("%s does not end", fields[0])
}

func parseOptions(fields []string) (item, int, error) {
	i := item{repeat: "options"}
	for n, field := range fields {
		field = strings.TrimPrefix(field, "{")
		field, end := strings.CutSuffix(field, "}")
		i.options = append(i.options, parseOption(field))
		if end {
			return i, n + 1, nil
		}
	}
	return i, 0, fmt.Errorf("%s does not end", fields[0])
}

func parseOption(text string) option {
	name, arguments, some := strings.Cut(text, ":")
	o := option{name: name, form: "fixed"}
	switch {
	case !some:
	case strings.HasPrefix(arguments, "~"):
		o.form, o.kinds = "approximate", []string{kind(arguments[1:])}
	case arguments == "numkeys*":
		o.form, o.kinds = "numbered", []string{"Value"}
	case arguments == "numkeys*2":
		o.form, o.kinds = "numbered", []string{"Value", "Value"}
	case arguments == "numkeys#":
		o.form, o.kinds = "same", []string{"Value"}
	case strings.HasSuffix(arguments, "+"):
		o.form, o.kinds = "all", []string{kind(strings.TrimSuffix(arguments, "+"))}
	default:
		for _, argument := range strings.Split(arguments, ",") {
			o.kinds = append(o.kinds, kind(argument))
		}
	}
	return o
}

// cutRepeat cuts the mark that says how often an item is there, and returns its meaning and the minimum.
func cutRepeat(field string) (name, repeat string, minimum int) {
	name = field[:len(field)-1]
	switch field[len(field)-1] {
	case '?':
		return name, "optional", 0
	case '*':
		return name, "rest", 0
	case '+':
		return name, "rest", 1
	case '#':
		return name, "counted", 0
	case '/':
		return name, "share", 1
	}
	return field, "once", 1
}

// kinds are the names of arguments that are of a kind of their own.
var kinds = map[string]string{
	"secret": "Secret", "key": "Key", "keypattern": "KeyPattern", "channel": "Channel", "pattern": "Pattern", "db": "DB",
	"user": "User", "integer": "Integer", "numkeys": "Number",
}

func kind(name string) string {
	if k, ok := kinds[name]; ok {
		return k
	}
	return "Value"
}

func write(rows []row) []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated from commands.txt; DO NOT EDIT.\n\npackage command\n\nimport \"github.com/proxylib/proxylib/proxylib\"\n\nvar table = map[string]*Command{\n")
	containers := map[string]bool{}
	for _, r := range rows {
		if container, _, ok := strings.Cut(r.name, "|"); ok {
			containers[container] = true
		}
		r.write(&b)
	}
	b.WriteString("}\n\n// containers are the commands that have subcommands.\nvar containers = map[string]bool{\n")
	for _, name := range slices.Sorted(maps.Keys(containers)) {
		fmt.Fprintf(&b, "%q: true,\n", name)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// effects are the names of effects as Go spells them.
var effects = map[string]string{
	"auth": "Auth", "hello": "Hello", "multi": "Multi", "exec": "Exec", "discard": "Discard", "reset": "Reset", "select": "Select",
	"quit": "Quit", "subscribe": "Subscribe", "unsubscribe": "Unsubscribe", "reply": "Reply", "monitor": "Monitor",
	"replicate": "Replicate", "script": "Script", "whole": "Whole", "everywhere": "Everywhere", "irregular": "Irregular", "byname": "ByName",
}

func (r *row) write(b *bytes.Buffer) {
	access := map[string]string{"read": "proxylib.Read", "write": "proxylib.Write", "admin": "proxylib.Admin"}[r.access]
	fmt.Fprintf(b, "%q: {Name: %q, Text: []byte(%q), Access: %s", r.name, r.name, r.name, access)
	if r.basic {
		b.WriteString(", Basic: true")
	}
	if r.effect != "" {
		fmt.Fprintf(b, ", Effect: %s", effects[r.effect])
	}
	writeStrings(b, "Categories", r.categories)
	after, least := make([]int, len(r.items)), 0
	for n := len(r.items) - 1; n >= 0; n-- {
		after[n] = least
		least += r.items[n].minimum
	}
	if least > 0 {
		fmt.Fprintf(b, ", least: %d", least)
	}
	if len(r.items) > 0 {
		b.WriteString(", items: []item{\n")
		for n := range r.items {
			r.items[n].write(b, after[n])
		}
		b.WriteString("}")
	}
	b.WriteString("},\n")
}

func (i *item) write(b *bytes.Buffer, after int) {
	fmt.Fprintf(b, "{repeat: %s", i.repeat)
	if len(i.kinds) > 0 {
		fmt.Fprintf(b, ", kinds: []Kind{%s}", strings.Join(i.kinds, ", "))
	}
	writeStrings(b, "words", i.words)
	if len(i.options) > 0 {
		b.WriteString(", options: []option{\n")
		for _, o := range i.options {
			o.write(b)
		}
		b.WriteString("}")
	}
	if after > 0 {
		fmt.Fprintf(b, ", after: %d", after)
	}
	b.WriteString("},\n")
}

func (o *option) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "{name: %q", o.name)
	if len(o.kinds) > 0 {
		fmt.Fprintf(b, ", kinds: []Kind{%s}, form: %s", strings.Join(o.kinds, ", "), o.form)
	}
	b.WriteString("},\n")
}

func writeStrings(b *bytes.Buffer, name string, list []string) {
	if len(list) > 0 {
		fmt.Fprintf(b, ", %s: %#v", name, list)
	}
}
