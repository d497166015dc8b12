package sink

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

const (
	producers = 2
	// producedConnections is how many connections each producer logs for in turn.
	producedConnections = 8
	// tick is how often a producer makes what is due.
	tick = time.Millisecond
)

// produce logs n entries in pairs as parser memcache makes them for a get, at each call of due as many as it answers.
func produce(queue *accesslog.Queue, number, n int, due func(done int) int) {
	var flows [producedConnections]accesslog.Flow
	for i := range flows {
		flows[i] = accesslog.NewFlow(accesslog.FlowInfo{
			Connection: uint64(number*producedConnections + i), Ingress: true, PolicyName: "10.0.0.1", ProxyID: 1, SourceID: 7,
			DestinationID: 1, SourceAddress: "10.0.0.2:34567", DestinationAddress: "10.0.0.1:11211",
		})
	}
	var entry accesslog.Generic
	command, status := accesslog.NewConstant("command", "get"), accesslog.NewConstant("status", "hit")
	keys, bytes := accesslog.NewKey("keys"), accesslog.NewKey("bytes")
	key := []byte("fleet/falcon")
	for done := 0; done < n; {
		now := time.Now().UnixNano()
		for burst := min(due(done), n-done); burst > 0; burst-- {
			e := accesslog.Entry{Time: now, Type: cilium.EntryType_Request, Flow: &flows[done/2%len(flows)], L7: &entry}
			entry.Begin("textmemcached")
			entry.AddConstant(command)
			if done%2 == 0 {
				e.Rule = "fleet"
				entry.AddBytes(keys, key)
			} else {
				e.Type = cilium.EntryType_Response
				entry.AddConstant(status).AddNumber(bytes, 10)
			}
			queue.Log(e)
			done++
			now++
		}
	}
}

// paced answers how many entries are due at a rate a second, and sleeps while there are none.
func paced(rate int) func(done int) int {
	begun := time.Now()
	return func(done int) int {
		for {
			if due := int(time.Since(begun).Seconds()*float64(rate)) - done; due > 0 {
				return due
			}
			time.Sleep(tick)
		}
	}
}

// run is what came of entries that were made at a pace.
type run struct {
	accepted  float64
	lost      uint64
	processor time.Duration
}

// writeFile has two threads make n entries at a rate a second for a file. It fails unless every one is a line in the file or
// counted as lost.
func writeFile(b *testing.B, queueBytes, rate, n int) run {
	b.Helper()
	path := filepath.Join(b.TempDir(), "log")
	l, err := Open(Config{File: path, QueueBytes: queueBytes})
	if err != nil {
		b.Fatal(err)
	}
	begun, before := time.Now(), processorTime(b)
	var running sync.WaitGroup
	for number := range producers {
		running.Go(func() { produce(l.Queue(), number, n/producers, paced(rate/producers)) })
	}
	running.Wait()
	took := time.Since(begun)
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	r := run{float64(l.Queue().Stats().Logged) / took.Seconds(), l.Stats()[path].Lost, processorTime(b) - before}
	made, lines, delivered := uint64(n/producers*producers), linesIn(b, path), l.Stats()[path].Delivered
	if lines != delivered || delivered+r.lost != made {
		b.Fatalf("%d entries: %d lines, %d delivered, %d lost", made, lines, delivered, r.lost)
	}
	if err := os.Remove(path); err != nil {
		b.Fatal(err)
	}
	return r
}

// BenchmarkFile writes lines of JSON to a file for a second, by default and with a larger queue. cpu-ns/entry is the
// processor time of the process, the making of the entries included.
func BenchmarkFile(b *testing.B) {
	for _, rate := range []int{500_000, 1_000_000} {
		for _, queue := range []int{4, 16} {
			b.Run(fmt.Sprintf("entries=%d/queue=%dMiB", rate, queue), func(b *testing.B) {
				var sum run
				for range b.N {
					r := writeFile(b, queue<<20, rate, rate)
					sum.accepted, sum.lost, sum.processor = sum.accepted+r.accepted, sum.lost+r.lost, sum.processor+r.processor
				}
				b.ReportMetric(sum.accepted/float64(b.N), "accepted/s")
				b.ReportMetric(float64(sum.lost)/float64(b.N), "lost/op")
				b.ReportMetric(float64(sum.processor.Nanoseconds())/float64(b.N*rate), "cpu-ns/entry")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// BenchmarkFileMost raises the rate by steps, for a quarter of a second each, until an entry is lost.
func BenchmarkFileMost(b *testing.B) {
	const step = 100_000
	for _, queue := range []int{4, 16} {
		b.Run(fmt.Sprintf("queue=%dMiB", queue), func(b *testing.B) {
			sum := 0
			for range b.N {
				rate := step
				for writeFile(b, queue<<20, rate, rate/4).lost == 0 {
					rate += step
				}
				sum += rate - step
			}
			b.ReportMetric(float64(sum/b.N), "lossless/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// processorTime is what the process has used.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func linesIn(b *testing.B, path string) (lines uint64) {
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	for piece := make([]byte, 1<<16); ; {
		n, err := file.Read(piece)
		lines += uint64(bytes.Count(piece[:n], newline))
		if err == io.EOF {
			return lines
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
