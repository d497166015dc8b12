package compile

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/decompile"
)

// back writes what a network has compiled as documents, and compiles those.
func (n *network) back(t *testing.T) *network {
	t.Helper()
	hosts := slices.Collect(maps.Values(n.result.Hosts))
	text, err := decompile.Decompile(n.result.Resources(), hosts)
	if err != nil {
		t.Fatal(err)
	}
	again := newNetwork(Settings{})
	if err := again.load(string(text)); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return again
}

func TestResourcesMadeDocumentsAgainDecideTheSame(t *testing.T) {
	const worlds, flows = 300, 100
	seed := rand.Uint64()
	d := dice{rand.New(rand.NewPCG(seed, 0))}
	allowed := 0
	for range worlds {
		w := d.world()
		content, err := cnp.Decode(w.document(), "")
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		n := newNetwork(Settings{AllowUnselected: d.IntN(2) == 0})
		if err := n.compile(content); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		once := n.back(t)
		twice := once.back(t)
		for range flows {
			f := d.flow(w)
			want := n.decide(f).Allowed
			if want {
				allowed++
			}
			if once.decide(f).Allowed != want || twice.decide(f).Allowed != want {
				t.Fatalf("seed %d: %+v: want %v, got %v and %v\n%s", seed, f, want, once.decide(f), twice.decide(f), w.document())
			}
		}
	}
	if allowed < worlds*flows/20 || allowed > worlds*flows*19/20 {
		t.Errorf("%d of %d are allowed, which shows little", allowed, worlds*flows)
	}
}
