//go:build e2e

package httpfilters

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestThreadsOfGoTakeNoProcessorFromThoseOfEnvoy(t *testing.T) {
	o := serve(t, nil)
	p := start(t, t.TempDir(), trial(t, nil, ""), map[string]string{"8001": o.port()})
	p.mustAsk(client(t, false), "GET", "/x", nil, "X-Do", "wait")
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.process.PID()))
	if err != nil {
		t.Fatal(err)
	}
	// The runtime starts more than two threads of its own at once. Those of Envoy are the main one and its workers.
	behind, own := 0, 0
	for _, thread := range threads {
		name, err := os.ReadFile(thread + "/comm")
		if err != nil {
			t.Fatal(err)
		}
		policy := schedulingOf(t, thread)
		switch {
		case strings.HasPrefix(string(name), "wrk:"), filepath.Base(thread) == strconv.Itoa(p.process.PID()):
			if own++; policy != scheduledNormally {
				t.Errorf("%s: %q of Envoy has the policy %d", thread, name, policy)
			}
		case policy == scheduledAsBatch:
			behind++
		}
	}
	if behind < 2 || own < 2 {
		t.Errorf("of %d threads %d come after those of Envoy, %d are Envoy's", len(threads), behind, own)
	}
}

// Policies of the kernel.
const (
	scheduledNormally = 0
	scheduledAsBatch  = 3
)

// schedulingOf is the policy by which the kernel schedules a thread: the 41st field of its stat file.
func schedulingOf(t *testing.T, thread string) (policy int) {
	t.Helper()
	text, err := os.ReadFile(thread + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 39 {
		t.Fatalf("%s: %q", thread, text)
	}
	if _, err := fmt.Sscan(fields[38], &policy); err != nil {
		t.Fatal(err)
	}
	return policy
}
