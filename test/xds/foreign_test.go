package xds

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"github.com/sirupsen/logrus"
	"google.golang.org/grpc"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/npds"
	_ "github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/policy"
)

const node = "node-1"

// foreign is a policy server that is not ours: go-control-plane's, with its cache.
type foreign struct {
	cache cache.SnapshotCache
	grpc  *grpc.Server
	// current is what the server has; prefix begins its versions.
	current snapshot
	prefix  string

	mu sync.Mutex
	// refusals are the reasons that clients gave, known the resource versions with which they came, by delta.
	refusals []string
	known    []map[string]string
}

// snapshot holds resources by type and name. It implements [cache.ResourceSnapshot].
type snapshot struct {
	resources map[string]map[string]types.Resource
	serial    int
	version   string
}

func (s snapshot) GetVersion(string) string                              { return s.version }
func (s snapshot) GetResources(typeURL string) map[string]types.Resource { return s.resources[typeURL] }
func (s snapshot) ConstructVersionMap() error                            { return nil }

func (s snapshot) GetResourcesAndTTL(typeURL string) map[string]types.ResourceWithTTL {
	resources := map[string]types.ResourceWithTTL{}
	for name, resource := range s.resources[typeURL] {
		resources[name] = types.ResourceWithTTL{Resource: resource}
	}
	return resources
}

// GetVersionMap makes equal resources equal versions.
func (s snapshot) GetVersionMap(typeURL string) map[string]string {
	versions := map[string]string{}
	for name, resource := range s.resources[typeURL] {
		text, err := cache.MarshalResource(resource)
		if err != nil {
			panic(err)
		}
		versions[name] = cache.HashResource(text)
	}
	return versions
}

// newForeign makes a server that has nothing yet. Its versions begin with a word.
func newForeign(prefix string) *foreign {
	return &foreign{cache: cache.NewSnapshotCache(false, cache.IDHash{}, nil), prefix: prefix}
}

// change replaces resources, or removes those that are nil.
func (f *foreign) change(t *testing.T, typeURL string, changed map[string]types.Resource) {
	t.Helper()
	next := snapshot{resources: map[string]map[string]types.Resource{}, serial: f.current.serial + 1}
	next.version = fmt.Sprint(f.prefix, next.serial)
	maps.Copy(next.resources, f.current.resources)
	next.resources[typeURL] = maps.Clone(next.resources[typeURL])
	if next.resources[typeURL] == nil {
		next.resources[typeURL] = map[string]types.Resource{}
	}
	for name, resource := range changed {
		if next.resources[typeURL][name] = resource; resource == nil {
			delete(next.resources[typeURL], name)
		}
	}
	f.current = next
	if err := f.cache.SetSnapshot(context.Background(), node, next); err != nil {
		t.Fatal(err)
	}
}

// remove removes a resource.
func (f *foreign) remove(t *testing.T, typeURL, name string) {
	t.Helper()
	f.change(t, typeURL, map[string]types.Resource{name: nil})
}

// listen serves on a Unix socket until the test, or the returned function, ends it.
func (f *foreign) listen(t *testing.T, socket string) (stop func()) {
	t.Helper()
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.grpc = grpc.NewServer()
	f.register(ctx, service.NetworkPolicies)
	f.register(ctx, service.NetworkPolicyHosts)
	go f.grpc.Serve(listener)
	stop = sync.OnceFunc(func() {
		cancel()
		f.grpc.Stop()
	})
	t.Cleanup(stop)
	return stop
}

// register serves the cache under the names of a discovery service.
func (f *foreign) register(ctx context.Context, of service.Service) {
	s := server.NewServer(ctx, f.cache, server.CallbackFuncs{
		StreamRequestFunc: func(_ int64, r *discovery.DiscoveryRequest) error {
			f.note(r.GetErrorDetail().GetMessage(), nil)
			return nil
		},
		StreamDeltaRequestFunc: func(_ int64, r *discovery.DeltaDiscoveryRequest) error {
			f.note(r.GetErrorDetail().GetMessage(), r.GetInitialResourceVersions())
			return nil
		},
	})
	xdstest.Register(f.grpc, of,
		func(stream xdstest.Stream) error { return s.StreamHandler(stream, of.TypeURL) },
		func(stream xdstest.DeltaStream) error { return s.DeltaStreamHandler(stream, of.TypeURL) })
}

