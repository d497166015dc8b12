//go:build wasip1

package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/proxylib/proxylib/npds"
)

// Times of a stream to a policy server.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 10 * time.Second
	// steady is how long a stream lasts if nothing is wrong, and silence after how much of it a server that says nothing is
	// reported.
	steady  = 30 * time.Second
	silence = 3 * time.Second
	// maxRefusing is the longest time that a server waits for a refusal, maxReplies how many replies wait for that at most.
	maxRefusing = time.Second
	maxReplies  = 64
)

// service is one service of a policy server, as its leader follows it, and the others what the leader shares.
type service struct {
	source   *source
	exchange *npds.Exchange
	// generation is the number of the version in force, of the leader with a term.
	term, generation uint64

	// stream is nil while there is none; it was opened at a time. The next one is opened after retry.
	stream        *grpcStream
	opened, retry time.Time
	backoff       time.Duration
	// replies are those that are not sent yet, in their order: refusals, which wait until refuseAt.
	replies         [][]byte
	refuseAt        time.Time
	refusingBackoff time.Duration
}

// begin prepares a leader for its first stream.
func (v *service) begin() {
	v.term, v.retry, v.backoff = v.source.term, time.Time{}, minBackoff
}

// end ends the stream of one that leads no more.
func (v *service) end() {
	if v.stream != nil {
		v.stream.cancel()
		v.stream = nil
		v.exchange.Abandoned()
	}
	v.replies = nil
}

// abandon ends the stream if a plugin owns it.
func (v *service) abandon(p *plugin) {
	if v.stream != nil && v.stream.owner == p {
		v.end()
		v.retry = time.Time{}
	}
}

// tick does what is due.
func (v *service) tick() {
	now := time.Now()
	switch {
	case v.stream == nil && !now.Before(v.retry):
		v.open(now)
	case v.stream == nil:
	case len(v.replies) > 0 && !now.Before(v.refuseAt):
		v.reply()
	case now.Sub(v.opened) > silence:
		v.exchange.Silent()
	}
}

func (v *service) open(now time.Time) {
	s := &grpcStream{owner: v.source.plugins[0], received: v.received, ended: v.ended}
	v.opened = now
	if err := s.open(v.source.cluster, v.exchange.Service(), v.exchange.Method()); err != nil {
		v.ended(err)
		return
	}
	v.stream = s
	v.send(v.exchange.Begin())
}

// send sends a message. A stream that takes none is ended.
func (v *service) send(message []byte) {
	if err := v.stream.send(message); err != nil {
		v.fail(err)
	}
}

// fail ends the stream.
func (v *service) fail(cause error) {
	v.stream.cancel()
	v.ended(cause)
}

// ended notes that there is no stream, and when the next one is opened: at a random time, as there may be many Envoys.
func (v *service) ended(cause error) {
	now := time.Now()
	if now.Sub(v.opened) >= steady {
		v.backoff = minBackoff
	}
	v.stream, v.replies = nil, nil
	v.retry = now.Add(v.backoff/2 + rand.N(v.backoff/2+1))
	v.backoff = min(2*v.backoff, maxBackoff)
	v.exchange.Lost(cause)
}

// received takes a message of the server's.
func (v *service) received(message []byte, length uint32) {
	if message == nil && length > 0 {
		v.fail(fmt.Errorf("policy is too large for a Wasm plugin: an update has %d bytes, and may have %d: have the server send less to this node",
			length, maxMessage))
		return
	}
	reply, refused, err := v.exchange.Receive(message)
	if err != nil {
		v.fail(err)
		return
	}
	v.replies = append(v.replies, reply)
	if refused {
		v.refuse()
	} else {
		v.refusingBackoff = 0
		v.reply()
	}
	v.generation++
	v.share(v.index())
	v.source.lead()
}

// refuse sends a refusal: the first of several in a row at once, the others later and later, as a server may send the same again.
// One that does so without waiting for them has its stream ended.
func (v *service) refuse() {
	switch {
	case v.refusingBackoff == 0:
		v.refusingBackoff = minBackoff
		v.reply()
	case len(v.replies) == 1:
		v.refuseAt = time.Now().Add(v.refusingBackoff)
		v.refusingBackoff = min(2*v.refusingBackoff, maxRefusing)
	case len(v.replies) > maxReplies:
		v.fail(errors.New("the policy server sends what is refused, and does not wait for the refusals"))
	}
}

// reply sends the replies.
func (v *service) reply() {
	replies := v.replies
	v.replies = nil
	for _, reply := range replies {
		if v.stream != nil {
			v.send(reply)
		}
	}
}

func (v *service) index() int {
	if v == v.source.services[0] {
		return 0
	}
	return 1
}

// share shares what is in force, for the term of the source.
func (v *service) share(index int) {
	b := binary.LittleEndian.AppendUint64(nil, v.generation)
	b = append(b, v.exchange.Share()...)
	if !setSharedData(v.source.keyOf(v.source.term, index), b, 0) {
		v.source.log.Error("policy cannot be shared with other threads: Envoy does not take it")
	}
}
