package seen

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/collector"
)

// Request is what readers get of a request.
type Request struct {
	// Verdict is allowed or denied.
	Verdict string
	// Operation is what it does, a command or the kind of a statement, and Object to what: keys or a table.
	Operation, Object string
	// Status is how it ended, and Bytes are those of request and reply, "14/37". Both are empty if it is denied.
	Status, Bytes string
}

// poll is the time between two looks at all that has arrived.
const poll = 100 * time.Millisecond

// Sent are the requests of clients, in their order, by the addresses of the clients.
type Sent map[string][]Request

// Require waits until each reader has got the requests that were sent, each of them once and in the order of its connection.
// Other clients are of no interest.
func (r *Readers) Require(sent Sent) {
	r.t.Helper()
	for name, read := range map[string]func() Sent{
		"the collector over HTTP": func() Sent { return ofRecords(r.http.Records()) },
		"the collector over gRPC": func() Sent { return ofRecords(r.grpc.Records()) },
		"the file":                func() Sent { return ofLines(r.text("file.json")) },
		"the policy server":       func() Sent { return ofLines(r.text("stream.json")) },
		"the terminal":            func() Sent { return ofTerminal(r.text("terminal")) },
	} {
		var got Sent
		eventually.Within(eventually.Limit, func() bool {
			got = read()
			for client, want := range sent {
				if len(got[client]) < len(want) {
					time.Sleep(poll)
					return false
				}
			}
			return true
		})
		for client, want := range sent {
			if !slices.Equal(got[client], want) {
				r.t.Errorf("%s has of %s\n%s", name, client, difference(got[client], want))
			}
		}
	}
	r.requireNumbers()
}

var (
	screens = regexp.MustCompile(`\x1b\[H\x1b\[J`)
	allRow  = regexp.MustCompile(`(?m)^ *all +(\d+) +(\d+) .*s +.*s`)
)

// requireNumbers waits until the screen with the numbers counts what the policy server has sent, allowed and denied.
func (r *Readers) requireNumbers() {
	r.t.Helper()
	var got, want string
	if !eventually.Within(eventually.Limit, func() bool {
		verdicts := map[string]int{}
		for _, list := range ofLines(r.text("stream.json")) {
			for _, of := range list {
				verdicts[of.Verdict]++
			}
		}
		want = fmt.Sprintf("%d allowed, %d denied", verdicts["allowed"], verdicts["denied"])
		shown := screens.Split(r.text("screen"), -1)
		if row := allRow.FindStringSubmatch(shown[len(shown)-1]); row != nil {
			got = fmt.Sprintf("%s allowed, %s denied", row[1], row[2])
		}
		time.Sleep(poll)
		return got == want && len(shown) > 2
	}) {
		r.t.Errorf("the screen shows %s, want %s", got, want)
	}
}

// difference says how lists differ.
func difference(got, want []Request) string {
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			return fmt.Sprintf("%d requests, want %d; the first difference is at %d: %+v, want %+v", len(got), len(want), i, got[i:min(i+1, len(got))], w)
		}
	}
	return fmt.Sprintf("%d requests, want %d", len(got), len(want))
}

// text returns a file as far as it has been written.
func (r *Readers) text(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text[:strings.LastIndexByte(string(text), '\n')+1])
}

// first returns the first of the texts that is there.
func first(texts ...any) string {
	for _, text := range texts {
		if s, ok := text.(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func ofRecords(records []collector.Record) Sent {
	sent := Sent{}
	for _, r := range records {
		a := r.Attributes
		of := Request{
			Verdict: first(a["proxylib.verdict"]), Operation: first(a["db.operation.name"]),
			Object: first(a["proxylib.field.keys"], a["db.collection.name"]), Status: first(a["proxylib.status"]),
		}
		if of.Status != "" {
			of.Bytes = fmt.Sprintf("%v/%v", a["proxylib.request.bytes"], a["proxylib.reply.bytes"])
		}
		client := fmt.Sprintf("%v:%v", a["client.address"], a["client.port"])
		sent[client] = append(sent[client], of)
	}
	return sent
}

func ofLines(text string) Sent {
	sent := Sent{}
	for line := range strings.Lines(text) {
		var e traffic.Entry
		if json.Unmarshal([]byte(line), &e) != nil {
			continue
		}
		of := Request{
			Verdict: e.Verdict(), Operation: first(e.Fields["command"], e.Fields["query_action"]),
			Object: first(e.Fields["keys"], e.Fields["query_table"]),
		}
		if x := e.Exchange; x != nil {
			of.Status, of.Bytes = x.Status, fmt.Sprintf("%d/%d", x.RequestBytes, x.ReplyBytes)
		}
		sent[e.Source] = append(sent[e.Source], of)
	}
	return sent
}

var (
	colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	painted = regexp.MustCompile(`\x1b\[3[12](;1)?m(ALLOWED|DENIED) *\x1b\[`)
	compact = regexp.MustCompile(`^\w+ +\d+ [\d:.]+ (ALLOWED|DENIED) +(\S+) -> \S+ \S+ (.*)$`)
	does    = regexp.MustCompile(`\b(?:command|query_action)=(\S+)`)
	reaches = regexp.MustCompile(`\b(?:keys|query_table)=(\S+)`)
	ended   = regexp.MustCompile(` [\d.]+[nµm]?s (ok|error|replied) (\d+/\d+) bytes`)
)

// ofTerminal reads what people see.
func ofTerminal(text string) Sent {
	sent := Sent{}
	group := func(r *regexp.Regexp, text string, n int) string {
		if found := r.FindStringSubmatch(text); found != nil {
			return found[n]
		}
		return ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		found := compact.FindStringSubmatch(colours.ReplaceAllString(line, ""))
		if found == nil || !painted.MatchString(line) {
			continue
		}
		sent[found[2]] = append(sent[found[2]], Request{
			Verdict: strings.ToLower(found[1]), Operation: group(does, found[3], 1), Object: group(reaches, found[3], 1),
			Status: group(ended, found[3], 1), Bytes: group(ended, found[3], 2),
		})
	}
	return sent
}
