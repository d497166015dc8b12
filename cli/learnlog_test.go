package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// transcriptLog is the access log of a transcript under a policy that allows everything.
func transcriptLog(t *testing.T, recording, parser string) string {
	t.Helper()
	command := newCommand()
	var out strings.Builder
	command.SetOut(&out)
	command.SetErr(io.Discard)
	command.SetArgs([]string{"replay", recording, "-o", "json", "--policy", file(t, "all.yaml", fmt.Sprintf("parser: %s\npolicy: {allow: all}\n", parser))})
	if err := execute(command); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWhatIsLearnedFromAnAccessLogAllowsThatAndNothingElse(t *testing.T) {
	for _, parser := range []string{"cassandra", "memcache", "postgres", "redis"} {
		recordings, err := filepath.Glob("testdata/learn/*.txt")
		if err != nil {
			t.Fatal(err)
		}
		learnedFrom := 0
		for _, recording := range recordings {
			text, err := os.ReadFile(recording)
			if err != nil {
				t.Fatal(err)
			}
			if regexp.MustCompile(`(?m)^parser: (\S+)`).FindStringSubmatch(string(text))[1] != parser {
				continue
			}
			learnedFrom++
			log := file(t, "log.json", transcriptLog(t, recording, parser))
			policy, _ := learned(t, log, "--parser", parser, "--form", "filter")
			replays(t, policy, recording)
			denies(t, policy, filepath.Join("testdata/learn/other", filepath.Base(recording)))
			if t.Failed() {
				t.Log(policy)
			}
		}
		if learnedFrom == 0 {
			t.Errorf("no transcript of %s", parser)
		}
	}
}
