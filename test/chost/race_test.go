//go:build e2e

package chost

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var raceLibrary = flag.String("race-library", "../../build/race/libproxylib.so", "the faulty library with the race detector")

// "make race" builds the library. Policies change meanwhile, and the access log is written.
func TestTheRaceDetectorFindsNothing(t *testing.T) {
	socket, policy := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "policy.yaml")
	receive(t, socket)
	text, err := os.ReadFile(policies)
	if err != nil {
		t.Fatal(err)
	}
	write := func(n int) {
		whole := fmt.Appendf(nil, "# %d\n%s", n, text)
		if err := errors.Join(os.WriteFile(policy+".new", whole, 0o600), os.Rename(policy+".new", policy)); err != nil {
			t.Error(err)
		}
	}
	write(0)
	t.Setenv("LD_USE_LOAD_BIAS", "1")
	p := startWith(t, built.plain, *raceLibrary)
	p.do("open policy-path=%s access-log-path=%s", policy, socket)

	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(60 * time.Millisecond):
				write(n)
			}
		}
	}()
	p.do("threads %s 8 4000", transcripts)
	close(stop)
	<-stopped
	if strings.Contains(p.log.String(), "DATA RACE") {
		t.Errorf("it has found:\n%s", p.log)
	}

	// A race that is there has to be found. The program then ends with a status of the detector's.
	p.mayFail = true
	p.try("threads %s 8 800", writeCase(t, "client RACE\\n\nto-server RACE\\n\n"))
	p.awaitLog(t, "DATA RACE")
}
