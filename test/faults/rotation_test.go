//go:build e2e

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// rotate runs logrotate on the log file, with directives of its own.
func (s *Setup) rotate(directives string) {
	s.TB.Helper()
	configuration := fmt.Sprintf("%s {\n\trotate 9\n\tmissingok\n\t%s\n}\n", s.LogFile, directives)
	path := s.path("logrotate.conf")
	if err := os.WriteFile(path, []byte(configuration), 0o644); err != nil {
		s.TB.Fatal(err)
	}
	command := exec.Command("logrotate", "--force", "--state", s.path("logrotate.state"), path)
	command.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin")
	if text, err := command.CombinedOutput(); err != nil {
		s.TB.Fatalf("logrotate: %v\n%s", err, text)
	}
}

// rotated counts the entries of the log file and of the first n that were rotated away.
func (s *Setup) rotated(n int) func() Entries {
	return func() Entries {
		all := s.LogEntries()
		for i := 1; i <= n; i++ {
			all = all.Add(s.FileEntries(fmt.Sprintf("%s.%d", s.LogFile, i)))
		}
		return all
	}
}

// Without a signal: the library sees that the file was replaced.
func TestALogThatIsRotatedUnderLoadLosesNothing(t *testing.T) {
	for name, directives := range map[string]string{"created by logrotate": "create 0600", "created by the library": "nocreate"} {
		t.Run(name, func(t *testing.T) {
			s, cache := beforeMemcached(t, nil)
			load := s.StartLoad(clients)
			const rotations = 2
			for range rotations {
				load.Goes(rounds)
				s.rotate(directives)
				s.Eventually("entries go to the new file", func() bool {
					file, err := os.Stat(s.LogFile)
					return err == nil && file.Size() > 0
				})
			}
			load.Goes(rounds)
			load.Stop()
			s.Agree(s.rotated(rotations))
			cache.requireSets()
		})
	}
}

// While logrotate copies and then cuts the file, lines that come in between are lost; so nothing is logged meanwhile.
func TestALogThatIsCopiedAndCutGoesOnAtItsBeginning(t *testing.T) {
	s, cache := beforeMemcached(t, nil)
	load := s.StartLoad(clients)
	load.Goes(rounds)
	load.Stop()
	s.Agree(s.rotated(0))
	s.rotate("copytruncate")
	s.Serves()
	s.Agree(s.rotated(1))
	if s.LogEntries().Requests == 0 {
		t.Error("nothing is in the file that was cut")
	}
	cache.requireSets()
}
