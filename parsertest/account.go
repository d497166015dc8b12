package parsertest

import (
	"fmt"

	"github.com/proxylib/proxylib/proxylib"
)

// account counts what has happened in one direction.
type account struct {
	// in are the bytes that arrived. passed and dropped are those that the parser gave a verdict on, arrived or not.
	in, passed, dropped int
	// dropping: the last verdict was DROP.
	dropping bool
	// injected are the bytes that went into the inject buffer, waiting those that are still there.
	injected, waiting int
}

// judged notes an operation.
func (a *account) judged(op proxylib.OpType, n int) {
	switch op {
	case proxylib.PASS:
		a.passed += n
		a.dropping = false
	case proxylib.DROP:
		a.dropped += n
		a.dropping = true
	}
}

// due is the number of bytes that must have gone out. Verdicts follow each other without a gap, so that only the last
// one can reach past what came.
func (a account) due() int {
	n := a.passed + a.injected - a.waiting
	if past := a.passed + a.dropped - a.in; past > 0 && !a.dropping {
		n -= past
	}
	return n
}

// unaccounted tells of bytes that went out although the parser neither passed nor injected them, or of such that did
// not go out although it did.
func (o outcome) unaccounted() string {
	for i, out := range [2]string{o.toServer, o.toClient} {
		due := o.accounts[i].due()
		if len(out) > due || len(out) < due && o.closed == "" {
			return fmt.Sprintf("  of the bytes that came from the %s, %d went out, want %d: %+v", side(i == 1), len(out), due,
				o.accounts[i])
		}
	}
	return ""
}
