package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/internal/capturetest"
	"github.com/proxylib/proxylib/proxylib"
)

const (
	readers = `resources:
- endpoint_ips: [10.0.0.7]
  ingress_per_port_policies:
  - port: 77
    rules:
    - name: readers
      l7_proto: r2d2
      l7_rules: {l7_allow_rules: [{rule: {cmd: READ, file: ^public/}}]}
`
	writers = `resources:
- endpoint_ips: [10.0.0.7]
  ingress_per_port_policies:
  - port: 77
    rules:
    - name: writers
      l7_proto: r2d2
      l7_rules: {l7_allow_rules: [{rule: {cmd: WRITE}}]}
`
	everybody = `parser: r2d2
policy: {allow: [{cmd: READ}]}
`
)

// pcap writes a capture to a file.
func pcap(t *testing.T, packets capturetest.Packets) (path string) {
	t.Helper()
	return file(t, "a.pcap", string(packets.Pcap(t)))
}

// droids is a capture in which requests are allowed and denied.
func droids(t *testing.T) capturetest.Packets {
	return capturetest.New(t, "10.0.0.1:40000", "10.0.0.2:9000").
		Send(capturetest.Client, "READ public/a\r\nWRITE").Send(capturetest.Client, " b\r\n").
		Send(capturetest.Server, "OK 1\r\nOK\r\n").Send(capturetest.Client, "READ c\r\n").Send(capturetest.Server, "OK 2\r\n").Packets
}

func TestReplayPrintsVerdictsWithRuleOrReason(t *testing.T) {
	policy := file(t, "policy.yaml", readers)
	want := `1 allowed r2d2 cmd=READ file=public/a rule=readers
1 denied  r2d2 cmd=WRITE file=b reason="no rule"
1 denied  r2d2 cmd=READ file=c reason="no rule"
1 connection, 3 requests: 1 allowed, 2 denied
`
	for _, capture := range [][]byte{droids(t).Pcap(t), droids(t).PcapNG(t)} {
		out := expectRun(t, exitDenied, nil, "replay", file(t, "a.pcap", string(capture)), "--parser", "r2d2", "--policy", policy)
		if out != want {
			t.Errorf("got\n%s\nwant\n%s", out, want)
		}
	}
	expectRun(t, 0, []string{"3 requests: 3 allowed, 0 denied"}, "replay", pcap(t, droids(t)), "--parser", "r2d2",
		"--policy", file(t, "policy.yaml", strings.Replace(readers, "{rule: {cmd: READ, file: ^public/}}", "{}", 1)))
}

func TestReplayTakesAPolicyOfAFilterConfig(t *testing.T) {
	expectRun(t, exitDenied, []string{"1 allowed r2d2 cmd=READ file=c rule=inline", "1 denied  r2d2 cmd=WRITE file=b"},
		"replay", pcap(t, droids(t)), "--parser", "r2d2", "--policy", file(t, "filter.yaml", everybody))
	expectRun(t, exitRefused, []string{"0 filters of parser memcache"},
		"replay", pcap(t, droids(t)), "--parser", "memcache", "--policy", file(t, "filter.yaml", everybody))
}

func TestReplayPrintsLinesOfTheAccessLog(t *testing.T) {
	command := newCommand()
	var out, notes strings.Builder
	command.SetOut(&out)
	command.SetErr(&notes)
	command.SetArgs([]string{"replay", pcap(t, droids(t)), "--parser", "r2d2", "--policy", file(t, "p.yaml", readers), "-o", "json"})
	if code := exitCode(execute(command)); code != exitDenied {
		t.Fatalf("got %d: %s", code, notes.String())
	}
	var lines []jsonline.Line
	for text := range strings.Lines(out.String()) {
		var line jsonline.Line
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		lines = append(lines, line)
	}
	if len(lines) != 3 || lines[0].Rule != "readers" || lines[1].Type != "denied" || lines[1].Fields["audit"] != "" ||
		lines[0].Source != "10.0.0.1:40000" || lines[0].Policy != "10.0.0.7" || !strings.HasPrefix(lines[0].Time, "2026-11-27T08:00:00.0") {
		t.Errorf("got %+v", lines)
	}
}

func TestReplayShowsWhatAPolicyChanges(t *testing.T) {
	capture, before, after := pcap(t, droids(t)), file(t, "old.yaml", readers), file(t, "new.yaml", writers)
	want := `- 1 allowed r2d2 cmd=READ file=public/a rule=readers
+ 1 denied  r2d2 cmd=READ file=public/a reason="no rule"
- 1 denied  r2d2 cmd=WRITE file=b reason="no rule"
+ 1 allowed r2d2 cmd=WRITE file=b rule=writers
1 connection, 3 requests: 1 allowed, 2 denied
`
	if out := expectRun(t, exitDenied, nil, "replay", capture, "--parser", "r2d2", "--diff", before, after); out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	expectRun(t, 0, []string{"1 connection, 3 requests"}, "replay", capture, "--parser", "r2d2", "--diff", before, before)
	expectRun(t, exitDenied, []string{`{"old":[{"time":`, `"new":[{"time":`}, "replay", capture, "--parser", "r2d2", "--diff", before, after, "-o", "json")
}

