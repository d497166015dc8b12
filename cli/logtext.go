package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/proxylib/proxylib/accesslog/jsonline"
)

// logText writes lines of the access log in a form for people. Other lines are written as they are. It may be used from
// several goroutines at once.
type logText struct {
	mu    sync.Mutex
	to    io.Writer
	begun []byte
}

// Write implements [io.Writer]: it takes lines in any pieces.
func (l *logText) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = append(l.begun, data...)
	for {
		line, rest, whole := strings.Cut(string(l.begun), "\n")
		if !whole {
			return len(data), nil
		}
		l.begun = []byte(rest)
		printLines(l.to, []string{entryText(line)})
	}
}

// entryText returns the readable form of a line: what happened, to what, and why.
func entryText(text string) string {
	var line jsonline.Line
	if json.Unmarshal([]byte(text), &line) != nil || line.Type == "" {
		return text
	}
	words := []string{fmt.Sprintf("%-8s", line.Type), line.Source, line.Proto}
	for _, name := range slices.Sorted(maps.Keys(line.Fields)) {
		words = append(words, fmt.Sprintf("%s=%q", name, line.Fields[name]))
	}
	if line.Rule != "" {
		words = append(words, "rule="+line.Rule)
	}
	if line.Reason != "" {
		words = append(words, fmt.Sprintf("reason=%q", line.Reason))
	}
	if x := line.Exchange; x != nil {
		words = append(words, "->", strings.ReplaceAll(x.Status, " ", "-"))
		for _, name := range slices.Sorted(maps.Keys(x.Reply)) {
			words = append(words, fmt.Sprintf("%s=%q", name, x.Reply[name]))
		}
		words = append(words, time.Duration(x.Latency).Round(time.Microsecond).String())
	}
	return strings.Join(words, " ")
}
