//go:build e2e

package oracle

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var (
	duration = flag.Duration("duration", 10*time.Second, "how long to send new streams to each server")
	seed     = flag.Uint64("seed", uint64(time.Now().UnixNano()), "where to begin with the streams")
)

// oracle is a server that can be asked what it has done.
type oracle interface {
	// addr is where it listens.
	addr() string
	// reset makes the state that forbidden requests would change. It is called before streams are sent.
	reset() error
	// effects tells what has happened since that only a forbidden request can have done; nil for nothing.
	effects() error
	// secret is what no reply to a client may contain.
	secret() []byte
}

// batch is how many streams are sent before the server is asked.
const batch = 50

// hunt sends the kept streams, and then new ones until the time is over.
func hunt(t *testing.T, name string, f *filter, o oracle, generate func(r *rand.Rand) []byte) {
	t.Helper()
	for _, path := range kept(t, name) {
		stream, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for cuts := range uint64(20) {
			if err := try(f, o, streamOf{cuts, stream}); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
	streams := 0
	for deadline, next := time.Now().Add(*duration), *seed; time.Now().Before(deadline); streams += batch {
		group := make([]streamOf, batch)
		for i := range group {
			group[i] = streamOf{next, generate(rand.New(rand.NewPCG(next, 0)))}
			next++
		}
		if err := try(f, o, group...); err != nil {
			blame(t, name, f, o, group, err)
		}
	}
	t.Logf("%d streams from seed %d, no forbidden effect", streams, *seed)
}

// streamOf is a stream and the number that it, or the way it is cut, comes from.
type streamOf struct {
	seed   uint64
	stream []byte
}

// try sends streams and tells what they have done that they must not.
func try(f *filter, o oracle, group ...streamOf) error {
	if err := o.reset(); err != nil {
		return fmt.Errorf("prepare the server: %w", err)
	}
	for _, s := range group {
		reply, err := f.pass(s.stream, rand.New(rand.NewPCG(s.seed, 1)), o.addr())
		if err != nil {
			return fmt.Errorf("seed %d: %w", s.seed, err)
		}
		if bytes.Contains(reply, o.secret()) {
			return fmt.Errorf("seed %d: the client was told a secret: %.300q", s.seed, reply)
		}
	}
	return o.effects()
}

// blame finds the stream of a group that has done it, keeps it, and ends the test.
func blame(t *testing.T, name string, f *filter, o oracle, group []streamOf, cause error) {
	t.Helper()
	for _, s := range group {
		err := try(f, o, s)
		if err == nil {
			continue
		}
		path := filepath.Join("testdata", "streams", fmt.Sprintf("%s-%x", name, sha256.Sum256(s.stream))[:len(name)+17])
		if err := os.WriteFile(path, s.stream, 0o644); err != nil {
			t.Error(err)
		}
		t.Fatalf("seed %d, kept as %s: %v\n%q", s.seed, path, err, s.stream)
	}
	t.Fatalf("seeds %d to %d, together but none of them alone: %v", group[0].seed, group[len(group)-1].seed, cause)
}

func kept(t *testing.T, name string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "streams", name+"-*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
