package eventually

import "time"

// Limit is the time after which [Holds] gives up. It is far longer than anything takes on a busy machine.
const Limit = 20 * time.Second

// poll is the time between two looks.
const poll = 2 * time.Millisecond

// Test is a test: a *testing.T, *testing.B or *check.C.
type Test interface {
	Fatalf(format string, args ...any)
}

// Holds waits until a condition holds, and ends the test as failed if it does not within [Limit]. what says what the
// condition is.
func Holds(test Test, what string, condition func() bool) {
	if marked, ok := test.(interface{ Helper() }); ok {
		marked.Helper()
	}
	if !Within(Limit, condition) {
		test.Fatalf("not so within %s: %s", Limit, what)
	}
}

// Within waits until a condition holds, and reports whether it did within a time.
func Within(limit time.Duration, condition func() bool) bool {
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(poll) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
