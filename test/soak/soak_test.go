//go:build e2e

package soak

import (
	"flag"
	"path/filepath"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/faults"

	"github.com/proxylib/proxylib/internal/xdstest"
)

var (
	version  = flag.String("envoy", "1.40.0", "release of Envoy to test in")
	duration = flag.Duration("duration", time.Minute, "how long the load on Envoy lasts")
)

const (
	// changes is how often policy server and receiver are replaced, and the memory is looked at.
	changes = 30
	// The first of them, in which caches and buffers reach their size, are the measure for the rest.
	warmUp = changes / 3
	// growth is the memory, in bytes, that Envoy may take more after that.
	growth = 32 * faults.MiB
)

func TestEnvoyDoesNotGrowWhileEverythingComesAndGoes(t *testing.T) {
	s := faults.NewSetup(t, faults.Memcache)
	policies, log := filepath.Join(s.Dir, "xds"), filepath.Join(s.Dir, "log")
	server := faults.ServePolicies(t, policies, faults.Once(xdstest.Resources(t, faults.PolicyText)))
	receiver := faults.Receive(t, log)
	settings := s.Settings()
	settings["policy"], settings["access_log"] = faults.Settings{"xds": policies}, faults.Settings{"socket": log}
	s.Start(*version, s.StartMemcached().Addr, settings)
	s.Eventually("the policies are in force", func() bool { return server.Accepted.Load() == 1 })

	lasting, churning := s.StartLoad(8), s.StartChurn(8, 3)
	var received faults.Entries
	usual, most := usage{}, usage{}
	for n := range changes {
		time.Sleep(*duration / changes)
		server.Kill()
		received = received.Add(receiver.Kill())
		server = faults.ServePolicies(t, policies, faults.Once(xdstest.Resources(t, faults.PolicyText)))
		receiver = faults.Receive(t, log)

		now := usage{s.Resident(), s.Files()}
		t.Logf("%v: %d MiB, %d files, %d connections, %d rounds", (*duration * time.Duration(n+1) / changes),
			now.memory/faults.MiB, now.files, s.Counter("connections"), s.Complete())
		if n < warmUp {
			usual = usual.max(now)
		}
		most = most.max(now)
	}
	churning.Stop()
	lasting.Stop()
	most.requireLike(t, usual)
	s.Eventually("the receivers know of all entries", func() bool {
		s.Serves()
		time.Sleep(500 * time.Millisecond)
		return received.Add(receiver.Entries()).Total() == s.Complete()*s.Protocol.Entries()
	})
	s.Agree(func() faults.Entries { return received.Add(receiver.Entries()) })
}

// usage is what Envoy takes of the machine: resident memory in bytes, open files.
type usage struct{ memory, files int }

func (u usage) max(other usage) usage {
	return usage{max(u.memory, other.memory), max(u.files, other.files)}
}

func (u usage) requireLike(t *testing.T, usual usage) {
	t.Helper()
	if u.memory > usual.memory+growth {
		t.Errorf("Envoy has come to take %d MiB, after %d MiB at first", u.memory/faults.MiB, usual.memory/faults.MiB)
	}
	// The connections of 16 clients, each with one to the server, may be open twice while they change.
	if u.files > usual.files+64 {
		t.Errorf("Envoy has come to have %d open files, after %d at first", u.files, usual.files)
	}
}