func TestReplaySaysWhatItLeavesOut(t *testing.T) {
	whole := droids(t)
	missing := slices.Delete(capturetest.New(t, "10.0.0.1:40001", "10.0.0.2:9000").
		Send(capturetest.Client, "READ a\r\n").Send(capturetest.Server, "OK\r\n").Packets, 3, 4)
	before := capturetest.New(t, "10.0.0.1:40002", "10.0.0.2:9000").Send(capturetest.Client, "READ a\r\n").Packets[3:]
	wrong := capturetest.New(t, "10.0.0.1:40003", "10.0.0.2:9000").Send(capturetest.Client, "READ a\nREAD b\r\n").Confirm(capturetest.Server).Packets
	capture := slices.Concat(whole, missing, before, wrong).Pcap(t)
	expectRun(t, exitDenied, []string{
		"3 connections, 3 requests: 1 allowed, 2 denied", "1 connection closed by the parser; what comes after is left out",
		"1 connection left out from where bytes are missing in the capture",
		"1 connection left out, as the capture does not have the beginning", "the capture ends in the middle of a packet",
	}, "replay", file(t, "a.pcap", string(capture[:len(capture)-5])), "--parser", "r2d2", "--policy", file(t, "p.yaml", readers))
}

func TestReplayLooksThePolicyUpAsItIsSaid(t *testing.T) {
	capture := pcap(t, droids(t))
	two := strings.Replace(readers, "[10.0.0.7]", "[10.0.0.7, 10.0.0.8]", 1)
	expectRun(t, exitDenied, []string{"no policy is for 10.0.0.2: --policy-name names another address"},
		"replay", capture, "--parser", "r2d2", "--policy", file(t, "p.yaml", two))
	expectRun(t, exitDenied, []string{"1 allowed, 2 denied"},
		"replay", capture, "--parser", "r2d2", "--policy", file(t, "p.yaml", two), "--policy-name", "10.0.0.8")
	expectRun(t, exitDenied, []string{"0 allowed, 3 denied"},
		"replay", capture, "--parser", "r2d2", "--policy", file(t, "p.yaml", readers), "--policy-port", "78")
	expectRun(t, exitDenied, []string{"0 allowed, 3 denied"},
		"replay", capture, "--parser", "r2d2", "--policy", file(t, "p.yaml", readers), "--direction", "egress")
}

// A server of memcached has to be known before a meta command may pass; a recorded one is not asked.
func TestReplayStandsInForAMemcachedThatIsAsked(t *testing.T) {
	text := capturetest.New(t, "10.0.0.1:1", "10.0.0.2:11211").
		Send(capturetest.Client, "mg public/a v\r\nget public/b\r\n").Send(capturetest.Server, "EN\r\nEND\r\n").
		Send(capturetest.Client, "get secret\r\n").Send(capturetest.Server, "END\r\n").Packets
	get := "\x80\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00public/a"
	binary := capturetest.New(t, "10.0.0.1:2", "10.0.0.2:11211").Send(capturetest.Client, get).
		Send(capturetest.Server, "\x81\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00Not found").
		Send(capturetest.Client, get).Packets
	expectRun(t, exitDenied, []string{"2 connections, 5 requests: 4 allowed, 1 denied\n"},
		"replay", pcap(t, slices.Concat(text, binary)), "--parser", "memcache", "--policy", "../examples/policy.yaml")
}

func TestReplayReadsTranscripts(t *testing.T) {
	expectRun(t, exitDenied, []string{"1 allowed r2d2 cmd=READ file=public/a rule=readers"},
		"replay", "../parsers/r2d2/testdata/transcripts.txt", "--policy", file(t, "p.yaml", readers))
}

func init() {
	proxylib.Register(proxylib.Protocol{Name: "test.pausing", Pauses: true, New: func(*proxylib.Connection) proxylib.Parser { return nil }})
}

func TestReplayRefusesWhatItCannotRead(t *testing.T) {
	capture, policy := pcap(t, droids(t)), file(t, "p.yaml", readers)
	several := pcap(t, slices.Concat(droids(t), capturetest.New(t, "10.0.0.1:9", "10.0.0.2:443").Packets))
	for _, c := range []struct {
		want string
		args []string
	}{
		{"want one capture", []string{"--policy", policy}},
		{"--policy: under which policy?", []string{capture, "--parser", "r2d2"}},
		{"--parser: which parser", []string{capture, "--policy", policy}},
		{`parser "x" is not in this build`, []string{capture, "--policy", policy, "--parser", "x"}},
		{"--parser: parser test.pausing has requests wait for a verdict from elsewhere", []string{capture, "--policy", policy, "--parser", "test.pausing"}},
		{"--diff: want the capture", []string{capture, "--diff", policy, "--parser", "r2d2"}},
		{"the capture has 443 (1 connection), 9000 (1 connection)", []string{several, "--policy", policy, "--parser", "r2d2"}},
		{"neither a capture (pcap, pcapng) nor a transcript", []string{policy, "--policy", policy, "--parser", "r2d2"}},
		{"want ingress or egress", []string{capture, "--policy", policy, "--parser", "r2d2", "--direction", "x"}},
		{"--parser-config:", []string{capture, "--policy", policy, "--parser", "memcache", "--parser-config", `{"x":1}`}},
		{"no such file", []string{capture + "x", "--policy", policy, "--parser", "r2d2"}},
	} {
		expectRun(t, 1, []string{c.want}, append([]string{"replay"}, c.args...)...)
	}
	expectRun(t, exitDenied, []string{"1 allowed, 2 denied"}, "replay", several, "--policy", policy, "--parser", "r2d2", "--port", "9000")
}

func TestProgressGoesOnOneLine(t *testing.T) {
	var out strings.Builder
	p := &progress{from: strings.NewReader(strings.Repeat("x", 3<<20)), to: &out, size: 3 << 20}
	buf := make([]byte, 1<<20)
	for range 2 {
		if _, err := p.Read(buf); err != nil {
			t.Fatal(err)
		}
		p.shown = p.shown.Add(-2 * progressPeriod)
	}
	p.done()
	if got, want := out.String(), "\r 66 % of 3 MiB\r\x1b[K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if terminal(&out) != nil {
		t.Error("a text is taken for a terminal")
	}
}
