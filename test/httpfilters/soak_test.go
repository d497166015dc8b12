//go:build e2e

package httpfilters

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/faults"
)

// soak is how long the load with updates lasts; make soak has more.
var soak = flag.Duration("soak", 3*time.Second, "how long HTTP filters are under load while policies and listeners are replaced")

// round is what happens between two looks at the memory: clients go away while their requests wait, streams are reset, the policy and
// the listener are replaced under them.
type round struct {
	*proxy
	policy, config string
	replace        func(config string)
}

func (r *round) run(n int) {
	path, other := []string{"/a", "/b"}[n%2], []string{"/b", "/a"}[n%2]
	replaced := make(chan struct{})
	go func() {
		defer close(replaced)
		if err := replaceFile(r.policy, policyOf(path)); err != nil {
			r.t.Error(err)
		}
		r.replace(strings.Replace(r.config, "stat_prefix: http", fmt.Sprintf("stat_prefix: http%d", n%2), 1))
	}()
	r.goAway(8, 400)
	r.resetStreams(func() *http.Client { return client(r.t, true) }, 20, 5_000, "wait 10s", "wait 1ms", "response-wait 10s", "pin")
	<-replaced
	c := &http.Client{Transport: &http.Transport{}, Timeout: patience}
	defer c.CloseIdleConnections()
	eventually.Holds(r.t, "the policy is in force", func() bool {
		return r.mustAsk(c, "GET", path, nil, "X-Do", "wait 1ms").code == 200 && r.mustAsk(c, "GET", other, nil).code == 403
	})
	r.leavesNothingFor(c)
}

func TestEnvoyDoesNotGrowWhileRequestsWaitAndEverythingIsReplaced(t *testing.T) {
	o := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Millisecond) }))
	t.Cleanup(o.Close)
	dir := t.TempDir()
	r := &round{policy: filepath.Join(dir, "policy.yaml")}
	if err := replaceFile(r.policy, policyOf("/b")); err != nil {
		t.Fatal(err)
	}
	var bootstrap string
	r.config = strings.Replace(trial(t, nil, ""), firstFilter, firstFilter+policyFilter(t, r.policy), 1)
	bootstrap, r.replace = watched(t, dir, r.config)
	r.proxy = start(t, dir, bootstrap, map[string]string{"8001": strings.TrimPrefix(o.URL, "http://127.0.0.1:")}, "--drain-time-s", "1")
	began, n := time.Now(), 0
	// The first rounds, in which caches and buffers reach their size, are the measure for the rest.
	var usual memory
	for ; n < 6 || time.Since(began) < *soak; n++ {
		r.run(n)
		now, resident := r.inUse(), r.resident()
		if n < 3 || time.Since(began) < *soak/10 {
			usual = memory{max(usual.library, now.library), max(usual.envoy, now.envoy)}
		}
		if n%20 == 0 {
			t.Logf("%v, round %d: %+v bytes in use, %d MiB resident", time.Since(began).Round(time.Second), n, now, resident/faults.MiB)
		}
		if now.library > usual.library+2*faults.MiB || now.envoy > usual.envoy+12*faults.MiB {
			t.Fatalf("round %d: bytes in use: %+v, after %+v at first", n, now, usual)
		}
	}
	t.Logf("%d rounds; at the end %+v bytes in use, %d MiB resident; at first %+v", n, r.inUse(), r.resident()/faults.MiB, usual)
}

// resident is the memory, in bytes, that Envoy has of the machine.
func (p *proxy) resident() int {
	p.t.Helper()
	n, err := faults.Resident(p.process.PID())
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}
