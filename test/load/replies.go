package main

import (
	"bytes"
	"fmt"
)

// replies checks what a server sends against what it owes: the replies to the items in turn, from next on, each byte
// for byte.
type replies struct {
	items []item
	next  int
	// offset is how much of the next reply has come.
	offset int
}

// take checks bytes that have come while the server owes some replies, and returns how many of those they complete.
func (r *replies) take(got []byte, owed int) (done int, err error) {
	for len(got) > 0 {
		if done == owed {
			return done, fmt.Errorf("%q came after the last reply", abridged(got))
		}
		want := r.items[r.next].reply[r.offset:]
		n := min(len(want), len(got))
		if !bytes.Equal(want[:n], got[:n]) {
			return done, fmt.Errorf("at offset %d of the reply about %s came %q, want %q",
				r.offset, r.items[r.next].key, abridged(got), abridged(want))
		}
		got = got[n:]
		if r.offset += n; n == len(want) {
			r.next, r.offset = (r.next+1)%len(r.items), 0
			done++
		}
	}
	return done, nil
}

func abridged(b []byte) []byte { return b[:min(len(b), 64)] }
