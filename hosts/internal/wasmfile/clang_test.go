//go:build e2e

package wasmfile

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib/host"
)

// compileC compiles a parser that is written in C, as docs/wasm-parsers.md says.
func compileC(t *testing.T, source string) string {
	t.Helper()
	install := exec.CommandContext(t.Context(), filepath.Join(root, "test/deps/zig"))
	zig, err := install.Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "parser.wasm")
	compile := exec.CommandContext(t.Context(), strings.TrimSpace(string(zig)), "cc", "-target", "wasm32-freestanding", "-O2", "-mbulk-memory",
		"-nostdlib", "-Wl,--no-entry", "-o", path, source)
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	age(t, path)
	return path
}

func TestAParserInCJudgesAndLogs(t *testing.T) {
	path := compileC(t, filepath.Join(root, "examples/wasm-c/lines.c"))
	f, err := Open(Config{Path: path, Configure: func(string) []byte { return nil }, Log: logrus.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	snapshot, err := inline.Compile(map[string]inline.Policy{"lines": {Allow: json.RawMessage(`[{"word": "get"}]`)}},
		policy.RuleParsers{"lines": f.RuleParser()})
	if err != nil {
		t.Fatal(err)
	}
	log, store := &entries{}, new(policy.Store)
	store.Replace(snapshot)
	conn, err := host.NewConnection(host.NewInstance(host.InstanceConfig{Policies: store, AccessLog: log}), "lines", host.ConnectionInfo{
		Id: 1, Ingress: true, SrcAddr: "127.0.0.1:1", DstAddr: "127.0.0.1:2", PolicyName: "127.0.0.1", Protocol: f.Protocol(),
	})
	if err != nil {
		t.Fatal(err)
	}
	e := datapath.New(conn, datapath.Limits{})
	defer e.Close()
	var plan datapath.Plan
	for i, step := range []struct {
		reply                   bool
		data, out, back, closed string
	}{
		{false, "set a\nge", "", "denied\n", ""},
		{false, "t a\nget b\n", "get a\nget b\n", "", ""},
		{true, "1\n2", "1\n", "", ""},
		{true, "\n", "2\n", "", ""},
		{false, "g\x01t \nget c\nset d\n", "get c\n", "denied\n", "lines: a request is denied while replies are owed"},
	} {
		e.Data(step.reply, false, [][]byte{[]byte(step.data)}, &plan)
		out := plan.Out
		if plan.Leave {
			out = []byte(step.data)
		}
		if string(out) != step.out || string(plan.Reverse) != step.back || plan.Reason != step.closed {
			t.Errorf("step %d: %q goes on, %q back, closed because of %q", i, out, plan.Reverse, plan.Reason)
		}
	}
	if c := conn.Counts(); c.Passed != 3 || c.Denied != 3 {
		t.Errorf("%+v", c)
	}
	text := strings.Join(parsertest.LogLines(t, log.list), "\n")
	for _, want := range []string{
		`"type":"denied","connection":1,"request":1`, `"reason":"no rule"`, `"proto":"lines","fields":{"word":"set"}`,
		`"request":3,`, `"fields":{"word":"g"}`, `"reason":"a request is denied while replies are owed"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	if bytes.Contains([]byte(text), []byte{1}) {
		t.Error("a control character is in the log")
	}
}
