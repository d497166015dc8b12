package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/identity"
	"github.com/proxylib/proxylib/policyserver/rest"
)

// asMain makes the test binary act as the program, so that a test can kill it.
const asMain = "PROXYLIB_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// victim is a policy server in a process of its own.
type victim struct {
	*testing.T
	directory string
	process   *exec.Cmd
	api       *apiClient
}

func (v *victim) start() {
	v.Helper()
	v.process = exec.Command(os.Args[0], "serve", "--state", filepath.Join(v.directory, "state"),
		"--api", filepath.Join(v.directory, "api"), "--xds", filepath.Join(v.directory, "xds"))
	v.process.Env = append(os.Environ(), asMain+"=1")
	if err := v.process.Start(); err != nil {
		v.Fatal(err)
	}
	v.eventually("the server answers", func() bool {
		return v.api.call(context.Background(), "GET", "/healthz", nil, new(any)) == nil
	})
}

// kill ends the server with no chance to tidy up.
func (v *victim) kill() {
	if err := v.process.Process.Kill(); err != nil {
		v.Error(err)
	}
	// It says that the process was killed.
	_ = v.process.Wait()
}

func (v *victim) eventually(what string, test func() bool) {
	v.Helper()
	eventually.Holds(v, what, test)
}

// ids are the identities of endpoints by their keys.
func (v *victim) ids() map[string]identity.ID {
	v.Helper()
	list, numbers := rest.List[rest.Identity]{}, map[string]identity.ID{}
	if err := v.api.call(context.Background(), "GET", "/v1/identities", nil, &list); err != nil {
		v.Fatal(err)
	}
	for _, i := range list.Items {
		for _, e := range i.Endpoints {
			numbers[e] = i.ID
		}
	}
	return numbers
}

func TestServerThatIsKilledUnderLoadLosesNothing(t *testing.T) {
	v := &victim{T: t, directory: t.TempDir()}
	client, err := (&serverFlags{address: filepath.Join(v.directory, "api")}).client()
	if err != nil {
		t.Fatal(err)
	}
	v.api = client
	v.start()
	defer func() { v.kill() }()
	v.put(cachePolicy + cacheEndpoints + "---" + allowWeb)
	store, wrong := v.follow()

	accepted, before := 0, v.ids()
	for round := range 5 {
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			time.Sleep(time.Duration(50+30*round) * time.Millisecond)
			v.kill()
		}()
		for v.tryPut(endpointDocument(accepted)) == nil {
			accepted++
		}
		<-killed
		v.start()
		after := v.ids()
		for i := range accepted {
			if key := fmt.Sprintf("default/e%d", i); after[key] == 0 {
				t.Errorf("round %d: %s was accepted and is lost", round, key)
			}
		}
		for key, id := range before {
			if after[key] != id {
				t.Errorf("round %d: %s was %d and is %d", round, key, id, after[key])
			}
		}
		before = after
	}
	if accepted == 0 {
		t.Error("nothing was accepted, so nothing is shown")
	}
	v.put(`{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: last}, addresses: [10.7.0.1]}`)
	v.eventually("the proxy follows again", func() bool { return store.Current().Endpoints() >= accepted+3 })
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d verdicts were wrong", n)
	}
}

// allowWeb lets the endpoint web be reached at port 1 by anyone.
const allowWeb = `
{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: web},
 spec: {endpointSelector: {matchLabels: {app: web}}, ingress: [{toPorts: [{ports: [{port: "1"}]}]}]}}
`

// endpointDocument is an endpoint with labels of its own.
func endpointDocument(i int) string {
	return fmt.Sprintf("{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: e%d, labels: {n: \"%d\"}},"+
		" addresses: [10.8.%d.%d]}",
		i, i, i>>8, i&255)
}

func (v *victim) tryPut(documents string) error {
	return v.api.call(context.Background(), http.MethodPut, "/v1/policies", []byte(documents), &rest.Accepted{})
}

func (v *victim) put(documents string) {
	v.Helper()
	if err := v.tryPut(documents); err != nil {
		v.Fatal(err)
	}
}

// follow starts a proxy, and counts its wrong verdicts until the test ends.
func (v *victim) follow() (*policy.Store, *atomic.Int64) {
	v.Helper()
	log, store, wrong := logrus.New(), &policy.Store{}, &atomic.Int64{}
	log.SetOutput(io.Discard)
	proxy, err := npds.NewClient(npds.ClientConfig{
		Address: filepath.Join(v.directory, "xds"), NodeID: "proxy", Store: store, Parsers: policy.Registered(), Log: log,
		MinBackoff: 5 * time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	})
	if err != nil {
		v.Fatal(err)
	}
	allows := func(port uint16) bool {
		return store.Current().Lookup("10.0.0.2", true, port).Decide(&policy.Request{}).Allowed
	}
	v.eventually("the policy is in force", func() bool { return allows(1) })
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Microsecond):
			}
			if !allows(1) || allows(2) {
				wrong.Add(1)
			}
		}
	}()
	v.Cleanup(func() {
		close(stop)
		<-stopped
		proxy.Close()
	})
	return store, wrong
}
