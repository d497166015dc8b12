package transcript

import "strings"

// Result is what comes of one event.
type Result struct {
	ToServer, ToClient string
	Verdicts, Log      []string
	// Closed is the reason for which the connection is closed; empty if it is not.
	Closed string
}

// Step is something that happens, and what comes of it.
type Step struct {
	Event
	Result
}

// Steps returns what happens in a case, each with what comes of it.
func (c *Case) Steps() []Step {
	var steps []Step
	for _, e := range c.Events {
		if e.Kind.Happens() {
			steps = append(steps, Step{Event: e})
			continue
		}
		steps[len(steps)-1].Result.add(e)
	}
	return steps
}

func (r *Result) add(e Event) {
	switch e.Kind {
	case ToServer:
		r.ToServer += e.Text
	case ToClient:
		r.ToClient += e.Text
	case Entry:
		r.Log = append(r.Log, e.Text)
	case Verdict:
		if reason, ok := strings.CutPrefix(e.Text, closed); ok {
			r.Closed = reason
			return
		}
		r.Verdicts = append(r.Verdicts, e.Text)
	}
}

// lines are the lines that say it.
func (r Result) lines() (lines []string) {
	for _, v := range r.Verdicts {
		lines = append(lines, string(Verdict)+" "+v)
	}
	for _, entry := range r.Log {
		lines = append(lines, string(Entry)+" "+entry)
	}
	lines = append(lines, Lines(ToServer, r.ToServer)...)
	lines = append(lines, Lines(ToClient, r.ToClient)...)
	if r.Closed != "" {
		lines = append(lines, string(Verdict)+" "+closed+r.Closed)
	}
	return lines
}

// lineBytes is the number of bytes of a line that is written.
const lineBytes = 72

// Lines writes bytes as events of a kind, a line each; one longer than lineBytes is cut.
func Lines(kind Kind, data string) (lines []string) {
	for data != "" {
		n := min(len(data), lineBytes)
		if end := strings.IndexByte(data[:n], '\n'); end >= 0 {
			n = end + 1
		}
		lines = append(lines, string(kind)+" "+Escape(data[:n]))
		data = data[n:]
	}
	return lines
}

// With returns the text of the file with other results, by case and by what happens in it. All else of the text stays.
func (f *File) With(results [][]Result) string {
	after := map[int][]string{}
	removed := map[int]bool{}
	for i := range f.Cases {
		step := 0
		for _, e := range f.Cases[i].Events {
			if e.Kind.Happens() {
				after[e.last] = results[i][step].lines()
				step++
				continue
			}
			for n := e.Line; n <= e.last; n++ {
				removed[n] = true
			}
		}
	}
	var lines []string
	for i, line := range f.lines {
		if !removed[i+1] {
			lines = append(lines, line)
		}
		lines = append(lines, after[i+1]...)
	}
	return strings.Join(lines, "\n")
}
