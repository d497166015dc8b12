package parsertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/accesslog"
)

// exchangesHaveEntries plays the transcripts with a log that waits for replies.
func (k *conformance) exchangesHaveEntries() error {
	for _, s := range k.scripts {
		atOnce, waiting := s.logging(accesslog.Requests), s.logging(accesslog.Exchanges)
		for _, h := range s.hosts {
			want := requestsOf(atOnce.play(h, s.unsplit()).log)
			first := waiting.play(h, s.unsplit())
			if first.speechless {
				// The connection has been closed early.
				continue
			}
			if got := requestsOf(first.log); !slices.Equal(got, want) {
				return fmt.Errorf("%s: a log that waits for replies has other requests\n  got %q\n  want %q\n  transcript: %s",
					h.name, got, want, inOneLine(s.steps))
			}
			for _, how := range s.short() {
				got := waiting.play(h, how)
				if problem := differsInLines("access log", got.log, first.log); problem != "" && !got.speechless && h.promises(first) == everything {
					return fmt.Errorf("%s, %s: %s\n  transcript: %s", h.name, how.name, problem, inOneLine(s.steps))
				}
			}
		}
	}
	return nil
}

// logging is the script with an access log of other kinds.
func (s *script) logging(kinds accesslog.Kinds) *script {
	other := *s
	other.logKinds = kinds
	return &other
}

// requestsOf returns what lines of the log say of requests, without how they ended, in alphabetical order.
func requestsOf(lines []string) (requests []string) {
	for _, line := range lines {
		if request, _, _ := strings.Cut(line, " -> "); !strings.HasPrefix(request, "Response") {
			requests = append(requests, request)
		}
	}
	slices.Sort(requests)
	return requests
}
