package monitor

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"github.com/proxylib/proxylib/accesslog/traffic"
)

// Forms are those in which entries are printed.
var Forms = []string{"compact", "table", "json", "dict"}

// timeForm is how people see the time of an entry, in their own zone.
const timeForm = "Jan _2 15:04:05.000"

// Printer prints entries in one of the [Forms].
type Printer struct {
	to    io.Writer
	print func(p *Printer, e *traffic.Entry) error
	paint paint
	// widths are those of the columns of a table so far, and begun says that it has its heading.
	widths []int
	begun  bool
}

// NewPrinter returns a printer. Colours are escape sequences of terminals.
func NewPrinter(to io.Writer, form string, colours bool) (*Printer, error) {
	p := &Printer{to: to, paint: newPaint(colours), widths: slices.Clone(columnWidths)}
	switch form {
	case "compact":
		p.print = (*Printer).compact
	case "table":
		p.print = (*Printer).table
	case "json":
		p.print = (*Printer).json
	case "dict":
		p.print = (*Printer).dict
	default:
		return nil, fmt.Errorf("want one of %s", strings.Join(Forms, ", "))
	}
	return p, nil
}

// Print prints an entry.
func (p *Printer) Print(e *traffic.Entry) error { return p.print(p, e) }

func (p *Printer) json(e *traffic.Entry) error { return json.NewEncoder(p.to).Encode(e) }

// paint colours texts.
type paint struct {
	verdicts                   map[string]*color.Color
	parser, faint, rule, alarm *color.Color
}

func newPaint(on bool) paint {
	of := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if c.DisableColor(); on {
			c.EnableColor()
		}
		return c
	}
	return paint{
		verdicts: map[string]*color.Color{
			traffic.Allowed: of(color.FgGreen), traffic.Denied: of(color.FgRed, color.Bold), traffic.Audited: of(color.FgYellow),
			traffic.Closed: of(color.FgMagenta), traffic.Reply: of(color.FgCyan),
		},
		parser: of(color.FgBlue), faint: of(color.Faint), rule: of(color.FgCyan), alarm: of(color.FgRed),
	}
}

func (p paint) verdict(verdict, text string) string { return p.verdicts[verdict].Sprint(text) }

// compact prints a line for people.
func (p *Printer) compact(e *traffic.Entry) error {
	verdict := e.Verdict()
	words := []string{
		p.paint.faint.Sprint(clock(e)), p.paint.verdict(verdict, fmt.Sprintf("%-7s", strings.ToUpper(verdict))),
		plain(e.Source), "->", plain(e.Destination), p.paint.parser.Sprint(plain(e.Proto)), plain(request(e)),
	}
	words = append(words, p.because(e)...)
	words = append(words, measures(e)...)
	if e.Node != "" {
		words = append(words, p.paint.faint.Sprint("node="+quoted(plain(e.Node))))
	}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	return p.withLost(e, strings.Join(words, " "))
}

// because says what decided.
func (p *Printer) because(e *traffic.Entry) (words []string) {
	if e.Rule != "" {
		words = append(words, p.paint.rule.Sprint("rule="+quoted(plain(e.Rule))))
	}
	if e.Reason != "" {
		words = append(words, p.paint.alarm.Sprint("("+plain(e.Reason)+")"))
	}
	if e.Offset != nil {
		words = append(words, fmt.Sprintf("at byte %d of the %s", *e.Offset, plain(e.Direction)))
	}
	return words
}

func (p *Printer) withLost(e *traffic.Entry, text string) error {
	if e.Lost > 0 {
		text = p.paint.alarm.Sprintf("%d entries were lost before the next", e.Lost) + "\n" + text
	}
	_, err := fmt.Fprintln(p.to, text)
	return err
}

// columns are those of a table; the last one is as wide as its text.
var (
	columns      = []string{"TIME", "VERDICT", "FROM", "TO", "PARSER", "RULE OR REASON", "REQUEST"}
	columnWidths = []int{len(timeForm), 7, 15, 15, 13, 14, 0}
)

