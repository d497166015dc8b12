//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/test/collector"
)

func TestACollectorAndAFileGetOneEntryForEachExchange(t *testing.T) {
	c, err := collector.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, endpoint := range []string{c.HTTP, c.GRPC} {
		t.Run(endpoint[:4], func(t *testing.T) { oneToOne(t, c, endpoint) })
	}
}

// oneToOne sends requests with keys of their own, and looks for each in the records and in the file.
func oneToOne(t *testing.T, c *collector.Collector, endpoint string) {
	const n = 100
	before := len(c.Records())
	s := newFixture(t)
	filter := s.memcacheConfig()
	delete(filter, "log")
	filter["access_log"] = []config{{"file": s.accessLog}, {"otlp": endpoint}, {"file": s.accessLog + ".denied", "verdicts": []string{"denied"}}}
	s.startEnvoy(s.startMemcached(), filter)
	p := s.dial()
	for i := range n {
		p.send(fmt.Sprintf("set public/%d 0 0 2\r\nab\r\nget public/%d\r\nget secret/%d\r\n", i, i, i))
		p.expect(fmt.Sprintf("STORED\r\nVALUE public/%d 0 2\r\nab\r\nEND\r\n", i) + refusal)
	}
	s.eventually("the collector has the entries", func() bool { return len(c.Records())-before >= 3*n })
	s.eventually("the files have the entries", func() bool {
		return s.lineCount(s.accessLog) >= 3*n && s.lineCount(s.accessLog+".denied") >= n
	})
	seen := map[string]int{}
	for _, r := range c.Records()[before:] {
		a := r.Attributes
		seen[fmt.Sprint(a["db.system.name"], a["db.operation.name"], a["proxylib.field.keys"], a["proxylib.verdict"], a["proxylib.status"],
			a["proxylib.reply.field.status"], a["proxylib.request.bytes"], a["proxylib.reply.bytes"])]++
		if latency, ok := a["proxylib.latency_ns"].(int64); a["proxylib.verdict"] == "allowed" && (!ok || latency <= 0) {
			t.Errorf("%+v", a)
		}
	}
	lines := s.lines(s.accessLog)
	for i := range n {
		key := fmt.Sprintf("public/%d", i)
		set, get := fmt.Sprintf("set %s 0 0 2\r\nab\r\n", key), fmt.Sprintf("get %s\r\n", key)
		for _, want := range []string{
			fmt.Sprint("memcached", "set", key, "allowed", "ok", "stored", len(set), 8),
			fmt.Sprint("memcached", "get", key, "allowed", "ok", "hit", len(get), len("VALUE  0 2\r\nab\r\nEND\r\n")+len(key)),
			fmt.Sprint("memcached", "get", fmt.Sprintf("secret/%d", i), "denied", nil, nil, nil, nil),
		} {
			if seen[want] != 1 {
				t.Errorf("%d records are %s", seen[want], want)
			}
		}
		if lines["set "+key+" ok stored"] != 1 || lines["get "+key+" ok hit"] != 1 || lines[fmt.Sprintf("get secret/%d", i)] != 1 {
			t.Errorf("the file has not one line for each request with %s", key)
		}
	}
	if len(lines) != 3*n || len(s.lines(s.accessLog+".denied")) != n {
		t.Errorf("%d lines, %d denied", len(lines), len(s.lines(s.accessLog+".denied")))
	}
}

// lineCount returns how many lines a file has; 0 if it is not there.
func (s *fixture) lineCount(path string) int {
	text, _ := os.ReadFile(path)
	return bytes.Count(text, []byte("\n"))
}

// lines counts what the lines of a file say.
func (s *fixture) lines(path string) map[string]int {
	s.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	lines := map[string]int{}
	for text := range strings.Lines(string(text)) {
		var l jsonline.Line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			s.t.Fatal(err)
		}
		words := l.Fields["command"] + " " + l.Fields["keys"]
		if l.Exchange != nil {
			words += " " + l.Exchange.Status + " " + l.Reply["status"]
		}
		lines[words]++
	}
	return lines
}
