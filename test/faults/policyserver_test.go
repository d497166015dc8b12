//go:build e2e

package faults

import (
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/test/accept"

	"github.com/proxylib/proxylib/internal/xdstest"
)

// served is a setup whose policies come from a server on the socket, which has served the first of them.
func served(t *testing.T, socket string) (*Setup, *cache, *PolicyServer) {
	t.Helper()
	s, cache := beforeMemcached(t, under("policy", func(s *Setup) any { return Settings{"xds": s.path(socket)} }))
	server := ServePolicies(t, s.path(socket), Once(xdstest.Resources(t, PolicyText)))
	s.Eventually("the policies are in force", func() bool { return server.Accepted.Load() == 1 })
	return s, cache, server
}

// requireUpdates requires that updates come through: a server on the socket widens the policy, and that is seen.
func (s *Setup) requireUpdates(socket string) {
	s.TB.Helper()
	widened := PolicyText + "        - rule: {command: get, keyPrefix: added/}\n"
	server := ServePolicies(s.TB, s.path(socket), Once(xdstest.Resources(s.TB, widened)))
	defer server.Kill()
	s.Eventually("a new policy is in force", func() bool { return server.Accepted.Load() == 1 })
	s.exchange("get added/key\r\n", "END\r\n")
}

// exchange requires a reply to requests on a connection of their own.
func (s *Setup) exchange(requests, replies string) {
	s.TB.Helper()
	conn := s.dial()
	send(s.TB, conn, requests)
	expect(s.TB, conn, replies)
}

func TestAPolicyServerThatIsKilledAgainAndAgainIsNotMissed(t *testing.T) {
	s, cache, server := served(t, "xds")
	load := s.StartLoad(clients)
	for range 5 {
		server.Kill()
		load.Goes(rounds)
		server = ServePolicies(t, s.path("xds"), Once(xdstest.Resources(t, PolicyText)))
		s.Eventually("the client is back", func() bool { return server.Accepted.Load() == 1 })
	}
	s.Serves()
	load.Stop()
	s.Agree(s.LogEntries)
	cache.requireSets()
	server.Kill()
	s.requireUpdates("xds")
}

// hang accepts connections on a socket and sends nothing, until it is closed.
func hang(t *testing.T, socket string, each func(conn net.Conn)) (stop func()) {
	t.Helper()
	listener := accept.Each(t, "unix", socket, each)
	return func() { listener.Close() }
}

func TestAPolicyServerThatHangsIsNotWaitedFor(t *testing.T) {
	s, cache, server := served(t, "xds")
	load := s.StartLoad(clients)

	server.Kill()
	mute := ServePolicies(t, s.path("xds"), func(int) []*anypb.Any { return nil })
	load.Goes(2 * rounds)
	mute.Kill()

	stop := hang(t, s.path("xds"), func(net.Conn) {})
	load.Goes(4 * rounds)
	stop()
	load.Stop()
	s.Agree(s.LogEntries)
	cache.requireSets()
	s.requireUpdates("xds")
}

// wrong are updates of which none may be accepted.
func wrong(t *testing.T) [][]*anypb.Any {
	garbage := make([]byte, 1000)
	rand.NewChaCha8([32]byte{1}).Read(garbage)
	all := [][]*anypb.Any{
		{{TypeUrl: npds.TypeURL, Value: garbage}},
		{{TypeUrl: "type.googleapis.com/envoy.config.cluster.v3.Cluster"}},
		append(xdstest.Resources(t, PolicyText), &anypb.Any{TypeUrl: npds.TypeURL, Value: garbage[:7]}),
		append(xdstest.Resources(t, PolicyText), xdstest.Resources(t, PolicyText)...),
	}
	for old, replacement := range map[string]string{
		"keyPrefix: public/": "keyPrefx: public/", "command: get": "command: everything", "{cmd: READ": "{cmd: READ, color: red",
		"^public/": "(", "port: 4040": "port: 70000",
	} {
		all = append(all, xdstest.Resources(t, strings.Replace(PolicyText, old, replacement, 1)))
	}
	return all
}

