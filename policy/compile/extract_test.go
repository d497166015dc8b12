package compile

import (
	"math/rand/v2"
	"testing"

	"github.com/proxylib/proxylib/policy/cnp"
)

// extracted compiles the part of documents that one parser has to do with; nil if there is none.
func extracted(t *testing.T, document []byte, settings Settings) *network {
	t.Helper()
	x := cnp.NewExtraction("words")
	if found, err := x.Learn(document); err != nil || !found {
		return nil
	}
	content, _, err := x.Take(document, "")
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	n := newNetwork(settings)
	if err := n.compile(content); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	return n
}

// speaksOf reports whether an entry for the parser is for the port of a flow, whoever it concerns.
func (n *network) speaksOf(f flow) bool {
	for _, p := range n.content.Policies {
		for _, rule := range p.Rules {
			for _, clause := range rule.Clauses {
				for _, ports := range clause.Ports {
					for _, port := range ports.Ports {
						if ports.Parser == "words" && clause.Ingress == f.ingress && port.First <= f.port && (port.First == 0 || f.port <= port.Last) {
							return true
						}
					}
				}
			}
		}
	}
	return false
}

func TestAnExtractAllowsNoMoreAndAsMuchToItsParser(t *testing.T) {
	const worlds, flows = 300, 100
	seed := rand.Uint64()
	d := dice{rand.New(rand.NewPCG(seed, 0))}
	compared, allowed, narrower := 0, 0, 0
	for range worlds {
		w := d.world()
		document := w.document()
		content, err := cnp.Decode(document, "")
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		settings := Settings{AllowUnselected: d.IntN(2) == 0}
		n := newNetwork(settings)
		if err := n.compile(content); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		part := extracted(t, document, settings)
		if part == nil {
			continue
		}
		for range flows {
			f := d.flow(w)
			before, after := n.decide(f).Allowed, part.decide(f).Allowed
			compared++
			if after {
				allowed++
			}
			if before && !after {
				narrower++
			}
			if after && !before {
				t.Fatalf("seed %d: %+v is allowed by the part alone\n%s", seed, f, document)
			}
			if part.speaksOf(f) && before != after {
				t.Fatalf("seed %d: %+v is for the parser, and allowed by the whole alone\n%s", seed, f, document)
			}
		}
	}
	if compared < flows*worlds/10 || allowed == 0 || narrower == 0 {
		t.Errorf("of %d flows %d are allowed, %d no more, which shows little", compared, allowed, narrower)
	}
}
