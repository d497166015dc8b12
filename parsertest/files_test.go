package parsertest

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
)

// golden is a transcript in a file, with what comes of it.
const golden = `parser: r2d2
policy: cmd=READ
without: file

== a denial
# HALT is not allowed
src-id: 7
> READ a\r\n
  HALT\r\n
! client PASS 8
! client DROP 6
= Request r2d2 cmd=READ
= Denied r2d2 cmd=HALT
>> READ a\r\n

< OK\r\n
! server PASS 4
! server INJECT 7
<< OK\r\n
<< ERROR\r\n

== an end
policy:
> READ
! client MORE 1
>.
! closed: end of stream

== what waits for a reply goes out later
parser: test.lineparser
policy:
without:
cannot-wait: true
> PASS 1\n
! client PASS 7
>> PASS 1\n
`

func writeFile(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "golden.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTranscriptsInFilesAreChecked(t *testing.T) {
	Run(t, Files(t, writeFile(t, golden))...)
}

func TestAFileSaysWhatACaseSays(t *testing.T) {
	cases := Files(t, writeFile(t, golden))
	got := cases[0]
	got.written, got.lines = nil, nil
	want := Case{
		Name: "a denial", Parser: "r2d2", Policy: "cmd=READ", Without: []string{"file"}, Conn: &Conn{SrcID: 7, DstID: ServerID},
		Steps:    []Step{Client("READ a\r\nHALT\r\n"), Server("OK\r\n")},
		ToServer: "READ a\r\n", ToClient: "OK\r\nERROR\r\n", Log: []string{"Request r2d2 cmd=READ", "Denied r2d2 cmd=HALT"},
		Ops: []string{"client PASS 8", "client DROP 6", "server PASS 4", "server INJECT 7"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestEverySettingOfAFileIsOneOfTheCase(t *testing.T) {
	text := "parser: r2d2\npolicy: cmd=READ\nconfig: {}\nwithout: a b\n" +
		"src-addr: 10.0.0.1:1\ndst-addr: 10.0.0.2:2\npolicy-name: 10.0.0.3\nserver-name: s\nsrc-id: 1\ndst-id: 2\nproxy-id: 3\n" +
		"waits: true\ncannot-wait: true\nallocates: true\naudit: true\nread-only: true\nlog: both\negress: true\n> a\n"
	got := Files(t, writeFile(t, text))[0]
	for i, line := range strings.Split(text, "\n") {
		if name, _, found := strings.Cut(line, ":"); found && settings[name] == nil {
			t.Errorf("line %d: %s is not a setting", i+1, name)
		}
	}
	if n := strings.Count(text, ": "); n != len(settings) {
		t.Errorf("%d of %d settings are tried", n, len(settings))
	}
	// What a case has beside settings is empty: it says what comes of the transcript.
	got.Name, got.Steps, got.written, got.lines = "x", nil, nil, nil
	want := Case{
		Name: "x", Parser: "r2d2", Policy: "cmd=READ", Config: "{}", Waits: true, CannotWait: true, Allocates: true, Audit: true,
		ReadOnly: true, LogKinds: accesslog.Requests | accesslog.Exchanges, Without: []string{"a", "b"},
		Conn: &Conn{"10.0.0.1:1", "10.0.0.2:2", "10.0.0.3", 1, 2, true, 3, "s"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// withoutResults is a transcript of which nobody has said what comes.
func withoutResults(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word != "!" && word != "=" && word != ">>" && word != "<<" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestWhatComesOfTranscriptsIsWrittenToTheirFile(t *testing.T) {
	path := writeFile(t, withoutResults(golden))
	for range 2 {
		if _, err := readFile(path, true); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		want := strings.Replace(golden, "closed: end of stream", "closed: end of stream inside a message", 1)
		if err != nil || string(text) != want {
			t.Fatalf("got %v\n%s", err, text)
		}
	}
	if _, err := readFile(writeFile(t, golden), true); err != nil {
		t.Fatal(err)
	}
	kept := writeFile(t, golden)
	if _, err := readFile(kept, true); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(kept); err != nil || string(text) != golden {
		t.Errorf("a file that is right has been changed: %v\n%s", err, text)
	}
}

func TestOtherResultsThanThoseOfTheFileFail(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"an operation", "! client PASS 8", "! client PASS 7", []string{"operations", "line 8", "client PASS 8"}},
		{"an entry", "= Denied r2d2 cmd=HALT", "= Request r2d2 cmd=HALT", []string{"access log", "line 8", "Denied"}},
		{"bytes for the server", `>> READ a\r\n`, `>> READ b\r\n`, []string{"to server, from byte 5", "line 8", ">61", ">62"}},
		{"bytes for the client", `<< ERROR\r\n`, `<< DENIED\r\n`, []string{"to client", "line 16", ">45", ">44"}},
		{"an end", "! closed: end of stream\n", "", []string{"closed: end of stream", "want: open"}},
		{"another end", "end of stream", "something else", []string{"closed: end of stream", "something else"}},
		{"a place", "= Denied r2d2 cmd=HALT\n>> READ a\\r\\n\n\n< OK\\r\\n\n", ">> READ a\\r\\n\n\n< OK\\r\\n\n= Denied r2d2 cmd=HALT\n",
			[]string{"access log", "line 8", "Denied"}},
	} {
		text := strings.Replace(golden, c.old, c.new, 1)
		if text == golden {
			t.Fatalf("%s: nothing is replaced", c.name)
		}
		r := &recorder{TB: t}
		for _, other := range Files(t, writeFile(t, text)) {
			Check(r, other)
		}
		all := strings.Join(r.reports, "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: want %q in:\n%s", c.name, want, all)
			}
		}
	}
}

func TestMistakesInFilesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"> a\n":                          "there is no parser",
		"parser: r2d2\nsrc-id: x\n> a\n": `line 2: setting src-id: "x": want a number`,
		"parser: r2d2\naudit: x\n> a\n":  `line 2: setting audit: "x": want true or false`,
		"colour: red\n> a\n":             `line 1: setting "colour" is unknown, use allocates, audit,`,
		"parser: r2d2\n> a \n":           `line 2: white space`,
	} {
		if _, err := readFile(writeFile(t, text), false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %s", text, err, want)
		}
	}
	if _, err := readFile(writeFile(t, "parser: r2d2\npolicy: colour=red\n> a\n"), true); err == nil {
		t.Error("a wrong policy is not refused")
	}
	if _, err := readFile(filepath.Join(t.TempDir(), "none"), true); err == nil {
		t.Error("a file that is not there is read")
	}
}