func TestGarbageFromThePolicyServerIsRefusedAndChangesNothing(t *testing.T) {
	s, cache, server := served(t, "xds")
	load := s.StartLoad(clients)

	server.Kill()
	stop := hang(t, s.path("xds"), func(conn net.Conn) {
		noise := make([]byte, MiB)
		rand.NewChaCha8([32]byte{2}).Read(noise)
		conn.Write(noise)
		conn.Close()
	})
	load.Goes(rounds)
	stop()

	updates := wrong(t)
	liar := ServePolicies(t, s.path("xds"), func(n int) []*anypb.Any {
		if n < len(updates) {
			return updates[n]
		}
		return nil
	})
	s.Eventually("all updates are refused", func() bool { return int(liar.Refused.Load()) == len(updates) })
	if n := liar.Accepted.Load(); n > 0 {
		t.Errorf("%d wrong updates were taken", n)
	}
	load.Goes(rounds)
	load.Stop()
	s.Agree(s.LogEntries)
	cache.requireSets()
	liar.Kill()
	s.requireUpdates("xds")
}

// strangersText is a policy of another endpoint, with a mistake.
const strangersText = `resources:
- endpoint_ips: [192.0.2.1]
  ingress_per_port_policies:
  - {port: 80, rules: [{l7_proto: r2d2, l7_rules: {l7_allow_rules: [{rule: {color: red}}]}}]}
`

func TestANarrowedPolicyIsInForceBesideOneThatIsRefused(t *testing.T) {
	s, _, server := served(t, "xds")
	conn := s.dial()
	send(t, conn, "get public/a\r\n")
	expect(t, conn, "END\r\n")
	server.Kill()
	narrowed := strings.Replace(PolicyText, "command: get, keyPrefix: public/", "command: get, keyPrefix: public/b", 1)
	partly := ServePolicies(t, s.path("xds"), Once(append(xdstest.Resources(t, narrowed), xdstest.Resources(t, strangersText)...)))
	s.Eventually("the update is refused in part", func() bool { return partly.Refused.Load() == 1 })
	send(t, conn, "get public/a\r\nget public/b\r\n")
	expect(t, conn, "CLIENT_ERROR access denied\r\nEND\r\n")
}

func TestThousandsOfUpdatesASecondDoNotDisturbTraffic(t *testing.T) {
	for _, delta := range []bool{false, true} {
		t.Run(map[bool]string{false: "world", true: "delta"}[delta], func(t *testing.T) { flooded(t, delta) })
	}
}

// flooded has a policy server send 10,000 updates a second, or as many as the library takes.
func flooded(t *testing.T, delta bool) {
	const seconds = 1
	s, cache := beforeMemcached(t, under("policy", func(s *Setup) any {
		return Settings{"xds": s.path("xds"), "delta": delta}
	}))
	calm := StartFlood(t, s.path("xds"), time.Second, xdstest.Resources(t, PolicyText)[0])
	s.Eventually("the policies are in force", func() bool { return calm.Accepted.Load() > 0 })
	load := s.StartLoad(clients)
	load.Goes(rounds)
	before := s.Resident()
	calm.Stop()

	flood := StartFlood(t, s.path("xds"), time.Second/10_000, xdstest.Resources(t, PolicyText)[0],
		xdstest.Resources(t, PolicyText+"        - rule: {command: gat, keyPrefix: public/}\n")[0])
	s.Eventually("updates come", func() bool { return flood.Accepted.Load() > 0 })
	began := flood.Accepted.Load()
	time.Sleep(seconds * time.Second)
	taken := int(flood.Accepted.Load() - began)
	load.Goes(rounds)
	if taken < 500*seconds {
		t.Errorf("only %d updates were taken in %d s: the test lacks its flood", taken, seconds)
	}
	if n := flood.Refused.Load(); n > 0 {
		t.Errorf("%d updates were refused", n)
	}
	if grown := s.Resident() - before; grown > 64*MiB {
		t.Errorf("Envoy has grown by %d MiB", grown/MiB)
	}
	t.Logf("%d updates a second taken of 10,000 offered; %d sent, %d accepted", taken/seconds, flood.Sent.Load(),
		flood.Accepted.Load())
	load.Stop()
	s.Agree(s.LogEntries)
	cache.requireSets()
	flood.Stop()
	s.requireSomeUpdate("xds")
}

// requireSomeUpdate requires that an update comes through in either form of NPDS.
func (s *Setup) requireSomeUpdate(socket string) {
	s.TB.Helper()
	widened := PolicyText + "        - rule: {command: get, keyPrefix: added/}\n"
	server := StartFlood(s.TB, s.path(socket), time.Second, xdstest.Resources(s.TB, widened)[0])
	defer server.Stop()
	s.Eventually("a new policy is in force", func() bool { return server.Accepted.Load() > 0 })
	s.exchange("get added/key\r\n", "END\r\n")
}
