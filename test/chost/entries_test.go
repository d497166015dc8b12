package chost

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/logtest"
)

// receive listens for access-log entries until the test ends.
func receive(tb testing.TB, socket string) *logtest.Receiver {
	tb.Helper()
	receiver, err := logtest.Listen(socket)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { receiver.Close() })
	return receiver
}

// wantEntries reads the entries that a file of transcripts lists. "*N" in front stands for N of them.
func wantEntries(tb testing.TB, path string) []string {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var entries []string
	for line := range strings.Lines(string(text)) {
		entry, found := strings.CutPrefix(strings.TrimSpace(line), "log ")
		if !found {
			continue
		}
		times := 1
		if count, rest, found := strings.Cut(entry, " "); found && strings.HasPrefix(count, "*") {
			if times, err = strconv.Atoi(count[1:]); err != nil {
				tb.Fatalf("%s: %q: %v", path, line, err)
			}
			entry = rest
		}
		entries = append(entries, slices.Repeat([]string{entry}, times)...)
	}
	return entries
}

// requireEntries requires just the entries that are wanted. Those of different connections come in no certain order.
func requireEntries(tb testing.TB, receiver *logtest.Receiver, want []string) {
	tb.Helper()
	var got []string
	for range want {
		entry, err := receiver.Next(10 * time.Second)
		if err != nil {
			tb.Fatalf("%d entries of %d: %v", len(got), len(want), err)
		}
		requireAddresses(tb, entry)
		got = append(got, inWords(entry))
	}
	if entry, err := receiver.Next(50 * time.Millisecond); err == nil {
		tb.Errorf("one entry too many: %s", inWords(entry))
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		tb.Errorf("entries:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// requireAddresses checks what is the same in all transcripts.
func requireAddresses(tb testing.TB, e *cilium.LogEntry) {
	tb.Helper()
	age := time.Since(time.Unix(0, int64(e.GetTimestamp())))
	if age < 0 || age > time.Minute || !e.GetIsIngress() || e.GetPolicyName() != "10.0.0.1" ||
		e.GetSourceAddress() != "10.0.0.2:34567" || !strings.HasPrefix(e.GetDestinationAddress(), "10.0.0.1:") ||
		e.GetDestinationSecurityId() != 1 {
		tb.Errorf("entry %v", e)
	}
}

// inWords is the type, the protocol and the fields in the order of their names.
func inWords(e *cilium.LogEntry) string {
	l7 := e.GetGenericL7()
	kind := e.GetEntryType().String()
	if e.GetClosed() != nil {
		kind = "Closed"
	}
	words := []string{kind, l7.GetProto()}
	for _, key := range slices.Sorted(maps.Keys(l7.GetFields())) {
		value := l7.GetFields()[key]
		if strings.Contains(value, " ") {
			value = strconv.Quote(value)
		}
		words = append(words, fmt.Sprintf("%s=%s", key, value))
	}
	return strings.Join(words, " ")
}
