package parsertest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
)

// recordFlag is the flag of test programs that has [Check] record transcripts instead of checking them.
var recordFlag = flag.String("record", "", "FOLDER for recordings of what becomes of transcripts in a host that sends in turns")

// Recording is what becomes of a transcript in a host that sends in turns, call by call, so that such a host which is not of
// this process can be compared. Files of test programs have one a line, as JSON.
type Recording struct {
	Name, Parser string
	// Config is the configuration of the parser, Allow and Deny are the policy, as in the configuration of a filter.
	Config, Allow, Deny json.RawMessage `json:",omitempty"`
	// Conn is the connection.
	Conn            Conn
	Audit, ReadOnly bool
	Calls           []RecordedCall
}

// RecordedCall is a call of the host.
type RecordedCall struct {
	Reply, End bool
	// Data arrives, and Out takes its place.
	Data, Out []byte
	// Closed is why the connection is closed after the call; empty if it stays open.
	Closed string
	// Log are the entries of the call, in wire form.
	Log [][]byte
}

var recording sync.Mutex

// record writes the recordings of a case: unsplit, and in random pieces. Left out are cases with policies of another form or
// that change, and with other entries than usual.
func record(tb testing.TB, folder string, c Case) {
	tb.Helper()
	s, err := newScript(c)
	if err != nil {
		tb.Fatal(err)
	}
	r := Recording{Parser: s.Name, Audit: c.Audit, ReadOnly: c.ReadOnly}
	compiled, ok := r.policy(c.Policy)
	for _, step := range c.Steps {
		ok = ok && step.policy == nil && step.resumes == nil
	}
	if !ok || c.Protocol != nil || c.LogKinds != 0 || s.hosts[len(s.hosts)-1] != inTurns {
		return
	}
	if c.Config != "" {
		r.Config = json.RawMessage(c.Config)
	}
	r.Conn = Conn{SrcID: ClientID, DstID: ServerID}
	if c.Conn != nil {
		r.Conn = *c.Conn
	}
	s.start = compiled
	var lines []byte
	for name, how := range map[string]segmentation{
		"unsplit": s.unsplit(), "random pieces": {turns: s.turns(false), pieces: random(1)},
	} {
		r.Name = tb.Name() + " " + name
		r.Calls = s.recorded(how)
		line, err := json.Marshal(r)
		if err != nil {
			tb.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	recording.Lock()
	defer recording.Unlock()
	f, err := os.OpenFile(filepath.Join(folder, fmt.Sprint(os.Getpid())), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.Write(lines)
	}
	if err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}

// policy sets the policy, as it is in the configuration of a filter; ok is false if it cannot be.
func (r *Recording) policy(text string) (snapshot *policy.Snapshot, ok bool) {
	if text = strings.TrimSpace(text); strings.HasPrefix(text, "{") {
		return nil, false
	}
	var allow, deny []map[string]string
	for line := range strings.Lines(text) {
		_, rest := cutName(strings.TrimSpace(line))
		if rest == "" || rest[0] == '#' {
			continue
		}
		denies, rest := cutVerdict(rest)
		keys, err := parseKeys(rest)
		if err != nil {
			return nil, false
		}
		if denies {
			deny = append(deny, keys)
		} else {
			allow = append(allow, keys)
		}
	}
	r.Allow = json.RawMessage(`"all"`)
	if len(allow) > 0 {
		r.Allow, _ = json.Marshal(allow)
	}
	if len(deny) > 0 {
		r.Deny, _ = json.Marshal(deny)
	}
	snapshot, err := inline.Compile(map[string]inline.Policy{r.Parser: {Allow: r.Allow, Deny: r.Deny}}, policy.Registered())
	return snapshot, err == nil
}

// callRecorder takes the calls of a [turnsDriver], and what is logged.
type callRecorder struct {
	entries [][]byte
	calls   []RecordedCall
}

// Log implements [accesslog.Logger].
func (r *callRecorder) Log(e accesslog.Entry) { r.entries = append(r.entries, e.Append(nil)) }

// recorded plays the transcript, and returns the calls.
func (s *script) recorded(how segmentation) []RecordedCall {
	r := &callRecorder{}
	recorded := *s
	recorded.recorder = r
	recorded.play(inTurns, how)
	return r.calls
}

// note notes a call after it has been made.
func (r *callRecorder) note(reply, end bool, chunks [][]byte, out []byte, closed string) {
	call := RecordedCall{Reply: reply, End: end, Out: append([]byte(nil), out...), Closed: closed, Log: r.entries}
	for _, chunk := range chunks {
		call.Data = append(call.Data, chunk...)
	}
	r.entries = nil
	r.calls = append(r.calls, call)
}

// logger is where entries go.
func (s *script) logger(usual accesslog.Logger) accesslog.Logger {
	if s.recorder != nil {
		return s.recorder
	}
	return usual
}
