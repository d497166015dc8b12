package accesslog

import (
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
)

type QueueSuite struct{}

var _ = check.Suite(&QueueSuite{})

func flowOf(connection uint64) *Flow {
	info := info
	info.Connection = connection
	flow := NewFlow(info)
	return &flow
}

func (*QueueSuite) TestEntriesOfAConnectionKeepTheirOrder(c *check.C) {
	q := NewQueue(0, nil)
	flow := flowOf(3)
	for i := range 500 {
		q.Log(Entry{Time: int64(i + 1), Flow: flow})
	}
	next := uint64(1)
	n := q.Drain(func(entry []byte, lost uint64) {
		c.Check(decode(c, entry).Timestamp, check.Equals, next)
		c.Check(lost, check.Equals, uint64(0))
		next++
	})
	c.Check(n, check.Equals, 500)
	c.Check(q.Drain(nil), check.Equals, 0)
	c.Check(q.Stats(), check.Equals, QueueStats{Logged: 500})
}

func (*QueueSuite) TestAnEntryWithoutFlowIsTaken(c *check.C) {
	q := NewQueue(0, nil)
	q.Log(Entry{Time: 5})
	c.Check(q.Drain(func(entry []byte, _ uint64) { c.Check(decode(c, entry).Timestamp, check.Equals, uint64(5)) }),
		check.Equals, 1)
}

func (*QueueSuite) TestAFullQueueDropsAndReportsWithTheNextEntry(c *check.C) {
	q := NewQueue(1, nil)
	flow := flowOf(1)
	const sent = 1000
	for range sent {
		q.Log(Entry{Flow: flow})
	}
	stats := q.Stats()
	c.Check(stats.Logged > 0 && stats.Lost > 0, check.Equals, true)
	c.Check(stats.Logged+stats.Lost, check.Equals, uint64(sent))
	q.Drain(func(_ []byte, lost uint64) { c.Check(lost, check.Equals, uint64(0)) })

	q.Log(Entry{Flow: flowOf(2)})
	q.Log(Entry{Flow: flowOf(2)})
	var reported []uint64
	q.Drain(func(_ []byte, lost uint64) { reported = append(reported, lost) })
	c.Check(reported, check.DeepEquals, []uint64{stats.Lost, 0})
}

func (*QueueSuite) TestTheCountOfLostEntriesIsGivenOnce(c *check.C) {
	q := NewQueue(1, nil)
	for range 1000 {
		q.Log(Entry{})
	}
	c.Check(q.TakeLost(), check.Equals, q.Stats().Lost)
	c.Check(q.TakeLost(), check.Equals, uint64(0))
	q.Drain(func([]byte, uint64) {})
	q.Log(Entry{})
	q.Drain(func(_ []byte, lost uint64) { c.Check(lost, check.Equals, uint64(0)) })
}

func (*QueueSuite) TestMemoryStaysWithinTheBound(c *check.C) {
	const bound = 1 << 20
	q := NewQueue(bound, nil)
	for range 3 {
		for i := range 20000 {
			q.Log(Entry{Flow: flowOf(uint64(i)), L7: NewGeneric("protocol")})
		}
		q.Drain(func([]byte, uint64) {})
	}
	total := cap(q.spare)
	for i := range q.shards {
		total += cap(q.shards[i].buf)
	}
	c.Check(total <= bound, check.Equals, true, check.Commentf("%d bytes", total))
	c.Check(total > bound/2, check.Equals, true, check.Commentf("the test does not fill the queue: %d bytes", total))
}

func (*QueueSuite) TestAnIdleQueueHoldsNoBuffers(c *check.C) {
	q := NewQueue(0, nil)
	q.Drain(nil)
	for i := range q.shards {
		c.Check(q.shards[i].buf, check.IsNil)
	}
}

func (*QueueSuite) TestConsecutiveAndAlignedConnectionsSpreadOverTheShards(c *check.C) {
	for _, step := range []uint64{1, 8, 16, 64, 4096} {
		q := NewQueue(0, nil)
		used := map[*shard]bool{}
		for i := range uint64(64) {
			used[q.shardOf(flowOf(i*step))] = true
		}
		c.Check(len(used) >= shardCount/2, check.Equals, true, check.Commentf("step %d: %d shards", step, len(used)))
	}
}

func (*QueueSuite) TestOnlyADrainerThatIsIdleIsWoken(c *check.C) {
	wakes := 0
	q := NewQueue(0, func() { wakes++ })
	q.Log(Entry{})
	c.Check(wakes, check.Equals, 0)
	q.Idle()
	q.Log(Entry{})
	c.Check(wakes, check.Equals, 1)
	q.Log(Entry{})
	c.Check(wakes, check.Equals, 1)
}