// maxColumn is the width to which a column grows with its texts; a longer one is cut.
const maxColumn = 40

// table prints a row. Columns grow with their texts, since the rows not yet received are unknown.
func (p *Printer) table(e *traffic.Entry) error {
	if !p.begun {
		p.begun = true
		if _, err := fmt.Fprintln(p.to, p.row(columns, nil)); err != nil {
			return err
		}
	}
	decided := e.Rule
	if e.Reason != "" {
		decided = e.Reason
	}
	verdict := e.Verdict()
	cells := []string{clock(e), strings.ToUpper(verdict), e.Source, e.Destination, e.Proto, decided,
		strings.Join(append([]string{request(e)}, measures(e)...), " ")}
	return p.withLost(e, p.row(cells, p.paint.verdicts[verdict]))
}

// row fills columns, and colours the second.
func (p *Printer) row(cells []string, c *color.Color) string {
	filled := make([]string, len(cells))
	for i, cell := range cells {
		cell = plain(cell)
		if last := i == len(cells)-1; !last {
			cell = runewidth.Truncate(cell, maxColumn, "…")
			p.widths[i] = max(p.widths[i], runewidth.StringWidth(cell))
			cell = runewidth.FillRight(cell, p.widths[i])
		}
		if i == 1 && c != nil {
			cell = c.Sprint(cell)
		}
		filled[i] = cell
	}
	return strings.TrimRight(strings.Join(filled, "  "), " ")
}

// dict prints all that an entry has, a line each.
func (p *Printer) dict(e *traffic.Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	all := map[string]any{}
	if err := json.Unmarshal(line, &all); err != nil {
		return err
	}
	delete(all, "fields")
	delete(all, "time")
	lines := []string{"          TIME: " + clock(e), "       VERDICT: " + p.paint.verdict(e.Verdict(), strings.ToUpper(e.Verdict()))}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if value := text(all[name]); value != "" {
			lines = append(lines, fmt.Sprintf("%14s: %s", strings.ToUpper(strings.ReplaceAll(name, "_", " ")), plain(value)))
		}
	}
	for _, name := range fieldNames(e) {
		lines = append(lines, fmt.Sprintf("%14s: %s", name, plain(e.Fields[name])))
	}
	lead := ""
	if p.begun {
		lead = "------------\n"
	}
	p.begun = true
	_, err = fmt.Fprintln(p.to, lead+strings.Join(lines, "\n"))
	return err
}

// text is a value of JSON as people read it.
func text(value any) string {
	switch v := value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		var words []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			words = append(words, name+"="+quoted(text(v[name])))
		}
		return strings.Join(words, " ")
	}
	return fmt.Sprint(value)
}

// clock is when an entry was made, in the zone of the reader.
func clock(e *traffic.Entry) string {
	at := e.At()
	if at.IsZero() {
		return plain(e.Time)
	}
	return at.In(time.Local).Format(timeForm)
}

// first are the fields that say what was done, which people look for first.
var first = []string{"command", "operation", "query_action", "opcode", "cmd", "type"}

// fieldNames are the names of the fields, in the order in which people read them.
func fieldNames(e *traffic.Entry) []string {
	names := slices.Sorted(maps.Keys(e.Fields))
	rank := func(name string) int {
		if at := slices.Index(first, name); at >= 0 {
			return at
		}
		return len(first)
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}

// request says what was asked.
func request(e *traffic.Entry) string {
	var words []string
	for _, name := range fieldNames(e) {
		words = append(words, name+"="+quoted(e.Fields[name]))
	}
	return strings.Join(words, " ")
}

// quoted returns a value in quotes if it would not be read as one word.
func quoted(value string) string {
	if value == "" || strings.ContainsAny(value, " \"'") {
		return strconv.Quote(value)
	}
	return value
}

// plain returns a text that a terminal shows and does not act on: a log may come from anywhere.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
