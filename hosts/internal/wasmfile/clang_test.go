//go:build e2e

package wasmfile

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/internal/cparser"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib/host"
)

// openC compiles and opens an example of a parser in C.
func openC(t *testing.T, name string) *File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "parser.wasm")
	if err := cparser.Compile(t.Context(), root, "examples/wasm-c/"+name, path); err != nil {
		t.Fatal(err)
	}
	age(t, path)
	f, err := Open(Config{Path: path, Configure: func(string) []byte { return nil }, Log: logrus.New()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestAParserInCJudgesAndLogs(t *testing.T) {
	f := openC(t, "lines.c")
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
