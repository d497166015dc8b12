package parsertest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog/jsonline"
)

// Recordings has the tests of parsers of a checkout of the library, whose root is a folder, record their transcripts. It runs the
// go command. Each parser has some.
func Recordings(tb testing.TB, root string, parsers ...string) (list []Recording) {
	tb.Helper()
	folder := tb.TempDir()
	args := []string{"test", "-count=1", "-skip", "^Fuzz|^Benchmark|Keeps|Oracle"}
	for _, name := range parsers {
		args = append(args, "./parsers/"+name)
	}
	command := exec.CommandContext(tb.Context(), "go", append(args, "-record", folder)...)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != len(parsers) {
		tb.Fatalf("%d files of recordings, want one for each parser (%v)", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var r Recording
			if err := json.Unmarshal(line, &r); err != nil {
				tb.Fatal(err)
			}
			list = append(list, r)
		}
	}
	return list
}

// timely are the parts of a line of the access log that depend on the time.
var timely = regexp.MustCompile(`"time":"[^"]*",|"latency_ns":\d+`)

// Timeless returns a line of the access log without the time, for comparisons.
func Timeless(line string) string { return timely.ReplaceAllString(strings.TrimSpace(line), "") }

// LogLines returns entries of the access log, in wire form, as lines without the time.
func LogLines(tb testing.TB, entries [][]byte) (lines []string) {
	tb.Helper()
	for _, entry := range entries {
		var encoder jsonline.Encoder
		if !encoder.Decode(entry) {
			tb.Fatalf("%x cannot be decoded", entry)
		}
		line, ok := encoder.Append(nil, 0)
		if !ok {
			tb.Fatalf("%x cannot be encoded", entry)
		}
		lines = append(lines, Timeless(string(line)))
	}
	return lines
}
