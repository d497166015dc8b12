package processor

import (
	"os"
	"slices"
	"testing"
	"time"
)

func TestWhatIsNotIdleIsBusy(t *testing.T) {
	got, err := processors("cpu  100 20 30 400 50 6 7 8 0 0\ncpu0 1 2 3\n")
	if want := (Usage{total: 6210 * time.Millisecond, busy: 1710 * time.Millisecond}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := processors("cpu 1 2"); err == nil {
		t.Error("a line that is too short was taken")
	}
}

func TestWhatIsBusyAndNotOursIsOfOthers(t *testing.T) {
	before := Usage{total: 10, busy: 5, ours: 5}
	if got := (Usage{total: 30, busy: 20, ours: 10}).Others(before); got != 0.5 {
		t.Errorf("got %v", got)
	}
	if got := (Usage{total: 30, busy: 9, ours: 10}).Others(before); got != 0 {
		t.Errorf("got %v", got)
	}
}

func TestWeAreOfOurFamily(t *testing.T) {
	if pids, err := family(); err != nil || !slices.Contains(pids, os.Getpid()) {
		t.Errorf("got %v, %v", pids, err)
	}
}
