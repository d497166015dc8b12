//go:build e2e

package soak

import (
	"runtime"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/npds"
	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib/host"
	"github.com/proxylib/proxylib/test/faults"
)

// million is how many connections are opened and closed; warm of them come before the first look at the memory.
const (
	million = 1_000_000
	warm    = 100_000
)

func TestAMillionConnectionsThroughTheEngineLeaveNothingBehind(t *testing.T) {
	instance := newInstance(t)
	for _, d := range []*faults.Protocol{faults.R2D2, faults.Memcache} {
		t.Run(d.Parser, func(t *testing.T) {
			requests, _ := d.Round("a")
			connect := func(count int) {
				for n := range count {
					// Some end in the middle of a request, so that there are held bytes to be released.
					if err := converse(instance, d, requests[:len(requests)-n%15]); err != nil {
						t.Fatal(err)
					}
				}
			}
			connect(warm)
			goroutines, memory := runtime.NumGoroutine(), heap()
			connect(million)
			if now := runtime.NumGoroutine(); now > goroutines {
				t.Errorf("%d goroutines run, %d did before", now, goroutines)
			}
			if grown := heap() - memory; grown > faults.MiB {
				t.Errorf("%d bytes of memory are in use that were not before", grown)
			}
		})
	}
}

// newInstance is an instance with the policies of the tests, and no access log.
func newInstance(t *testing.T) *host.Instance {
	t.Helper()
	document, err := npds.CompileDocument([]byte(faults.PolicyText), policy.Registered())
	if err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(t.Output())
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store), Log: log})
	instance.Policies().Replace(document.Policies)
	return instance
}

// converse opens a connection, lets it judge requests, and closes it. Nothing denied may come through.
func converse(instance *host.Instance, d *faults.Protocol, requests string) error {
	conn, err := host.NewConnection(instance, d.Parser, host.ConnectionInfo{
		Id: 1, Ingress: true, SrcAddr: "127.0.0.1:1", DstAddr: "127.0.0.1:2", PolicyName: "127.0.0.1", Port: uint16(d.Port),
	})
	if err != nil {
		return err
	}
	engine := datapath.New(conn, datapath.Limits{})
	defer engine.Close()
	var plan datapath.Plan
	engine.Data(false, false, [][]byte{[]byte(requests)}, &plan)
	if plan.Leave || strings.Contains(string(plan.Out), "secret/") || !strings.Contains(string(plan.Out), "public/") {
		return &wrongPlan{string(plan.Out)}
	}
	return nil
}

type wrongPlan struct{ out string }

func (w *wrongPlan) Error() string { return "the server would get " + w.out }

// heap is the memory, in bytes, of what can still be reached.
func heap() int {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
