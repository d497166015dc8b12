package parsertest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/proxylib/proxylib/internal/transcript"
	"github.com/proxylib/proxylib/proxylib"
)

// updateFlag is the flag of test programs that has [Files] write what comes of transcripts. Other packages for such files
// call theirs the same, so that it may be there already.
const updateFlag = "update"

func init() {
	if flag.Lookup(updateFlag) == nil {
		flag.Bool(updateFlag, false, "write what comes of transcripts to their files")
	}
}

// updating reports whether the flag is set.
func updating() bool {
	f := flag.Lookup(updateFlag)
	return f != nil && f.Value.String() == "true"
}

// Files reads transcripts from the files whose names match a pattern of [filepath.Glob], of which there must be one at
// least. A file has settings that hold for all its cases, and then cases, each with settings of its own, what client and
// server send, and what comes of each of these when nothing is split:
//
//	parser: r2d2
//	policy: cmd=READ file=^public/
//	  cmd=HALT
//
//	== a denied request is answered in its turn
//	> READ secret\r\n
//	! client DROP 13
//	= Denied r2d2 cmd=READ file=secret
//	<< ERROR\r\n
//
// Lines begin with
//
//	>  <     bytes that the client or the server sends
//	>. <.    the end of the stream of either
//	>> <<    bytes that arrive at the server or at the client
//	!        an operation, as in [Case.Ops], or "closed: " and why the connection is closed
//	=        an entry of the access log, as in [Case.Log]
//	?        how a request goes on that has paused: "allowed", "denied" and a reason, or "late", as for [Resume] and [Late]
//	==       a case, with its name; a file without one is a case that is named as the file
//	policy:  before the first bytes a setting, after them another policy that is put in force
//
// The escapes in bytes are \r, \n, \t, \\ and \x with two hexadecimal digits. A line that begins with white space continues
// the bytes or the setting of the line before. The settings have the names of the fields of [Case] and [Conn] in lower case
// with hyphens: parser, policy, config, waits, cannot-wait, allocates, audit, read-only, log (request, exchange or both), without, src-addr, dst-addr,
// policy-name, src-id, dst-id, egress, proxy-id and server-name.
//
// The cases are for [Run], [Conform], [FuzzTranscripts] and all others that take cases. [Run] requires, besides, that each
// result comes of the very event that it stands after when nothing is split; a case without operations may have any.
//
// With the flag -update of the test program, Files first writes to the files what comes of each event. Everything else in
// them stays, and so does a reason that is shorter than the one with which the connection is closed and a part of it.
func Files(tb testing.TB, pattern string) []Case {
	tb.Helper()
	paths, err := filepath.Glob(pattern)
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("no file matches %s", pattern)
	}
	if err != nil {
		tb.Fatalf("parsertest: %v", err)
	}
	var all []Case
	for _, path := range paths {
		cases, err := readFile(path, updating())
		if err != nil {
			tb.Fatalf("parsertest: %s: %v", path, err)
		}
		all = append(all, cases...)
	}
	return all
}

// writes keeps tests that run in parallel from writing one file at once.
var writes sync.Mutex

// readFile reads the cases of a file, after it has written what comes of them, if that is wanted.
func readFile(path string, update bool) ([]Case, error) {
	if update {
		writes.Lock()
		defer writes.Unlock()
		if err := updateFile(path); err != nil {
			return nil, err
		}
	}
	_, cases, err := parseFile(path)
	return cases, err
}

func parseFile(path string) (*transcript.File, []Case, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	file, err := transcript.Parse(name, string(text))
	if err != nil {
		return nil, nil, err
	}
	var cases []Case
	for i := range file.Cases {
		c, err := caseOf(&file.Cases[i])
		if err != nil {
			return nil, nil, err
		}
		cases = append(cases, c)
	}
	return file, cases, nil
}

