package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	cilium "github.com/cilium/proxy/go/cilium/api"
)

const traffic = "testdata/traffic.txt"

// caseNames are the names of the transcripts in testdata/traffic.txt.
func caseNames(tb testing.TB) (names []string) {
	for line := range strings.Lines(read(tb, traffic)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "case "); found {
			names = append(names, name)
		}
	}
	return names
}

func read(tb testing.TB, path string) string {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// clientOf is the address of the client of a transcript, by which its entries are known.
func clientOf(i int) string { return fmt.Sprintf("10.0.0.2:%d", 40_000+i) }

// withClients writes a copy of the traffic in which each transcript has a client of its own.
func withClients(tb testing.TB) string {
	tb.Helper()
	text, i := &strings.Builder{}, 0
	for line := range strings.Lines(read(tb, traffic)) {
		text.WriteString(line)
		if strings.HasPrefix(line, "case ") {
			fmt.Fprintf(text, "from %s\n", clientOf(i))
			i++
		}
	}
	path := filepath.Join(tb.TempDir(), "traffic.txt")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// play sends the traffic through a library that is configured and served as by the agent, whole and in pieces.
func play(tb testing.TB, library string) (whole, pieces map[string]*outcome) {
	tb.Helper()
	at := newSockets(tb)
	agent, receiver, h := startAgent(tb, at.xds), receive(tb, at.log), load(tb, library)
	h.open(at)
	agent.mustPut("1", policyOf(tb, read(tb, "testdata/policy.json")))
	path := withClients(tb)
	whole = readOutcomes(h.do("show %s", path))
	names := map[string]string{}
	for i, name := range caseNames(tb) {
		names[clientOf(i)] = name
	}
	for _, e := range receiver.all() {
		o := whole[names[e.GetSourceAddress()]]
		o.entries = append(o.entries, entryOf(e))
	}
	return whole, readOutcomes(h.do("show %s 5", path))
}

// entryOf is what of an entry is compared; the rest is the same for all, and checked by itself.
func entryOf(e *cilium.LogEntry) entry {
	fields := e.GetGenericL7().GetFields()
	if fields == nil {
		fields = map[string]string{}
	}
	return entry{e.GetEntryType().String(), e.GetGenericL7().GetProto(), fields}
}

func TestHarmlessTrafficComesOutAsWithUpstreamButForKnownDifferences(t *testing.T) {
	ours, oursInPieces := play(t, built.ours)
	upstream, upstreamInPieces := play(t, built.upstream)
	t.Run("whole", func(t *testing.T) { requireKnown(t, ours, upstream, false) })
	t.Run("pieces", func(t *testing.T) {
		onlyBytes(oursInPieces)
		onlyBytes(upstreamInPieces)
		requireKnown(t, oursInPieces, upstreamInPieces, true)
	})
}

// onlyBytes leaves of outcomes what has arrived: where messages come in pieces, operations depend on how they are cut.
func onlyBytes(outcomes map[string]*outcome) {
	for _, o := range outcomes {
		o.calls = nil
	}
}

// requireKnown requires just the differences that are listed.
func requireKnown(t *testing.T, ours, upstream map[string]*outcome, pieces bool) {
	shown := map[string][]string{}
	for _, name := range caseNames(t) {
		a, b := ours[name], upstream[name]
		for i := range differences {
			d, shows := &differences[i], false
			if !d.concerns(name, pieces) {
				continue
			}
			if a, b, shows = d.removed(a, b); shows {
				shown[d.ours] = append(shown[d.ours], name)
			}
		}
		if !reflect.DeepEqual(a.clone(), b.clone()) {
			t.Errorf("%s:\n    ours %+v\nupstream %+v", name, a, b)
		}
	}
	for i := range differences {
		d := &differences[i]
		for _, name := range caseNames(t) {
			if d.cases != nil && d.concerns(name, pieces) && !slices.Contains(shown[d.ours], name) {
				t.Errorf("a difference that is listed does not show in %s: %s", name, d.ours)
			}
		}
		if !pieces && len(shown[d.ours]) == 0 {
			t.Errorf("a difference that is listed does not show: %s", d.ours)
		}
	}
}
