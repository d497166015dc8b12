package sink

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// blocked is a sink that waits until it may go on.
type blocked struct {
	counter
	goOn    chan struct{}
	waiting sync.Once
	waits   chan struct{}
}

func newBlocked() *blocked { return &blocked{goOn: make(chan struct{}), waits: make(chan struct{})} }

func (*blocked) Name() string { return "blocked" }
func (s *blocked) Write(_ []byte, lost uint64) {
	s.Discard(lost, errQueueFull)
	s.waiting.Do(func() { close(s.waits) })
	<-s.goOn
	s.deliver(1)
}
func (*blocked) Flush()       {}
func (*blocked) Close() error { return nil }
func (s *blocked) Interrupt() { close(s.goOn) }

func linesOf(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func TestASinkThatHangsCostsTheOthersNothing(t *testing.T) {
	const n = 2000
	path, slow := filepath.Join(t.TempDir(), "log"), newBlocked()
	o, err := OpenOutputs([]Output{{Config: Config{Sink: slow, QueueBytes: 1}}, {Config: Config{File: path}}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.Log(entry(0))
	<-slow.waits
	for i := range n {
		o.Log(entry(i + 1))
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	stats := o.Stats()
	if got := stats[path]; got.Delivered != n+1 || got.Lost != 0 || len(linesOf(t, path)) != n+1 {
		t.Errorf("the file has got %+v", got)
	}
	if got := stats["blocked"]; got.Lost == 0 || got.Delivered+got.Lost != n+1 {
		t.Errorf("the one that hangs has got %+v of %d", got, n+1)
	}
}

func TestEachReaderGetsItsKindsAndItsFilter(t *testing.T) {
	dir := t.TempDir()
	all, exchanges, denied := filepath.Join(dir, "all"), filepath.Join(dir, "exchanges"), filepath.Join(dir, "denied")
	o, err := OpenOutputs([]Output{
		{Config: Config{File: all}, Kinds: accesslog.Requests},
		{Config: Config{File: exchanges}},
		{Config: Config{File: denied}, Filter: accesslog.Filter{Verdicts: []string{"denied"}}},
	}, map[string]accesslog.Redaction{"key": accesslog.Drop}, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	if o.Kinds() != accesslog.Requests|accesslog.Exchanges {
		t.Errorf("kinds %v", o.Kinds())
	}
	l7 := func() *accesslog.Generic { return accesslog.NewGeneric("p").Add("key", "confidential").Add("n", "1") }
	o.Log(accesslog.Entry{For: accesslog.Requests, L7: l7()})
	o.Log(accesslog.Entry{For: accesslog.Exchanges, L7: l7(), Exchange: &accesslog.Exchange{}})
	o.Log(accesslog.Entry{Type: cilium.EntryType_Denied, L7: l7()})
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		all: {`"request"`, `"denied"`}, exchanges: {`"status":"replied"`, `"denied"`}, denied: {`"denied"`},
	} {
		lines := linesOf(t, path)
		if len(lines) != len(want) {
			t.Errorf("%s has %q", path, lines)
			continue
		}
		for i := range want {
			if !strings.Contains(lines[i], want[i]) || strings.Contains(lines[i], "confidential") || !strings.Contains(lines[i], `"n":"1"`) {
				t.Errorf("%s has %s, want %s", path, lines[i], want[i])
			}
		}
	}
}

func TestWhatIsOpenedIsClosedWhenAReaderCannotBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for _, bad := range []Output{
		{Config: Config{File: filepath.Join(path, "x", "y")}}, {},
		{Config: Config{Writer: io.Discard}, Kinds: accesslog.Requests, Filter: accesslog.Filter{Slow: time.Second}},
	} {
		if _, err := OpenOutputs([]Output{{Config: Config{File: path}}, bad}, nil, nil); err == nil {
			t.Errorf("%+v is opened", bad)
		}
	}
	if _, err := OpenOutputs([]Output{{Config: Config{File: path}}}, map[string]accesslog.Redaction{"a": "b"}, nil); err == nil {
		t.Error("a redaction that is unknown is taken")
	}
	if err := errors.Join(os.Remove(path)); err != nil {
		t.Error(err)
	}
}
