//go:build e2e

package oracle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	duration = flag.Duration("duration", 10*time.Second, "how long to send new streams to each kind of server")
	streams  = flag.Uint64("streams", 0, "how many new streams to send, in the place of a duration")
	servers  = flag.Int("servers", 4, "how many servers of a kind to send them to at once")
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

// batch is how many streams are sent before the server is asked, where a filter does not say otherwise.
const batch = 50

// hunt sends the kept streams, and then new ones until the time is over or all have been sent, to several servers.
func hunt(t *testing.T, name string, f *filter, start func() oracle, generate func(r *rand.Rand) []byte) {
	t.Helper()
	again(t, name, f, start())
	share := max(f.shares, 1)
	h := &hunting{f: f, generate: generate, until: time.Now().Add(*duration / time.Duration(share)), streams: *streams / uint64(share)}
	h.next.Store(*seed)
	var all sync.WaitGroup
	for range *servers {
		o := start()
		all.Go(func() { h.run(o) })
	}
	all.Wait()
	if found := h.found.Load(); found != nil {
		blame(t, name, f, start(), found.group, found.cause)
	}
	t.Logf("%d streams from seed %d, no forbidden effect", h.sent.Load(), *seed)
}

// huntOne is as hunt with one server, for one part of the time, or of the streams, out of as many as share says.
func huntOne(t *testing.T, name string, f *filter, o oracle, generate func(r *rand.Rand) []byte, share int) {
	t.Helper()
	again(t, name, f, o)
	h := &hunting{f: f, generate: generate, until: time.Now().Add(*duration / time.Duration(share)), streams: *streams / uint64(share)}
	h.next.Store(*seed)
	h.run(o)
	if found := h.found.Load(); found != nil {
		blame(t, name, f, o, found.group, found.cause)
	}
	t.Logf("%d streams from seed %d, no forbidden effect", h.sent.Load(), *seed)
}

// again sends the kept streams, each cut in different ways.
func again(t *testing.T, name string, f *filter, o oracle) {
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
}

// hunting is a hunt under way.
type hunting struct {
	f        *filter
	generate func(r *rand.Rand) []byte
	until    time.Time
	// streams is how many to send; 0 for as long as there is time.
	streams uint64
	// next is the seed of the next stream; sent counts the streams that have been sent and judged.
	next, sent atomic.Uint64
	found      atomic.Pointer[finding]
}

// finding is a group of streams that has had an effect.
type finding struct {
	group []streamOf
	cause error
}

func (h *hunting) run(o oracle) {
	for h.found.Load() == nil && !h.over() {
		n := cmp.Or(h.f.batch, batch)
		group := make([]streamOf, n)
		first := h.next.Add(n) - n
		for i := range group {
			number := first + uint64(i)
			group[i] = streamOf{number, h.generate(rand.New(rand.NewPCG(number, 0)))}
		}
		if err := try(h.f, o, group...); err != nil {
			h.found.Store(&finding{group, err})
			return
		}
		h.sent.Add(n)
	}
}

func (h *hunting) over() bool {
	if h.streams > 0 {
		return h.next.Load()-*seed >= h.streams
	}
	return time.Now().After(h.until)
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
	c := client{filter: f, addr: o.addr()}
	defer c.close()
	for i, s := range group {
		reply, err := c.pass(s.stream, rand.New(rand.NewPCG(s.seed, 1)), i == len(group)-1)
		if err != nil {
			return fmt.Errorf("seed %d: %w", s.seed, err)
		}
		if bytes.Contains(reply, o.secret()) {
			return fmt.Errorf("seed %d: the client has received a secret: %.300q", s.seed, reply)
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
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, s.stream, 0o644)); err != nil {
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