func (f *foreign) note(refusal string, known map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if refusal != "" {
		f.refusals = append(f.refusals, refusal)
	}
	if known != nil {
		f.known = append(f.known, known)
	}
}

func (f *foreign) refused(reason string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Contains(strings.Join(f.refusals, "\n"), reason)
}

// put changes the policies of endpoints, given as "address=key": the endpoint may be asked for that key.
func (f *foreign) put(t *testing.T, words ...string) {
	t.Helper()
	changed := map[string]types.Resource{}
	for _, word := range words {
		address, key, _ := strings.Cut(word, "=")
		changed[address] = &cilium.NetworkPolicy{EndpointIps: []string{address},
			IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: 11211, Rules: []*cilium.PortNetworkPolicyRule{{
				Name: key, L7Proto: "memcache", L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
					L7AllowRules: []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{"command": key}}},
				}},
			}}}}}
	}
	f.change(t, npds.TypeURL, changed)
}

// bind says which addresses have an identity.
func (f *foreign) bind(t *testing.T, identity uint64, addresses ...string) {
	t.Helper()
	hosts := &cilium.NetworkPolicyHosts{Policy: identity, HostAddresses: addresses}
	f.change(t, npds.HostsTypeURL, map[string]types.Resource{fmt.Sprint(identity): hosts})
}

// library is our client, with what it has put in force.
type library struct {
	*testing.T
	client     *npds.Client
	store      policy.Store
	identities policy.IdentityStore
}

