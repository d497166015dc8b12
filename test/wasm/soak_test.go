//go:build e2e

package wasm

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var soakTime = flag.Duration("duration", 20*time.Second, "how long the soak lasts")

// use is the memory of an Envoy in bytes: what is resident, and the memories of its virtual machines.
type use struct {
	resident int
	machines []int
}

// inUse reads the memory of a process.
func inUse(t *testing.T, pid int) (u use) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Fatal(err)
	}
	var size int
	if _, err := fmt.Sscan(string(text), &size, &u.resident); err != nil {
		t.Fatal(err)
	}
	u.resident *= os.Getpagesize()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	u.machines = machineMemories(maps)
	return u
}

// machineMemories returns the lengths of memories of WebAssembly: each is at the beginning of gigabytes of reserved addresses.
func machineMemories(maps io.Reader) (list []int) {
	const reserved = 1 << 30
	var before struct{ end, length uint64 }
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var start, end uint64
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &start, &end, &mode); err != nil {
			continue
		}
		if mode == "---p" && start == before.end && end-start >= reserved {
			list = append(list, int(before.length))
		}
		before.end, before.length = 0, 0
		if mode == "rw-p" {
			before.end, before.length = end, end-start
		}
	}
	slices.Sort(list)
	return list
}

// Connections come and go, with long values, denials and garbage, for as long as -duration says. Memory that a virtual machine has got
// once is never returned, so that it must not grow
// much after the first third.
func TestSoakLeavesTheMemoryOfVirtualMachinesAsItIs(t *testing.T) {
	const clients, rounds, samples, growth, machineGrowth = 8, 100, 30, 32 << 20, 8 << 20
	plugin := inline("memcache", []config{{"command": "get", "keyPrefix": "public/"}, {"command": "set", "keyPrefix": "public/"}})
	plugin["parser_config"], plugin["access_log"] = config{"auth": "none"}, config{"envoy": true, "verdicts": []string{"denied"}}
	f := start(t, memcached(t), plugin)
	value := strings.Repeat("v", 20_000)
	set := fmt.Sprintf("set public/a 0 0 %d\r\n%s\r\n", len(value), value)
	got := fmt.Sprintf("VALUE public/a 0 %d\r\n%s\r\nEND\r\n", len(value), value)
	var connections, refused atomic.Uint64
	var running sync.WaitGroup
	stop := make(chan struct{})
	for range clients {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				p := f.dial()
				for range rounds {
					p.say(set+"get public/a\r\n", "STORED\r\n"+got)
				}
				p.say("get secret\r\n", refusal)
				p.conn.Close()
				p = f.dial()
				p.say("get public/a\x00b\r\n", "CLIENT_ERROR bad command line format\r\n")
				if _, err := io.ReadAll(p.in); err == nil {
					refused.Add(1)
				}
				p.conn.Close()
				connections.Add(1)
			}
		})
	}
	var usual, most use
	for n := range samples {
		time.Sleep(*soakTime / samples)
		now := inUse(t, f.proxy.PID())
		t.Logf("%v: %d MiB resident, virtual machines of %v KiB, %d connections", *soakTime*time.Duration(n+1)/samples, now.resident>>20,
			kibibytes(now.machines), 2*connections.Load())
		if len(now.machines) < 3 {
			t.Fatal("the memories of the virtual machines are not found")
		}
		if n < samples/3 {
			usual = use{max(usual.resident, now.resident), now.machines}
		}
		most = use{max(most.resident, now.resident), now.machines}
	}
	close(stop)
	running.Wait()
	if most.resident > usual.resident+growth {
		t.Errorf("Envoy has come to take %d MiB, after %d MiB at first", most.resident>>20, usual.resident>>20)
	}
	if slices.Max(most.machines) > slices.Max(usual.machines)+machineGrowth {
		t.Errorf("virtual machines have grown from %v to %v KiB", kibibytes(usual.machines), kibibytes(most.machines))
	}
	counters, err := f.proxy.Counters("proxylib.memcache")
	if n := connections.Load(); err != nil || counters["wasmcustom.proxylib.memcache.passed"] != 2*rounds*n ||
		counters["wasmcustom.proxylib.memcache.denied"] < n || refused.Load() != n {
		t.Errorf("counters %v (%v) after %d connections, %d of garbage closed", counters, err, n, refused.Load())
	}
	if failed := regexp.MustCompile(`(?m)^.*(panic|trap|VM failure|Function: proxy_on).*$`).FindString(f.proxy.Log()); failed != "" {
		t.Error(failed)
	}
}

func kibibytes(list []int) []int {
	list = slices.Clone(list)
	for i := range list {
		list[i] >>= 10
	}
	return list
}
