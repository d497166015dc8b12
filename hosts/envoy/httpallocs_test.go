//go:build !race

package envoy

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/proxylib/proxylib/policy/httprule"
)

// The race detector makes a sync.Pool forget things at random.
func TestARequestThatPassesAllocatesNothing(t *testing.T) {
	f := openTestHTTP(t, fmt.Sprintf(`{"policy": {"file": %q}, "access_log": {"file": %q}}`, httpPolicyFile(t), filepath.Join(t.TempDir(), "log")))
	facts := httpFacts{connection: 1, direct: "10.0.0.8:1", destination: "10.0.0.1:80", protocol: "HTTP/1.1", host: 1 << 40}
	ask := func() {
		r := f.decideOne(facts, "GET", "/", "shop.example:8080")
		if !r.allowed || r.stream == nil {
			t.Fatalf("got %+v", r)
		}
		k := f.takeScratch()
		k.request.Headers = append(k.request.Headers, httprule.Header{Name: ":status", Value: "200"})
		r.stream.logReply(k)
		f.giveScratch(k)
		r.stream.end()
		spareStreams.Put(r.stream)
	}
	for range 2000 {
		ask()
	}
	// The writer of the access log, which runs at times, counts as well. What a request allocates counts in every round.
	fewest := testing.AllocsPerRun(2000, ask)
	for range 4 {
		fewest = min(fewest, testing.AllocsPerRun(2000, ask))
	}
	if fewest > 0 {
		t.Errorf("%v allocations", fewest)
	}
}