// updateFile writes what comes of the cases of a file to it.
func updateFile(path string) error {
	file, cases, err := parseFile(path)
	if err != nil {
		return err
	}
	var results [][]transcript.Result
	for _, c := range cases {
		s, err := newScript(c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		got := s.results()
		for i, want := range c.written {
			if want.Closed != "" && strings.Contains(got[i].Closed, want.Closed) {
				got[i].Closed = want.Closed
			}
		}
		results = append(results, got)
	}
	text := file.With(results)
	if before, err := os.ReadFile(path); err != nil || string(before) == text {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// caseOf makes a case of what is written in a file.
func caseOf(written *transcript.Case) (Case, error) {
	c := Case{Name: written.Name}
	for _, s := range written.Settings {
		if err := c.set(s.Key, s.Value); err != nil {
			return c, fmt.Errorf("line %d: %w", s.Line, err)
		}
	}
	if c.Parser == "" {
		return c, fmt.Errorf("line %d: there is no parser: write parser: NAME before the first event", written.Line)
	}
	for _, s := range written.Steps() {
		c.Steps = append(c.Steps, stepOf(s.Event))
		c.written = append(c.written, s.Result)
		c.lines = append(c.lines, s.Line)
		c.ToServer += s.ToServer
		c.ToClient += s.ToClient
		c.Log = append(c.Log, s.Log...)
		c.Ops = append(c.Ops, s.Verdicts...)
		if s.Closed != "" {
			c.Closed = s.Closed
		}
	}
	return c, nil
}

func stepOf(e transcript.Event) Step {
	switch e.Kind {
	case transcript.ServerSends:
		return Server(e.Text)
	case transcript.ClientEnds:
		return ClientEnd()
	case transcript.ServerEnds:
		return ServerEnd()
	case transcript.NewPolicy:
		return NewPolicy(e.Text)
	case transcript.Resumes:
		word, reason, _ := strings.Cut(e.Text, " ")
		if word == transcript.Late {
			return Late()
		}
		return Resume(proxylib.Verdict{Allowed: word == transcript.Allowed, Reason: reason})
	}
	return Client(e.Text)
}

// results plays a transcript in one piece, and returns what comes of each step.
func (s *script) results() []transcript.Result {
	c, err := s.hosts[0].connect(s)
	if err != nil {
		// The factory declines the connection, which no step changes.
		return append([]transcript.Result{{Closed: err.Error()}}, make([]transcript.Result, len(s.steps)-1)...)
	}
	defer c.finish()
	results := make([]transcript.Result, len(s.steps))
	ops, entries, closed := 0, 0, ""
	for i, t := range s.turns(false) {
		if !c.special(t) {
			c.write(t.reply, t.end, pieces(t.data))
		} else if t.snapshot != nil {
			continue
		}
		if i == len(s.steps)-1 {
			c.flush()
		}
		r := &results[i]
		r.ToServer, r.ToClient = string(c.take(false)), string(c.take(true))
		r.Verdicts, ops = slices.Clone(c.witness.ops[ops:]), len(c.witness.ops)
		r.Log, entries = slices.Clone(c.log.Lines[entries:]), len(c.log.Lines)
		if _, _, reason := c.result(); reason != closed {
			closed = reason
			r.Closed = strings.TrimPrefix(reason, s.Name+": ")
		}
	}
	return results
}

// misplaced describes the first result that does not come of the event that it stands after; empty if all do.
func (s *script) misplaced(c Case) string {
	if c.written == nil {
		return ""
	}
	for i, got := range s.results() {
		want := c.written[i]
		g := outcome{toServer: got.ToServer, toClient: got.ToClient, log: got.Log, closed: got.Closed}
		w := outcome{toServer: want.ToServer, toClient: want.ToClient, log: want.Log, closed: want.Closed}
		problem := g.differs(w, everything)
		if problem == "" && c.Ops != nil {
			problem = differsInLines("operations", got.Verdicts, want.Verdicts)
		}
		if problem != "" {
			return fmt.Sprintf("  of line %d comes something else\n%s", c.lines[i], problem)
		}
	}
	return ""
}
