package parsertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

const (
	// damagedRuns is the number of damaged transcripts, spread over all transcripts of a parser.
	damagedRuns = 300
	// garbageLen is the length, in bytes, of a text of garbage.
	garbageLen = 1500
)

// garbage are texts that no peer of good will sends.
func garbage() []string {
	r := rand.New(rand.NewPCG(1, 1))
	bytes := make([]byte, garbageLen)
	for i := range bytes {
		bytes[i] = byte(r.Uint32())
	}
	return []string{
		string(bytes), strings.Repeat("\x00", garbageLen), strings.Repeat("\xff", garbageLen),
		strings.Repeat("\n", garbageLen), strings.Repeat("\r\n", garbageLen/2), strings.Repeat("a b\r\n", garbageLen/5),
		"\x00\x00\x00\x00", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x00\x05hello",
	}
}

// damagedTranscripts plays transcripts in which bytes are changed, lost, inserted or repeated. Those in which TLS begins
// are left out: whether bytes come before the handshake, which closes the connection, depends on the segmentation.
func (k *conformance) damagedTranscripts() error {
	var fit []*script
	for _, s := range k.scripts {
		if s.size() > 0 && s.size() <= maxFuzzed && !s.startsTLS {
			fit = append(fit, s)
		}
	}
	if len(fit) == 0 {
		return fmt.Errorf("no transcript is as short as %d bytes, so that none can be played damaged", maxFuzzed)
	}
	for n := range damagedRuns {
		s := fit[n%len(fit)]
		r := rand.New(rand.NewPCG(uint64(n), 2))
		damaged := *s
		damaged.steps = damage(s.steps, r)
		for _, driven := range groups(k.scripts, s.hosts) {
			if problem := damaged.compare(uint64(n), driven); problem != "" {
				return errors.New(problem)
			}
		}
	}
	return nil
}

// groups are the hosts that have one outcome: where requests wait for replies, those that cannot do that have their own. Cilium's
// need not deliver everything.
func groups(scripts []*script, driven []*hostKind) [][]*hostKind {
	waits := slices.ContainsFunc(scripts, func(s *script) bool { return len(s.hosts) < len(hosts) })
	switch {
	case driven[0] == ciliums:
		return [][]*hostKind{{ciliums}, {inTurns}}
	case !waits, len(driven) < len(hosts):
		return [][]*hostKind{driven}
	}
	return [][]*hostKind{{theEngine, skipping}, {ciliums}, {inTurns}}
}

// size is the number of bytes of the transcript.
func (s *script) size() int {
	n := 0
	for _, step := range s.steps {
		n += len(step.data)
	}
	return n
}

// damage returns the steps with one to three changes of their bytes.
func damage(steps []Step, r *rand.Rand) []Step {
	damaged := slices.Clone(steps)
	for range 1 + r.IntN(3) {
		i := r.IntN(len(damaged))
		if text := damaged[i].data; text != "" {
			damaged[i].data = damageText(text, r)
		}
	}
	return damaged
}

func damageText(text string, r *rand.Rand) string {
	at := r.IntN(len(text))
	end := min(len(text), at+1+r.IntN(8))
	switch r.IntN(5) {
	case 0:
		return text[:at] + string([]byte{text[at] ^ 1<<r.IntN(8)}) + text[at+1:]
	case 1:
		return text[:at] + text[end:]
	case 2:
		return text[:end] + text[at:]
	case 3:
		return text[:at] + string([]byte{byte(r.Uint32()), byte(r.Uint32())}) + text[at:]
	default:
		return text[:at]
	}
}
