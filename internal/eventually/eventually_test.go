package eventually

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// failure is a test that notes why it failed.
type failure string

func (f *failure) Fatalf(format string, args ...any) { *f = failure(fmt.Sprintf(format, args...)) }

func TestAConditionIsWaitedForUntilItHoldsOrTheTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		Holds(t, "three seconds are over", func() bool { return time.Since(begin) >= 3*time.Second })
		if waited := time.Since(begin); waited > 3*time.Second+poll {
			t.Errorf("waited %s", waited)
		}
		var failed failure
		Holds(&failed, "never", func() bool { return false })
		if failed != "not so within 20s: never" {
			t.Errorf("got %q", failed)
		}
	})
}
