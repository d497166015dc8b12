package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const recorded = `{"time":"2026-11-27T10:00:00Z","type":"request","source":"10.0.0.2:1","destination":"10.0.0.1:2","rule":"r","proto":"redis","fields":{"command":"get","keys":"public/a"}}
{"time":"2026-11-27T10:00:01Z","type":"denied","reason":"no rule","source":"10.0.0.3:1","destination":"10.0.0.1:2","proto":"redis","fields":{"command":"set","keys":"secret/b"}}
{"time":"2026-11-27T10:00:02Z","type":"request","source":"10.0.0.3:1","destination":"10.0.0.1:2","proto":"r2d2","fields":{"cmd":"READ","file":"x"}}
`

func TestMonitorShowsWhatIsChosen(t *testing.T) {
	path := file(t, "log.json", recorded)
	for _, c := range []struct {
		args       string
		want, none []string
	}{
		{"", []string{"ALLOWED", "DENIED", "(no rule)", "cmd=READ"}, []string{"\x1b"}},
		{"--verdict denied", []string{"secret/b"}, []string{"public/a", "READ"}},
		{"--not --verdict denied --parser redis", []string{"public/a"}, []string{"secret/b", "READ"}},
		{"--parser redis --parser r2d2 --field command=get --field cmd=READ", []string{"public/a", "READ"}, []string{"secret/b"}},
		{"--last 1", []string{"READ"}, []string{"secret/b"}},
		{"--since 2026-11-27T10:00:01Z --until 2026-11-27T10:00:01Z", []string{"secret/b"}, []string{"READ", "public/a"}},
		{"--since 1ms", nil, []string{"READ"}},
		{"-o table", []string{"VERDICT", "ALLOWED  10.0.0.2:1"}, nil},
		{"-o dict", []string{"SOURCE: 10.0.0.2:1", "command: get"}, nil},
		{"--color always", []string{"\x1b[31;1mDENIED"}, nil},
		{"--stats", []string{"3 entries of 2s, on average 2 a second\n", "Top keys", "secret/b"}, []string{"(no rule)"}},
	} {
		out := expectRun(t, 0, c.want, append([]string{"monitor", "--file", path}, strings.Fields(c.args)...)...)
		for _, none := range c.none {
			if strings.Contains(out, none) {
				t.Errorf("%s: %q is in %s", c.args, none, out)
			}
		}
	}
}

func TestMonitorReadsBackWhatItRecords(t *testing.T) {
	path, record := file(t, "log.json", recorded), filepath.Join(t.TempDir(), "record.json")
	first := expectRun(t, 0, nil, "monitor", "--file", path, "--verdict", "denied", "--record", record)
	if again := expectRun(t, 0, nil, "monitor", "--file", record); again != first {
		t.Errorf("got %q, want %q", again, first)
	}
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	if got := expectRun(t, 0, nil, "monitor", "--file", record, "-o", "json"); got != string(text) {
		t.Errorf("got %q, want %q", got, text)
	}
}

func TestMonitorSaysWhatIsWrongWithItsFlags(t *testing.T) {
	path := file(t, "log.json", recorded)
	for args, want := range map[string]string{
		"--verdict maybe": "want one of allowed", "--not": "stands before a condition", "--since yesterday": "want a time",
		"-o xml": "want one of compact", "--color blue": "want auto", "--last -1": "want a number", "--field x": "want NAME=VALUE",
		"--metrics 0.0.0.0:0": "want an address of this machine", "--file missing": "no such file",
	} {
		expectRun(t, 1, []string{want}, append([]string{"monitor", "--file", path}, strings.Fields(args)...)...)
	}
	expectRun(t, 3, []string{"cannot be reached"}, "monitor", "--server", "127.0.0.1:1")
}
