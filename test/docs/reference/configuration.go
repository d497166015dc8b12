package reference

import (
	"errors"
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

// parserConfigs are the structs that the parsers decode their configurations into.
var parserConfigs = map[string]string{"memcache": "config", "redis": "config", "postgres": "config", "cassandra": "settings"}

func (s source) configurationPage() (string, error) {
	var b strings.Builder
	heading(&b, "Reference of the configuration", "What a filter may be configured with, and the messages that refuse it; "+
		"[configuration.md](configuration.md) explains how.")
	err := errors.Join(s.filterConfig(&b), s.httpConfig(&b), s.parserConfigs(&b), s.parameters(&b))
	return b.String(), err
}

func (s source) filterConfig(b *strings.Builder) error {
	envoy, err := s.open("hosts/internal/filterconfig")
	if err != nil {
		return err
	}
	list, err := envoy.settings("Settings", "")
	if err != nil {
		return err
	}
	b.WriteString("\n## filter_config\n\nA JSON object, as `google.protobuf.Struct` or as text in a `google.protobuf.StringValue`. " +
		"Limits and identities may be written in quotes, which is how Envoy itself hands over the numbers of its YAML from 2147483648 on.\n\n")
	settingsTable(b, list)
	policies, err := s.open("policy")
	if err != nil {
		return err
	}
	limits, err := s.open("hosts/internal/instance")
	if err != nil {
		return err
	}
	b.WriteString("\n## What is refused\n\nAn unknown key, a key that is given twice, and a value of another form refuse the configuration " +
		"with `filter_config: is not valid: …`, and these are the others; … stands for what was written, and for what may be.\n\n")
	refusals(b, list, slices.Concat(envoy.texts(), under("policy.", policies.texts()), limits.texts()))
	return nil
}

// httpConfig writes what an HTTP filter may be configured with beside what the network filter has.
func (s source) httpConfig(b *strings.Builder) error {
	shared, err := s.open("hosts/internal/filterconfig")
	if err != nil {
		return err
	}
	all, err := shared.settings("Settings", "")
	if err != nil {
		return err
	}
	envoy, err := s.open("hosts/envoy")
	if err != nil {
		return err
	}
	list, err := envoy.settings("httpSettings", "")
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(own setting) bool { return slices.Contains(all, own) })
	b.WriteString("\n## filter_config of an HTTP filter\n\nThe keys of the network filter mean the same, but for those about parsers and " +
		"about bytes of connections, which are refused. These are beside them; [http.md](http.md) says more.\n\n")
	settingsTable(b, list)
	b.WriteString("\n")
	refusals(b, list, envoy.texts())
	return nil
}

// under puts a path before texts that begin with a key.
func under(path string, texts []string) []string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = path + text
	}
	return list
}

var (
	verbs    = regexp.MustCompile(`%[-+#.*0-9]*[a-z]`)
	listItem = regexp.MustCompile(`\[%d\]: ?`)
)

// refusals writes a table of the messages that begin with a key.
func refusals(b *strings.Builder, list []setting, texts []string) {
	var rows [][]string
	for _, s := range list {
		for _, text := range unique(texts) {
			if about(s.path, text) {
				message := regexp.MustCompile(`"?…"?`).ReplaceAllString(verbs.ReplaceAllString(text, "…"), "…")
				rows = append(rows, []string{code(s.path), "`filter_config: " + cell(message) + "`"})
			}
		}
	}
	table(b, []string{"key", "refused with"}, rows)
}

// about reports whether a message is about a key: it begins with the path of it, a colon, and what is wrong.
func about(path, text string) bool {
	text = listItem.ReplaceAllString(strings.Replace(text, "limit of %s: ", "limits.%s: ", 1), "[].")
	after, is := strings.CutPrefix(text, path+": ")
	if !is {
		// The last part of the path may be put in.
		before := path[:strings.LastIndex(path, ".")+1]
		after, is = strings.CutPrefix(text, before+"%s: ")
		is = is && before != ""
	}
	return is && after != "%w"
}

// parserConfigs writes what may be in parser_config.
func (s source) parserConfigs(b *strings.Builder) error {
	b.WriteString("\n## parser_config\n\nThe README of the parser says more.\n")
	for _, name := range proxylib.ParserNames() {
		if proxylib.Registered(name).Configure == nil {
			continue
		}
		parser, err := s.open("parsers/" + name)
		if err != nil {
			return err
		}
		list, err := parser.settings(parserConfigs[name], "")
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "\n### parser_config of %s\n\n", name)
		settingsTable(b, list)
	}
	return nil
}

// parameters writes the parameters of Cilium's filter, which the host declares with their meaning.
func (s source) parameters(b *strings.Builder) error {
	cilium, err := s.open("hosts/cilium")
	if err != nil {
		return err
	}
	b.WriteString("\n## Parameters in Cilium's Envoy\n\nAn unknown parameter, one that is given twice, or one with a wrong value refuses the instance.\n\n")
	var rows [][]string
	cilium.each(func(n ast.Node) {
		list, is := n.(*ast.CompositeLit)
		if !is || !isList(list.Type, "parameter") {
			return
		}
		for _, item := range list.Elts {
			if p, is := item.(*ast.CompositeLit); is {
				name, _ := textOf(p.Elts[0])
				fallback, _ := textOf(p.Elts[1])
				meaning, _ := textOf(p.Elts[2])
				s := setting{path: name, fallback: fallback, meaning: prose(meaning)}
				row := s.row()
				rows = append(rows, []string{row[0], row[2], row[3]})
			}
		}
	})
	if len(rows) == 0 {
		return errors.New("hosts/cilium: there is no list of parameters")
	}
	table(b, []string{"parameter", "default", "meaning"}, rows)
	return nil
}

func isList(of ast.Expr, item string) bool {
	list, is := of.(*ast.ArrayType)
	if !is {
		return false
	}
	id, is := list.Elt.(*ast.Ident)
	return is && id.Name == item
}
