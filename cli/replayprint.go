package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/proxylib/proxylib/accesslog/jsonline"
)

// replayPrinter prints what is replayed as it comes.
type replayPrinter struct {
	out    io.Writer
	output outputFlag
	// diff prints what differs between two policies.
	diff    bool
	changed uint64
}

// change is a request whose verdict differs between two policies.
type change struct {
	Old []*jsonline.Line `json:"old"`
	New []*jsonline.Line `json:"new"`
}

// take prints a result, if it is to be printed.
func (p *replayPrinter) take(results []*replayed) error {
	if !p.diff {
		for _, line := range results[0].lines {
			if err := p.print(line, func() string { return textOf(line) }); err != nil {
				return err
			}
		}
		return nil
	}
	before, after := results[0], results[1]
	if before == nil || after == nil || before.denied == after.denied && before.closes() == after.closes() {
		return nil
	}
	p.changed++
	return p.print(change{before.lines, after.lines}, func() string {
		return "- " + strings.Join(textsOf(before.lines), "\n- ") + "\n+ " + strings.Join(textsOf(after.lines), "\n+ ")
	})
}

// print prints one value: JSON in one line, so that a long output can be read as it comes.
func (p *replayPrinter) print(value any, text func() string) (err error) {
	switch p.output {
	case "json":
		return json.NewEncoder(p.out).Encode(value)
	case "yaml":
		document, err := yaml.Marshal(value)
		if err == nil {
			_, err = fmt.Fprintf(p.out, "---\n%s", document)
		}
		return err
	}
	_, err = fmt.Fprintln(p.out, text())
	return err
}

// result is the error that the program ends with.
func (p *replayPrinter) result(n *replayCounts) error {
	switch {
	case p.diff && p.changed > 0:
		return errChanged
	case !p.diff && n.denied > 0:
		return errDenied
	}
	return nil
}

func textsOf(lines []*jsonline.Line) (texts []string) {
	for _, line := range lines {
		texts = append(texts, textOf(line))
	}
	return texts
}

// textOf writes a line for people: the number of the connection, the verdict, the fields, and why.
func textOf(line *jsonline.Line) string {
	verdict := line.Type
	if verdict == typeRequest {
		verdict = "allowed"
	}
	words := []string{fmt.Sprintf("%d %-7s", line.Connection, verdict)}
	if line.Proto != "" {
		words = append(words, line.Proto)
	}
	for _, name := range slices.Sorted(maps.Keys(line.Fields)) {
		words = append(words, name+"="+quoted(line.Fields[name]))
	}
	if line.Rule != "" {
		words = append(words, "rule="+quoted(line.Rule))
	}
	if line.Reason != "" {
		words = append(words, "reason="+quoted(line.Reason))
	}
	return strings.Join(words, " ")
}

// quoted quotes a text that has other than printable ASCII, spaces or quotation marks.
func quoted(text string) string {
	plain := text != "" && strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r == '"' || r > '~' }) < 0
	if plain {
		return text
	}
	return strconv.QuoteToASCII(text)
}
