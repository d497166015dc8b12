package transcript

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is what an event is.
type Kind string

// The kinds of events, as lines begin. Those of a client and a server happen; the others are what comes of them.
const (
	// ClientSends and ServerSends are bytes that one side sends.
	ClientSends Kind = ">"
	ServerSends Kind = "<"
	// ClientEnds and ServerEnds are the end of a stream.
	ClientEnds Kind = ">."
	ServerEnds Kind = "<."
	// Resumes is the verdict with which a request that has paused goes on: "allowed", "denied" and the reason, or "late".
	Resumes Kind = "?"
	// NewPolicy is a policy that is put in force between two events.
	NewPolicy Kind = "policy:"
	// ToServer and ToClient are bytes that arrive there.
	ToServer Kind = ">>"
	ToClient Kind = "<<"
	// Verdict is an operation of the parser, or "closed: " with the reason for which the connection is closed.
	Verdict Kind = "!"
	// Entry is a line of the access log.
	Entry Kind = "="
)

// What the text of [Resumes] begins with.
const (
	Allowed = "allowed"
	Denied  = "denied"
	Late    = "late"
)

// closed begins a verdict that says why the connection is closed.
const closed = "closed: "

// Happens reports whether it is something that happens, and not what comes of it.
func (k Kind) Happens() bool {
	switch k {
	case ClientSends, ServerSends, ClientEnds, ServerEnds, Resumes, NewPolicy:
		return true
	}
	return false
}

// bytes reports whether the text of such events stands for bytes.
func (k Kind) bytes() bool {
	switch k {
	case ClientSends, ServerSends, ToServer, ToClient:
		return true
	}
	return false
}

// Event is one event.
type Event struct {
	Kind Kind
	// Text is the bytes, without escapes, or the words.
	Text string
	// Line is the number of the first line, counted from 1.
	Line int
	last int
}

// Setting is what holds for a case.
type Setting struct {
	Key, Value string
	// Line is the number of the line, counted from 1.
	Line int
}

// Case is one conversation.
type Case struct {
	Name string
	// Line is the number of the line that it begins with.
	Line int
	// Settings are those of the text, and then its own. Those that come later hold.
	Settings []Setting
	Events   []Event
}

// File is a text that has been read.
type File struct {
	Cases []Case
	lines []string
}

