package guest

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// slack is how late, in nanoseconds, the calling thread may be woken.
func slack(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/timerslack_ns", unix.Gettid()))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAThreadThatSomebodyWaitsForIsWokenInTime(t *testing.T) {
	const late, inTime = 4_000_000, 100_000
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread ends with the goroutine.
		runtime.LockOSThread()
		// This is what a thread of Go has in the process of a host.
		if err := unix.Prctl(unix.PR_SET_TIMERSLACK, late, 0, 0, 0); err != nil || slack(t) != late {
			t.Errorf("the slack is %d ns, %v", slack(t), err)
		}
		WakeInTime()
		if n := slack(t); n > inTime {
			t.Errorf("afterwards it may be woken %d ns late", n)
		}
	}()
	<-done
}
