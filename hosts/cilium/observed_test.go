package cilium

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// watched is a module with one instance in mode observe.
type watched struct {
	*module
	instance    uint64
	operatorLog *bytes.Buffer
}

func watch(t *testing.T, params ...[2]string) *watched {
	t.Helper()
	w := &watched{operatorLog: &bytes.Buffer{}}
	w.module = newModule(w.operatorLog)
	w.instance = w.open(append([][2]string{{"mode", "observe"}, {"policy", `{"memcache": {"allow": [{"command": "version"}]}}`}}, params...), false)
	if w.instance == 0 {
		t.Fatal(w.operatorLog)
	}
	return w
}

func (w *watched) begin(t *testing.T, id uint64, parser string) {
	t.Helper()
	inject := [2][]byte{make([]byte, 0, proxylib.InjectBufSize), make([]byte, 0, proxylib.InjectBufSize)}
	if result := w.connect(w.instance, parser, host.ConnectionInfo{
		Id: id, Ingress: true, SrcAddr: "192.0.2.1:34567", DstAddr: "192.0.2.2:11211", PolicyName: parsertest.Endpoint,
		OrigBuf: &inject[0], ReplyBuf: &inject[1],
	}); result != proxylib.OK {
		t.Fatalf("%s: %v", parser, result)
	}
}

// passes reports whether the host is to pass the bytes as they are.
func (w *watched) passes(id uint64, reply bool, text string) bool {
	ops := make([]host.FilterOp, 0, host.MaxOps)
	result := w.data(id, reply, false, [][]byte{[]byte(text)}, &ops)
	return result == proxylib.OK && len(ops) == 1 && ops[0] == host.FilterOp{Op: proxylib.PASS, N: int64(len(text))}
}

func TestInModeObserveEverythingPasses(t *testing.T) {
	w := watch(t)
	for id, parser := range []string{"memcache", "auto", "r2d2", "redis"} {
		w.begin(t, uint64(id), parser)
		for _, text := range []string{"get a\r\n", "version\r\n", "\x00 garbage \r\n", "get a\r\n"} {
			if !w.passes(uint64(id), false, text) || !w.passes(uint64(id), true, text) {
				t.Errorf("%s: %q does not pass", parser, text)
			}
		}
	}
	log := w.operatorLog.String()
	for _, want := range []string{"observe mode is on", "a connection passes without being observed any further"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q: %s", want, log)
		}
	}
	for id := range uint64(4) {
		w.close(id)
		if ops := make([]host.FilterOp, 0, 1); w.data(id, false, false, [][]byte{{1}}, &ops) != proxylib.UNKNOWN_CONNECTION {
			t.Errorf("connection %d is known after its end", id)
		}
	}
	if used := w.instances.Get(w.instance).Connections().Used(); used != 0 {
		t.Errorf("%d connections are counted after the end of all", used)
	}
}

func TestEntriesNameTheParserThatWasDetected(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	w := watch(t, [2]string{"access-logs", `[{"file": "` + log + `"}]`})
	w.begin(t, 1, "auto")
	w.passes(1, false, "*1\r\n$4\r\nPI")
	w.passes(1, false, "NG\r\n")
	w.passes(1, true, "+PONG\r\n")
	w.close(1)
	w.instances.Close(w.instance)
	if text, err := os.ReadFile(log); err != nil || strings.Count(string(text), `"parser":"redis"`) != 1 {
		t.Errorf("%s, %v", text, err)
	}
}

func TestInModeObserveConnectionsBeyondTheLimitPass(t *testing.T) {
	w := watch(t, [2]string{"max-connections", "1"})
	for id := range uint64(2) {
		w.begin(t, id, "memcache")
	}
	if !w.passes(0, false, "get a\r\n") || !w.passes(1, false, "get a\r\n") ||
		strings.Count(w.operatorLog.String(), `"a connection passes without being observed"`) != 1 {
		t.Errorf("the log is %s", w.operatorLog)
	}
}

func TestInModeObserveBytesAreSeenOnceThoughTheHostShowsThemTwice(t *testing.T) {
	w := watch(t)
	w.begin(t, 1, "memcache")
	none := make([]host.FilterOp, 0)
	if result := w.data(1, false, false, [][]byte{[]byte("get a\r\n")}, &none); result != proxylib.OK || len(none) > 0 {
		t.Errorf("%v, %v", result, none)
	}
	if !w.passes(1, false, "get a\r\n") || strings.Contains(w.operatorLog.String(), "any further") {
		t.Errorf("the bytes do not pass: %s", w.operatorLog)
	}
}

func TestInModeObserveAnUnknownParserAndANumberInUseAreRefused(t *testing.T) {
	w := watch(t)
	w.begin(t, 1, "memcache")
	inject := make([]byte, 0, proxylib.InjectBufSize)
	info := host.ConnectionInfo{Id: 1, DstAddr: "192.0.2.2:11211", OrigBuf: &inject, ReplyBuf: &inject}
	if result := w.connect(w.instance, "nobody", info); result != proxylib.UNKNOWN_PARSER {
		t.Errorf("an unknown parser: %v", result)
	}
	if result := w.connect(w.instance, "memcache", info); result != proxylib.UNKNOWN_ERROR {
		t.Errorf("a number in use: %v", result)
	}
	enforcing := w.open(nil, false)
	if result := w.connect(enforcing, "memcache", info); result != proxylib.UNKNOWN_ERROR {
		t.Errorf("a number in use by one that is watched: %v", result)
	}
	if !w.passes(1, false, "get a\r\n") {
		t.Error("the first connection does not go on")
	}
}

func TestModeIsAParameter(t *testing.T) {
	for _, x := range []struct {
		params [][2]string
		want   string
	}{
		{[][2]string{{"mode", "watch"}}, `parameter mode: "watch" is unknown; use enforce, audit or observe`},
		{[][2]string{{"mode", "audit"}, {"audit", "true"}}, "parameter audit: it is the same as mode=audit; leave it out beside mode"},
		{[][2]string{{"readonly", "true"}, {"mode", "observe"}}, "parameter readonly: nothing is denied in mode observe; leave it out, or use another mode"},
	} {
		if _, err := parseParams(x.params, false); err == nil || err.Error() != x.want {
			t.Errorf("%v: %v", x.params, err)
		}
	}
	for mode, want := range map[string][2]bool{"": {}, "enforce": {}, "audit": {true, false}, "observe": {false, true}} {
		if c, err := parseParams([][2]string{{"mode", mode}}, false); err != nil || [2]bool{c.Audit, c.Observe} != want {
			t.Errorf("mode %q: %+v, %v", mode, c, err)
		}
	}
}