func (*QueueSuite) TestABufferWakesOnceBeforeItIsFull(c *check.C) {
	wakes, left := 0, 0
	q := NewQueue(0, nil)
	q.wake = func() { wakes++; left = q.limit - len(q.shardOf(flowOf(1)).buf) }
	flow := flowOf(1)
	for range 5000 {
		q.Log(Entry{Flow: flow})
	}
	c.Check(q.Stats().Lost > 0, check.Equals, true)
	c.Check(wakes, check.Equals, 1)
	c.Check(left > q.limit*2/3, check.Equals, true, check.Commentf("%d bytes were left", left))
}

type broken struct{}

func (broken) AppendL7([]byte) []byte { panic("broken") }

func (*QueueSuite) TestAPanicOfTheL7PartLeavesTheQueueWell(c *check.C) {
	q := NewQueue(0, nil)
	q.Log(Entry{Time: 1})
	c.Check(func() { q.Log(Entry{Time: 2, L7: broken{}}) }, check.PanicMatches, "broken")
	q.Log(Entry{Time: 3})
	var times []uint64
	q.Drain(func(entry []byte, _ uint64) { times = append(times, decode(c, entry).Timestamp) })
	c.Check(times, check.DeepEquals, []uint64{1, 3})
}

func (*QueueSuite) TestManyProducersLoseNothingUncounted(c *check.C) {
	const producers, each = 8, 5000
	q := NewQueue(256<<10, nil)
	var drained, lost uint64
	last := map[uint32]uint64{}
	take := func(entry []byte, n uint64) {
		e := new(cilium.LogEntry)
		c.Check(proto.Unmarshal(entry, e), check.IsNil)
		c.Check(e.Timestamp > last[e.SourceSecurityId], check.Equals, true)
		last[e.SourceSecurityId] = e.Timestamp
		drained++
		lost += n
	}
	var running sync.WaitGroup
	for p := range producers {
		running.Go(func() {
			flow := NewFlow(FlowInfo{Connection: uint64(p), SourceID: uint32(p + 1)})
			l7 := NewGeneric("p").Add("k", "a value of some length")
			for i := range each {
				q.Log(Entry{Time: int64(i + 1), Flow: &flow, L7: l7})
			}
		})
	}
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	for stopped := false; !stopped; {
		select {
		case <-done:
			stopped = true
		default:
		}
		q.Drain(take)
	}
	// What was lost last is reported by an entry that is logged now.
	q.Log(Entry{Time: 1})
	q.Drain(take)
	c.Check(q.Stats(), check.Equals, QueueStats{Logged: drained, Lost: lost})
	c.Check(drained+lost, check.Equals, uint64(producers*each+1))
}

func (*QueueSuite) TestLogAllocatesNothing(c *check.C) {
	q := NewQueue(0, nil)
	e := Entry{Time: 1, Rule: "rule", Flow: flowOf(1), L7: NewGeneric("memcache").Add("key", "shop/1234")}
	round := func() {
		for range 200 {
			q.Log(e)
		}
		q.Drain(func([]byte, uint64) {})
	}
	round()
	round()
	c.Check(testing.AllocsPerRun(50, round), check.Equals, 0.0)
	for range 5000 {
		q.Log(e)
	}
	c.Check(q.Stats().Lost > 0, check.Equals, true)
	c.Check(testing.AllocsPerRun(50, func() { q.Log(e) }), check.Equals, 0.0, check.Commentf("when full"))
}

// benchmarkEntry makes an entry as parsers do.
func benchmarkEntry(flow *Flow, g *Generic) Entry {
	g.Begin("memcache")
	g.AddConstant(benchmarkCommand).AddBytes(benchmarkKey, []byte("shop/basket/1234567"))
	return Entry{Time: 1700000000123456789, Rule: "rule", Flow: flow, L7: g}
}

var benchmarkCommand, benchmarkKey = NewConstant("command", "get"), NewKey("key")

func BenchmarkAppend(b *testing.B) {
	var g Generic
	flow := flowOf(1)
	buf := make([]byte, 0, recordSpace)
	b.ReportAllocs()
	for b.Loop() {
		buf = benchmarkEntry(flow, &g).Append(buf[:0])
	}
}

func BenchmarkLog(b *testing.B) {
	q := NewQueue(0, nil)
	var g Generic
	flow := flowOf(1)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		q.Log(benchmarkEntry(flow, &g))
		if n++; n%1000 == 0 {
			q.Drain(func([]byte, uint64) {})
		}
	}
}

func BenchmarkLogParallel(b *testing.B) {
	q := NewQueue(0, nil)
	var mu sync.Mutex
	connections := uint64(0)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		mu.Lock()
		connections++
		flow := flowOf(connections)
		mu.Unlock()
		var g Generic
		for n := 1; pb.Next(); n++ {
			q.Log(benchmarkEntry(flow, &g))
			if n%1000 == 0 && mu.TryLock() {
				q.Drain(func([]byte, uint64) {})
				mu.Unlock()
			}
		}
	})
}