// Parse reads a text. name is that of a case in a text that names none.
func Parse(name, text string) (*File, error) {
	r := &reader{file: &File{lines: strings.Split(text, "\n")}}
	for i, line := range r.file.lines {
		if err := r.line(i+1, strings.TrimSuffix(line, "\r")); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	f := r.file
	if len(f.Cases) == 0 && len(r.events) > 0 {
		f.Cases = []Case{{Name: name, Line: 1}}
	}
	if len(f.Cases) == 0 {
		return nil, errors.New("there is no event: write what the client sends after >")
	}
	r.end()
	return f, nil
}

// reader is the state of reading.
type reader struct {
	file *File
	// common are the settings before the first case, settings and events those of the case that is being read.
	common, settings []Setting
	events           []Event
	// setting, event: what a line that begins with white space continues, if anything.
	inSetting, inEvent bool
	names              map[string]bool
}

func (r *reader) line(number int, line string) error {
	switch {
	case line == "" || line[0] == '#':
		r.inSetting, r.inEvent = false, false
		return nil
	case line[0] == ' ' || line[0] == '\t':
		return r.continued(number, strings.TrimLeft(line, " \t"))
	case strings.HasPrefix(line, "=="):
		return r.begin(number, strings.TrimSpace(line[2:]))
	}
	r.inSetting, r.inEvent = false, false
	if kind, text, ok := cutKind(line); ok {
		return r.event(number, kind, text)
	}
	key, value, found := strings.Cut(line, ":")
	if !found || strings.ContainsAny(key, " \t") {
		return fmt.Errorf("%.40q is neither an event nor a setting: begin with >, <, >., <., >>, <<, ?, !, = or KEY: VALUE", line)
	}
	return r.set(number, key, strings.TrimSpace(value))
}

// cutKind cuts off what a line of an event begins with.
func cutKind(line string) (kind Kind, text string, ok bool) {
	word, text, _ := strings.Cut(line, " ")
	switch kind = Kind(word); kind {
	case ClientSends, ServerSends, ClientEnds, ServerEnds, Resumes, ToServer, ToClient, Verdict, Entry:
		return kind, text, true
	}
	return "", "", false
}

// begin begins a case.
func (r *reader) begin(number int, name string) error {
	switch {
	case name == "":
		return errors.New("a case needs a name after ==")
	case r.names[name]:
		return fmt.Errorf("there are two cases %q", name)
	case r.names == nil:
		if len(r.events) > 0 {
			return errors.New("events come before the first case")
		}
		r.common, r.settings, r.names = r.settings, nil, map[string]bool{}
	}
	r.end()
	r.names[name] = true
	r.inSetting, r.inEvent = false, false
	r.file.Cases = append(r.file.Cases, Case{Name: name, Line: number})
	return nil
}

// end ends the case that is being read.
func (r *reader) end() {
	if n := len(r.file.Cases); n > 0 {
		c := &r.file.Cases[n-1]
		c.Settings = append(append([]Setting(nil), r.common...), r.settings...)
		c.Events = r.events
	}
	r.settings, r.events = nil, nil
}

func (r *reader) event(number int, kind Kind, text string) (err error) {
	if text != strings.TrimRight(text, " \t") {
		return errors.New(`white space at the end, which editors remove: write \x20`)
	}
	if kind.bytes() {
		if text, err = Unescape(text); err != nil {
			return err
		}
	}
	if (kind == ClientEnds || kind == ServerEnds) && text != "" {
		return fmt.Errorf("%.40q after %s, which takes nothing", text, kind)
	}
	if word, _, _ := strings.Cut(text, " "); kind == Resumes && word != Allowed && word != Denied && text != Late {
		return fmt.Errorf("%.40q after %s: write %s, %s and a reason, or %s", text, kind, Allowed, Denied, Late)
	}
	if !kind.Happens() && len(r.events) == 0 {
		return errors.New("it comes of nothing: something has to happen before")
	}
	r.events = append(r.events, Event{Kind: kind, Text: text, Line: number, last: number})
	r.inEvent = kind.bytes()
	return nil
}

// set notes a setting, or the event that the policy changes.
func (r *reader) set(number int, key, value string) error {
	if len(r.events) == 0 {
		r.settings = append(r.settings, Setting{key, value, number})
		r.inSetting = true
		return nil
	}
	if key+":" != string(NewPolicy) {
		return fmt.Errorf("setting %s: only the policy changes after the first event; move it before that", key)
	}
	r.events = append(r.events, Event{Kind: NewPolicy, Text: value, Line: number, last: number})
	r.inEvent = true
	return nil
}

// continued takes a line that continues the one before.
func (r *reader) continued(number int, text string) (err error) {
	switch {
	case strings.TrimSpace(text) == "":
	case r.inSetting:
		s := &r.settings[len(r.settings)-1]
		s.Value += "\n" + strings.TrimSpace(text)
	case r.inEvent:
		return r.events[len(r.events)-1].add(number, text)
	default:
		return errors.New("it begins with white space, and there is no line of bytes or of a setting before it to continue")
	}
	return nil
}

func (e *Event) add(number int, text string) (err error) {
	e.last = number
	if e.Kind == NewPolicy {
		e.Text += "\n" + strings.TrimSpace(text)
		return nil
	}
	if text != strings.TrimRight(text, " \t") {
		return errors.New(`white space at the end, which editors remove: write \x20`)
	}
	if text, err = Unescape(text); err != nil {
		return err
	}
	e.Text += text
	return nil
}
