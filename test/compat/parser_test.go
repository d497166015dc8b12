package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// opened are the results of a connection for each name of a parser.
func opened(t *testing.T, library string, names ...string) map[string]*outcome {
	t.Helper()
	text := &strings.Builder{}
	for _, name := range names {
		fmt.Fprintf(text, "case %s\nconnect %s 80 7\n", name, name)
	}
	path := filepath.Join(t.TempDir(), "parsers.txt")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	h := load(t, library)
	h.open(newSockets(t))
	return readOutcomes(h.do("show %s", path))
}

func TestParsersAreThoseOfUpstreamButForThoseThatAreListed(t *testing.T) {
	const nobody = "no.such.parser"
	names := append(slices.Clone(parsers), nobody)
	ours, upstream := opened(t, release(t), names...), opened(t, built.upstream, names...)
	for _, name := range names {
		want := "ok"
		if name == nobody {
			want = "unknown parser"
		}
		if got := upstream[name].result; got != want {
			t.Errorf("upstream, %s: %s, want %s", name, got, want)
		}
		if slices.Contains(missing, name) {
			want = "unknown parser"
		}
		if got := ours[name].result; got != want {
			t.Errorf("ours, %s: %s, want %s", name, got, want)
		}
	}
}

func TestParametersAreThoseOfUpstream(t *testing.T) {
	for _, library := range []string{built.ours, built.upstream} {
		h, at := load(t, library), newSockets(t)
		both := fmt.Sprintf("open xds-path=%s access-log-path=%s", at.xds, at.log)
		first, again := h.do(both), h.do(both)
		if !slices.Equal(first, again) {
			t.Errorf("%s: equal parameters gave %q and %q", library, first, again)
		}
		if other := h.do(both + " node-id=host~127.0.0.2~other~localdomain"); slices.Equal(first, other) {
			t.Errorf("%s: another node-id gave the same instance", library)
		}
		if h.carriesOut(both + " no-such-parameter=1") {
			t.Errorf("%s: an unknown parameter was accepted", library)
		}
	}
}
