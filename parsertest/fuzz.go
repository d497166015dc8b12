package parsertest

import (
	"fmt"
	"strings"
	"testing"
)

// maxFuzzed is the number of bytes of one side that are played of a fuzzed input. It is so small that what a parser
// may refuse because too much came at once, such as a queue of denials that is full, does not depend on the splits.
const maxFuzzed = 1024

// Fuzz plays transcripts of arbitrary bytes. Each must have the same outcome unsplit, in chunks of one byte, byte by
// byte and in random pieces, and in all hosts; the parser must not panic, and never send bytes that it has neither
// passed nor injected. policy has the form that [CompilePolicy] takes. seeds are transcripts to start from, without
// changes of policy.
func Fuzz(f *testing.F, parser, policy string, seeds ...[]Step) {
	f.Helper()
	FuzzCase(f, Case{Parser: parser, Policy: policy}, seeds...)
}

// FuzzCase is [Fuzz] for a parser with a configuration: that of a case, of which the steps and the outcome do not matter.
func FuzzCase(f *testing.F, c Case, seeds ...[]Step) {
	f.Helper()
	for _, steps := range seeds {
		client, server, turns := encode(steps)
		f.Add(client, server, turns, uint64(1), true)
	}
	f.Fuzz(func(t *testing.T, client, server, turns []byte, seed uint64, end bool) {
		c.Steps = decode(client[:min(len(client), maxFuzzed)], server[:min(len(server), maxFuzzed)], turns, end)
		s, err := newScript(c)
		if err != nil {
			t.Fatalf("%s: %v", c.parserName(), err)
		}
		for _, driven := range groups(nil, c.hosts()) {
			if problem := s.compare(seed, driven); problem != "" {
				t.Errorf("%s, %s", s.Name, problem)
			}
		}
	})
}

// FuzzTranscripts is [Fuzz] with the transcripts of a parser's tests as seeds, each under its own policy, configuration and
// connection. Changes of policy in them are left out, and so are transcripts that are longer than what is fuzzed.
func FuzzTranscripts(f *testing.F, cases ...Case) {
	f.Helper()
	scripts, err := newScripts(cases)
	if err != nil {
		f.Fatal(err)
	}
	for i, s := range scripts {
		if s.size() <= maxFuzzed {
			client, server, turns := encode(s.steps)
			f.Add(uint16(i), client, server, turns, uint64(i), i%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, which uint16, client, server, turns []byte, seed uint64, end bool) {
		s := scripts[int(which)%len(scripts)]
		s = s.with(decode(client[:min(len(client), maxFuzzed)], server[:min(len(server), maxFuzzed)], turns, end)...)
		for _, driven := range groups(scripts, s.hosts) {
			if problem := s.compare(seed, driven); problem != "" {
				t.Errorf("%s, %s", s.Name, problem)
			}
		}
	})
}

// encode takes a transcript apart into what either side sends and the order in which: a byte a turn, whose lowest bit
// is the side and the rest the number of bytes, less one.
func encode(steps []Step) (client, server, turns []byte) {
	for _, step := range steps {
		if step.reply {
			server = append(server, step.data...)
		} else {
			client = append(client, step.data...)
		}
		for left := len(step.data); left > 0; left -= min(left, 128) {
			turns = append(turns, byte(min(left, 128)-1)<<1|byte(index(step.reply)))
		}
	}
	return client, server, turns
}

// decode puts a transcript together. What no turn covers comes last, and then, perhaps, the ends.
func decode(client, server, turns []byte, end bool) []Step {
	var steps []Step
	rest := [2][]byte{client, server}
	send := func(side, n int) {
		n = min(n, len(rest[side]))
		if n == 0 {
			return
		}
		data := string(rest[side][:n])
		rest[side] = rest[side][n:]
		if last := len(steps) - 1; last >= 0 && index(steps[last].reply) == side {
			steps[last].data += data
			return
		}
		steps = append(steps, Step{reply: side == 1, data: data})
	}
	for _, t := range turns {
		send(int(t&1), int(t>>1)+1)
	}
	send(0, len(client))
	send(1, len(server))
	if end {
		steps = append(steps, ClientEnd(), ServerEnd())
	}
	return steps
}

// compare plays the transcript in a few segmentations and describes how one differs from the first.
func (s *script) compare(seed uint64, driven []*hostKind) string {
	problem := s.compareOnce(seed, driven)
	if problem == "" {
		return ""
	}
	if s.keepingInput().compareOnce(seed, driven) == "" {
		problem = usedAfterTheCall + problem
	}
	return problem + "\n  transcript: " + inOneLine(s.steps)
}

func (s *script) compareOnce(seed uint64, driven []*hostKind) string {
	turns := s.turns(false)
	var want outcome
	// Byte by byte comes first: a host that loses bytes when it closes a connection loses least there.
	for i, how := range []segmentation{
		{name: "byte by byte", pieces: every(1)},
		{name: "unsplit", pieces: every(0)},
		{name: "in chunks of one byte", pieces: every(1), scattered: true},
		{name: "random pieces", pieces: random(seed)},
	} {
		how.turns = turns
		for j, h := range driven {
			got := s.play(h, how)
			if i == 0 && j == 0 {
				want = got
				want.closed = strings.TrimPrefix(got.closed, s.Name+": ")
			}
			if problem := got.amid(want, h); problem != "" {
				return h.name + ", " + how.name + ":\n" + problem
			}
		}
	}
	return ""
}

// amid is [outcome.problem] for a server that may say what no server says. Where it was made to speak, its bytes may be taken for
// other replies than elsewhere; then outcomes are compared only if nothing is wrong elsewhere. In the middle of something else
// it cannot reply, and what waits for that reply is not compared either.
func (o outcome) amid(want outcome, h *hostKind) string {
	switch {
	case !o.unanswered && (!o.prompted || want.closed == ""):
		return o.problem(want, h)
	case o.misconduct != "":
		return "  " + o.misconduct
	}
	return o.unaccounted()
}

// maxWord is how much of the bytes of a step is shown.
const maxWord = 400

// inOneLine shows the steps in one line.
func inOneLine(steps []Step) string {
	var parts []string
	for _, step := range steps {
		if r := step.resumes; r != nil {
			parts = append(parts, fmt.Sprintf("resumed (allowed %v, late %v)", r.verdict.Allowed, r.late))
			continue
		}
		text := word(side(step.reply), step.data)
		if len(text) > maxWord {
			text = fmt.Sprintf("%s… (%d bytes)", text[:maxWord], len(step.data))
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
