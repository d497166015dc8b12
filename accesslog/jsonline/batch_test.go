package jsonline

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// plainly makes entries more like those of almost all requests: nothing has to be escaped, and few are long.
func plainly(r *rand.Rand, e *accesslog.Entry) {
	e.Rule, e.Reason, e.Audit = []string{"", "rule", `a "rule" \`}[r.IntN(3)], []string{"", "no rule"}[r.IntN(2)], r.IntN(10) == 0
	if r.IntN(20) == 0 {
		flow := e.Flow.WithUser("somebody")
		e.Flow = &flow
	}
	long := strings.Repeat("k", r.IntN(2000))
	if l7, ok := e.L7.(*accesslog.Generic); ok && r.IntN(4) == 0 {
		e.L7 = l7.Add("long", long)
	}
	if e.Exchange != nil && e.Exchange.Reply != nil && r.IntN(4) == 0 {
		e.Exchange.Reply.Add("long", long)
	}
}

// lineOf is the line of an entry by its wire form.
func lineOf(t *testing.T, e *accesslog.Entry) []byte {
	t.Helper()
	var wire Encoder
	if !wire.Decode(e.Append(nil)) {
		return foreignLine(t, e)
	}
	line, ok := wire.Append(nil, 0)
	if !ok {
		t.Fatalf("%+v cannot be encoded", e)
	}
	return line
}

// foreignLine is the line of an entry by its message.
func foreignLine(t *testing.T, e *accesslog.Entry) []byte {
	t.Helper()
	var message cilium.LogEntry
	if err := proto.Unmarshal(e.Append(nil), &message); err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(Of(&message))
	if err != nil {
		t.Fatal(err)
	}
	return append(line, '\n')
}

func TestLinesOfABatchAreThoseOfItsEntries(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	var (
		batch Batch
		got   []byte
		plain int
	)
	for range 400 {
		var want []byte
		for range r.IntN(20) {
			e := entryOf(r)
			plainly(r, &e)
			if r.IntN(20) == 0 {
				e.L7 = accesslog.L7Of(&cilium.LogEntry_Kafka{Kafka: &cilium.KafkaLogEntry{ApiVersion: 7}})
			}
			if _, ok := e.Parts(); ok {
				plain++
			}
			// The first entries of a connection have no texts of it yet.
			for range 3 {
				batch.Add(&e)
				want = append(want, lineOf(t, &e)...)
			}
			// The batch keeps nothing of it.
			if l7, ok := e.L7.(*accesslog.Generic); ok {
				l7.Begin("another")
				l7.Add("x", strings.Repeat("x", 1000))
			}
		}
		if size := batch.Size(); size < len(want)/6 || size == 0 && len(want) > 0 || size > 2*len(want) {
			t.Fatalf("size %d of %d bytes", size, len(want))
		}
		if got = batch.Append(append(got[:0], "before"...), math.MaxInt); string(got) != "before"+string(want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		if batch.Size() != 0 || len(batch.Append(nil, math.MaxInt)) > 0 {
			t.Fatal("the batch is not empty")
		}
	}
	if plain < 1000 {
		t.Errorf("only %d entries were plain", plain)
	}
}

func TestWhatIsNoEntryIsLeftOut(t *testing.T) {
	flow := accesslog.NewFlow(accesslog.FlowInfo{Connection: 1})
	e := accesslog.Entry{Type: cilium.EntryType_Request, Flow: &flow, L7: accesslog.NewGeneric("test")}
	unknown := e
	unknown.Type = 9
	var batch Batch
	for _, e := range []*accesslog.Entry{&e, {L7: broken{}}, &unknown} {
		batch.Add(e)
	}
	want := append(lineOf(t, &e), foreignLine(t, &unknown)...)
	if got := batch.Append(nil, math.MaxInt); !bytes.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// broken is not a field of a message.
type broken struct{}

func (broken) AppendL7(b []byte) []byte { return append(b, 0xff) }

func TestTheSizeOfUsualLinesIsALittleMoreThanTheirs(t *testing.T) {
	flow := accesslog.NewFlow(accesslog.FlowInfo{
		Connection: 1234, Ingress: true, PolicyName: "127.0.0.1", Parser: "memcache",
		SourceAddress: "127.0.0.1:47111", DestinationAddress: "127.0.0.1:11211",
	})
	e := accesslog.Entry{
		Time: 1_700_000_000_123_456_789, Type: cilium.EntryType_Request, Rule: "inline", Flow: &flow, Request: 12345,
		L7: accesslog.NewGeneric("textmemcached").Add("command", "get").Add("keys", "a/12"),
	}
	exchange := e
	exchange.Exchange = &accesslog.Exchange{
		Status: cilium.ReplyStatus_Succeeded, RequestBytes: 28, ReplyBytes: 140, Latency: 123456,
		Reply: accesslog.NewGeneric("textmemcached").Add("status", "hit"),
	}
	for _, e := range []*accesslog.Entry{&e, &exchange} {
		var batch Batch
		batch.Add(e)
		if size, n := batch.Size(), len(lineOf(t, e)); size < n || size > n*5/4 {
			t.Errorf("size %d of %d bytes", size, n)
		}
	}
}

// What has to be escaped makes lines longer than the batch expects.
func TestLinesComeInPiecesOfALimitedLength(t *testing.T) {
	flow := accesslog.NewFlow(accesslog.FlowInfo{Connection: 1})
	var (
		batch     Batch
		got, want []byte
		longest   int
	)
	for n := range 20 {
		l7 := accesslog.NewGeneric("test").Add("key", strings.Repeat("\\", 10*n))
		e := accesslog.Entry{Type: cilium.EntryType_Request, Flow: &flow, L7: l7}
		batch.Add(&e)
		line := lineOf(t, &e)
		want, longest = append(want, line...), max(longest, len(line))
	}
	const most = 1000
	for batch.Size() > 0 {
		piece := batch.Append(nil, most)
		if len(piece) > most+longest || len(piece) <= most && batch.Size() > 0 {
			t.Fatalf("a piece of %d bytes", len(piece))
		}
		if got = append(got, piece...); len(got) > len(want) {
			break
		}
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestABatchAllocatesNothing(t *testing.T) {
	flow := accesslog.NewFlow(accesslog.FlowInfo{Connection: 1, PolicyName: "a", SourceAddress: "10.0.0.1:1"})
	user := flow.WithUser("somebody")
	e := accesslog.Entry{
		Time: 1, Type: cilium.EntryType_Request, Rule: "rule", L7: accesslog.NewGeneric("test").Add("key", "value"), Request: 1,
		Exchange: &accesslog.Exchange{Reply: accesslog.NewGeneric("test").Add("status", "hit")},
	}
	var (
		batch Batch
		lines []byte
	)
	fill := func() {
		for _, e.Rule = range [...]string{"rule", "another", "rule"} {
			for _, e.Flow = range [...]*accesslog.Flow{&flow, &flow, &user} {
				batch.Add(&e)
			}
		}
		lines = batch.Append(lines[:0], math.MaxInt)
	}
	fill()
	if allocs := testing.AllocsPerRun(100, fill); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
