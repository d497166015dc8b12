package serve

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver"
)

var crowd = flag.Int("crowd", 10_000, "how many endpoints, each with a policy of ten clauses, the benchmark has")

// crowdPolicy is a policy of ten clauses for an endpoint.
func crowdPolicy(i, port int) string {
	var clauses bytes.Buffer
	for j := range 10 {
		if j > 0 {
			clauses.WriteByte(',')
		}
		fmt.Fprintf(&clauses, `{"fromEndpoints": [{"matchLabels": {"name": "e%d"}}], "toPorts": [{"ports": [{"port": "%d"}],
			"rules": {"l7proto": "memcache", "l7": [{"command": "get"}]}}]}`, (i+j+1)%*crowd, port+j)
	}
	return fmt.Sprintf(`{"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "p%d"},
		"spec": {"endpointSelector": {"matchLabels": {"name": "e%d"}}, "ingress": [%s]}}`, i, i, clauses.String())
}

// BenchmarkUpdateFromCallToForce measures the time from a call that changes one policy until the library of a proxy, which
// has all of them by delta, decides by it.
func BenchmarkUpdateFromCallToForce(b *testing.B) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	config := Config{
		Server: policyserver.Config{State: b.TempDir() + "/state", Parsers: policy.Registered(), Log: log},
		API:    []string{"127.0.0.1:0"}, XDS: []string{"127.0.0.1:0"},
	}
	r := run(b, config)
	put := func(text string) {
		request, err := http.NewRequest("PUT", "http://"+r.api[0].String()+"/v1/policies", bytes.NewBufferString(text))
		if err != nil {
			b.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		if response.Body.Close(); response.StatusCode != 200 {
			b.Fatalf("got %d", response.StatusCode)
		}
	}
	defer http.DefaultClient.CloseIdleConnections()
	for first := 0; first < *crowd; first += 2000 {
		var list bytes.Buffer
		list.WriteString(`{"apiVersion": "v1", "kind": "List", "items": [`)
		for i := first; i < min(first+2000, *crowd); i++ {
			if i > first {
				list.WriteByte(',')
			}
			fmt.Fprintf(&list, `{"apiVersion": "proxylib/v1", "kind": "Endpoint",
				"metadata": {"name": "e%d", "labels": {"name": "e%d"}}, "addresses": ["10.%d.%d.%d"]},`, i, i, i>>16, i>>8&255, i&255)
			list.WriteString(crowdPolicy(i, 1000))
		}
		list.WriteString("]}")
		put(list.String())
	}
	store := new(policy.Store)
	client, err := npds.NewClient(npds.ClientConfig{
		Address: r.xds[0].String(), Delta: true, Store: store, Parsers: policy.Registered(), Log: log,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	// open reports whether the policy in force speaks of a port of the endpoint that changes.
	open := func(port int) bool { return store.Current().Lookup("10.0.0.7", true, uint16(port)) != nil }
	for store.Current().Endpoints() < *crowd || !open(1000) {
		time.Sleep(10 * time.Millisecond)
	}
	for i := 0; b.Loop(); i++ {
		port := 2000 + i%1000
		put(crowdPolicy(7, port))
		for !open(port) || open(port-1) {
			time.Sleep(100 * time.Microsecond)
		}
	}
}