func follow(t *testing.T, socket string, delta bool) *library {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	l := &library{T: t}
	client, err := npds.NewClient(npds.ClientConfig{
		Address: socket, NodeID: node, Delta: delta, Store: &l.store, Identities: &l.identities,
		Parsers: policy.Registered(), Log: log, MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	l.client = client
	return l
}

// eventually waits until what becomes true.
func (l *library) eventually(what string, is func() bool) {
	l.Helper()
	if !eventually.Within(eventually.Limit, is) {
		l.Fatalf("%s: not in time; status %+v", what, l.client.Status())
	}
}

// speaksOf reports whether the policy in force of an endpoint speaks of memcache's port.
func (l *library) speaksOf(address string) bool {
	return l.store.Current().Lookup(address, true, 11211) != nil
}

func (l *library) identityOf(address string) uint32 {
	return l.identities.Current().Of(netip.MustParseAddr(address))
}

// inBothForms runs a test with the state of the world and with delta.
func inBothForms(t *testing.T, test func(t *testing.T, delta bool)) {
	for _, delta := range []bool{false, true} {
		t.Run(fmt.Sprintf("delta=%v", delta), func(t *testing.T) { test(t, delta) })
	}
}

func TestAForeignServerIsFollowed(t *testing.T) {
	inBothForms(t, func(t *testing.T, delta bool) {
		socket, f := filepath.Join(t.TempDir(), "xds"), newForeign("")
		f.listen(t, socket)
		f.put(t, "10.0.0.1=get", "10.0.0.2=get")
		f.bind(t, 300, "10.1.0.0/16", "10.2.0.1")
		f.bind(t, 301, "10.1.2.0/24")
		l := follow(t, socket, delta)
		l.eventually("the first policies", func() bool { return l.speaksOf("10.0.0.1") && l.speaksOf("10.0.0.2") })
		l.eventually("the first hosts", func() bool { return l.identityOf("10.2.0.1") == 300 })
		if in, inside := l.identityOf("10.1.0.1"), l.identityOf("10.1.2.3"); in != 300 || inside != 301 {
			t.Errorf("got identities %d and %d", in, inside)
		}
		f.put(t, "10.0.0.3=set")
		l.eventually("a policy more", func() bool { return l.speaksOf("10.0.0.3") && l.speaksOf("10.0.0.1") })
		f.remove(t, npds.TypeURL, "10.0.0.2")
		l.eventually("a policy less", func() bool { return !l.speaksOf("10.0.0.2") && l.speaksOf("10.0.0.1") })
		f.remove(t, npds.HostsTypeURL, "301")
		l.eventually("hosts less", func() bool { return l.identityOf("10.1.2.3") == 300 })
		if status := l.client.Status(); status.ConnectedSince.IsZero() || status.Version == "" || status.LastRefusal != "" {
			t.Errorf("got status %+v", status)
		}
	})
}

func TestAForeignServerHearsWhyAnUpdateIsRefused(t *testing.T) {
	inBothForms(t, func(t *testing.T, delta bool) {
		socket, f := filepath.Join(t.TempDir(), "xds"), newForeign("")
		f.listen(t, socket)
		f.put(t, "10.0.0.1=get")
		l := follow(t, socket, delta)
		l.eventually("the first policy", func() bool { return l.speaksOf("10.0.0.1") })
		f.put(t, "10.0.0.2=fly")
		l.eventually("the refusal", func() bool { return f.refused(`memcache rule 0: key command: "fly" is unknown`) })
		if !l.speaksOf("10.0.0.1") || l.speaksOf("10.0.0.2") {
			t.Error("what was refused has changed the policy in force")
		}
		if status := l.client.Status(); !strings.Contains(status.LastRefusal, `"fly" is unknown`) {
			t.Errorf("got status %+v", status)
		}
		f.put(t, "10.0.0.2=get")
		l.eventually("the corrected policy", func() bool { return l.speaksOf("10.0.0.1") && l.speaksOf("10.0.0.2") })
	})
}

func TestAForeignServerThatComesBackIsFollowedFromWhereItWas(t *testing.T) {
	inBothForms(t, func(t *testing.T, delta bool) {
		socket, f := filepath.Join(t.TempDir(), "xds"), newForeign("before-")
		stop := f.listen(t, socket)
		f.put(t, "10.0.0.1=get", "10.0.0.2=get")
		l := follow(t, socket, delta)
		l.eventually("the first policies", func() bool { return l.speaksOf("10.0.0.1") })
		stop()
		l.eventually("the loss", func() bool { return l.client.Status().ConnectedSince.IsZero() })
		if !l.speaksOf("10.0.0.1") {
			t.Error("the loss of the server has changed the policy in force")
		}
		again := newForeign("after-")
		again.put(t, "10.0.0.1=get", "10.0.0.3=get")
		again.listen(t, socket)
		l.eventually("what has changed meanwhile", func() bool { return l.speaksOf("10.0.0.3") && !l.speaksOf("10.0.0.2") })
		if !l.speaksOf("10.0.0.1") {
			t.Error("what has not changed is gone")
		}
		again.mu.Lock()
		defer again.mu.Unlock()
		if delta && (len(again.known) != 1 || again.known[0]["10.0.0.1"] == "" || again.known[0]["10.0.0.2"] == "") {
			t.Errorf("told the server %v", again.known)
		}
	})
}

// open is a policy that allows everything on one port of an endpoint; wrong refuses it.
func open(port uint32, wrong bool, addresses ...string) *cilium.NetworkPolicy {
	entry := &cilium.PortNetworkPolicy{Port: port}
	if wrong {
		entry.EndPort = 1
	}
	return &cilium.NetworkPolicy{EndpointIps: addresses, IngressPerPortPolicies: []*cilium.PortNetworkPolicy{entry}}
}

// isOpen reports whether a port of an endpoint is open.
func (l *library) isOpen(address string, port uint16) bool {
	return l.store.Current().Lookup(address, true, port).Decide(&policy.Request{Parser: "memcache"}).Allowed
}

func TestAForeignServersBadResourceDoesNotHoldUpTheGoodOnes(t *testing.T) {
	inBothForms(t, func(t *testing.T, delta bool) {
		socket, f := filepath.Join(t.TempDir(), "xds"), newForeign("")
		f.listen(t, socket)
		f.change(t, npds.TypeURL, map[string]types.Resource{"a": open(80, false, "10.0.0.1"), "b": open(80, false, "10.0.0.2")})
		f.bind(t, 300, "10.1.0.0/16")
		l := follow(t, socket, delta)
		l.eventually("the first policies", func() bool { return l.isOpen("10.0.0.1", 80) && l.isOpen("10.0.0.2", 80) })
		for port := uint32(81); port < 84; port++ {
			f.change(t, npds.TypeURL, map[string]types.Resource{"a": open(port, false, "10.0.0.1"), "b": open(90, true, "10.0.0.2")})
			l.eventually("the good policy", func() bool { return l.isOpen("10.0.0.1", uint16(port)) && !l.isOpen("10.0.0.1", uint16(port-1)) })
			if !l.isOpen("10.0.0.2", 80) {
				t.Error("the last good form is gone")
			}
		}
		l.eventually("the refusal", func() bool { return f.refused("10.0.0.2 (id 0): ingress port 90-1: end_port") })
		f.bind(t, 300, "10.1.0.0/33")
		f.bind(t, 301, "10.2.0.0/16")
		l.eventually("the good identity", func() bool { return l.identityOf("10.2.0.1") == 301 })
		if l.identityOf("10.1.0.1") != 300 {
			t.Error("the last good identity is gone")
		}
		l.eventually("the refusal of the identity", func() bool { return f.refused(`host_addresses of identity 300: "10.1.0.0/33" is not a prefix`) })
		f.change(t, npds.TypeURL, map[string]types.Resource{"b": open(91, false, "10.0.0.2")})
		f.bind(t, 300, "10.1.0.0/17")
		l.eventually("all of it", func() bool {
			return l.isOpen("10.0.0.2", 91) && l.client.Status().RefusedResources == 0 && l.client.Status().LastRefusal == ""
		})
	})
}

func TestAForeignServerThatGoesBackToAnEarlierStateIsFollowed(t *testing.T) {
	socket, f := filepath.Join(t.TempDir(), "xds"), newForeign("")
	f.listen(t, socket)
	good := map[string]types.Resource{"a": open(80, false, "10.0.0.1"), "b": open(80, false, "10.0.0.2")}
	f.change(t, npds.TypeURL, good)
	first := f.current
	l := follow(t, socket, false)
	l.eventually("the first policies", func() bool { return l.isOpen("10.0.0.1", 80) })
	f.change(t, npds.TypeURL, map[string]types.Resource{"a": open(81, false, "10.0.0.1"), "b": open(90, true, "10.0.0.2")})
	l.eventually("a part of the second", func() bool { return l.isOpen("10.0.0.1", 81) })
	f.current = first
	if err := f.cache.SetSnapshot(context.Background(), node, first); err != nil {
		t.Fatal(err)
	}
	l.eventually("the first again", func() bool { return l.isOpen("10.0.0.1", 80) && !l.isOpen("10.0.0.1", 81) })
}

func TestAForeignServersAddressThatMovesBetweenResourcesHeals(t *testing.T) {
	socket, f := filepath.Join(t.TempDir(), "xds"), newForeign("")
	f.listen(t, socket)
	f.change(t, npds.TypeURL, map[string]types.Resource{"a": open(80, false, "1.1.1.1")})
	l := follow(t, socket, true)
	l.eventually("the first", func() bool { return l.isOpen("1.1.1.1", 80) })
	f.change(t, npds.TypeURL, map[string]types.Resource{"b": open(81, false, "1.1.1.1")})
	l.eventually("the refusal", func() bool { return f.refused(`resource "b": endpoint_ips: 1.1.1.1 is that of resource "a" as well`) })
	if !l.isOpen("1.1.1.1", 80) {
		t.Error("the first is gone")
	}
	f.remove(t, npds.TypeURL, "a")
	l.eventually("the second", func() bool { return l.isOpen("1.1.1.1", 81) && !l.isOpen("1.1.1.1", 80) })
}
