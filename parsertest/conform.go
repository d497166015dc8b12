package parsertest

import (
	"fmt"
	"testing"

	"github.com/proxylib/proxylib/policy"
)

// Conform checks that a parser keeps what all parsers have to keep, each in a subtest. The cases are the transcripts of
// its tests, all of one parser; what they expect does not matter here.
//
//   - nothing passes without a policy: of what a client sends no byte reaches the server, be it a transcript or garbage;
//   - damaged transcripts have one outcome, whatever the segmentation and the host, and cause no panic;
//   - what is held is bounded: the parser never asks for more bytes than the host may hold, whatever floods it;
//   - each verdict has an entry in the access log: what policy was asked about is logged before it passes or is dropped;
//   - each exchange has an entry: where the log waits for replies, it has the same entries of requests, and says of each the same in
//     every segmentation;
//   - observing changes nothing: all bytes pass as they are, and nothing is logged as denied, whatever the policy and the damage;
//   - a request that passes allocates nothing, with and without an access log that waits for replies, measured as [Allocs] does for transcripts that end in one which can be
//     repeated; cases with [Case.Allocates] are left out;
//   - the transcripts show every log field and every rule key that the parser declares;
//   - README.md has the tables of both, see [Documented].
//
// The last two are for parsers that declare rule keys or log fields. It cannot be called from tests that run in parallel.
func Conform(t *testing.T, cases ...Case) {
	t.Helper()
	scripts, err := newScripts(cases)
	if err != nil {
		t.Fatal(err)
	}
	k := &conformance{scripts: scripts, protocol: scripts[0].protocol}
	for _, check := range []struct {
		name string
		run  func() error
	}{
		{"nothing passes without a policy", k.nothingPassesWithoutPolicy},
		{"damaged transcripts have one outcome", k.damagedTranscripts},
		{"what is held is bounded", k.heldBytesAreBounded},
		{"each verdict has an entry", k.verdictsHaveEntries},
		{"each exchange has an entry", k.exchangesHaveEntries},
		{"observing changes nothing", k.observingChangesNothing},
		{"a request that passes allocates nothing", k.passingAllocatesNothing},
		{"transcripts show every log field and rule key", k.declarationIsSeen},
		{"the README has the tables", k.documented},
	} {
		t.Run(check.name, func(t *testing.T) {
			if err := check.run(); err != nil {
				t.Errorf("%s: %v", k.Name, err)
			}
		})
	}
}

// conformance is what the checks share.
type conformance struct {
	*protocol
	scripts []*script
}

func newScripts(cases []Case) ([]*script, error) {
	if len(cases) == 0 {
		return nil, fmt.Errorf("parsertest: there is no case to check a parser with")
	}
	var scripts []*script
	for _, c := range cases {
		s, err := newScript(c)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", c.parserName(), c.Name, err)
		}
		if s.Name != cases[0].parserName() {
			return nil, fmt.Errorf("parsertest: cases of %s and %s in one check", cases[0].parserName(), s.Name)
		}
		scripts = append(scripts, s)
	}
	return scripts, nil
}

// short are the ways in which a transcript is played where all of them would take too long.
func (s *script) short() []segmentation {
	return []segmentation{s.unsplit(), {name: "byte by byte", turns: s.turns(false), pieces: every(1)}}
}

// unsplit is the transcript as it is written.
func (s *script) unsplit() segmentation {
	return segmentation{name: "unsplit", turns: s.turns(false), pieces: every(0)}
}

// under is the script with one policy for all of it, without audit mode.
func (s *script) under(snapshot *policy.Snapshot) *script {
	other := *s
	other.start, other.audit = snapshot, false
	other.snapshots = make([]*policy.Snapshot, len(s.steps))
	for i := range s.snapshots {
		if s.snapshots[i] != nil {
			other.snapshots[i] = snapshot
		}
	}
	return &other
}

// with is the script with other steps, none of which changes the policy.
func (s *script) with(steps ...Step) *script {
	other := *s
	other.steps, other.snapshots = steps, make([]*policy.Snapshot, len(steps))
	return &other
}

// nothingPassesWithoutPolicy plays transcripts and garbage for an endpoint that has no policy.
func (k *conformance) nothingPassesWithoutPolicy() error {
	none, err := policy.Compile(nil, k.rules)
	if err != nil {
		return err
	}
	scripts := k.scripts
	for _, text := range garbage() {
		scripts = append(scripts, k.scripts[0].with(Client(text)), k.scripts[0].with(Server(text), Client(text)))
	}
	for _, s := range scripts {
		s := s.under(none)
		for _, how := range s.short() {
			for _, h := range s.hosts {
				got := s.play(h, how)
				if n := got.accounts[0].passed; n > 0 {
					return fmt.Errorf("%d bytes of the client pass in %s, %s, although no policy allows anything\n  transcript: %s\n%s",
						n, h.name, how.name, inOneLine(s.steps), got.describe())
				}
				if got.misconduct != "" {
					return fmt.Errorf("%s, %s: %s\n  transcript: %s", h.name, how.name, got.misconduct, inOneLine(s.steps))
				}
			}
		}
	}
	return nil
}

// documented is [Documented].
func (k *conformance) documented() error {
	if !k.declares() {
		return nil
	}
	return documented(k.Protocol)
}
