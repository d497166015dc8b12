//go:build !wasip1

package npds

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// steady is the time that a connection lasts if nothing is wrong with it.
	steady = 30 * time.Second
	// maxRefusing is the longest time that a server waits for a refusal, unless an update takes long to look at. A server
	// that sends another update only then, and one that sends the same again at once, are both served.
	maxRefusing = time.Second
	// refusingShare is how much longer than the check of an update its refusal is delayed, so that a server that
	// sends it again and again cannot keep a processor busy.
	refusingShare = 4
)

// backoff is a time to wait that grows from one event to the next: first, then min, and twice as long each time up to max.
type backoff struct {
	first, min, max time.Duration
	next            time.Duration
}

func newBackoff(first, min, max time.Duration) *backoff {
	return &backoff{first: first, min: min, max: max, next: first}
}

// reset makes the next event the first.
func (b *backoff) reset() { b.next = b.first }

// wait waits for at least half of the time, or until the context ends. The jitter keeps many clients apart.
func (b *backoff) wait(ctx context.Context) {
	d := b.next
	b.next = min(max(2*d, b.min), b.max)
	sleep(ctx, d/2+rand.N(d/2+1))
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
