package wasm

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/api/logs"
	"github.com/proxylib/proxylib/test/envoy"
)

// machines are virtual machines of one Envoy, with a plugin each, whose policy comes from a server.
type machines struct {
	t    *testing.T
	all  []*emulator
	next uint64
}

// root is the number of the plugin in each virtual machine.
const root = 1

func startMachines(t *testing.T, n int, policy string) *machines {
	t.Helper()
	m := &machines{t: t, next: 100}
	for range n {
		m.add(policy)
	}
	return m
}

// add adds a virtual machine.
func (m *machines) add(policy string) *emulator {
	m.t.Helper()
	folder, err := envoy.Root()
	if err != nil {
		m.t.Fatal(err)
	}
	e := startEmulator(m.t, filepath.Join(folder, "build", "proxylib.wasm"))
	if len(m.all) > 0 {
		e.shared, e.now = m.all[0].shared, m.all[0].now
	}
	if !e.configure(root, fmt.Sprintf(`{"parser": "memcache", "policy": %s, "access_log": [{"envoy": true}, {"server": true}], "log": "request"}`, policy)) {
		m.t.Fatal(e.messages)
	}
	m.all = append(m.all, e)
	return e
}

// pass lets time pass.
func (m *machines) pass(time time.Duration) {
	m.t.Helper()
	for ; time > 0; time -= tickEvery {
		for _, e := range m.all {
			e.now += tickEvery
			e.call("proxy_on_tick", root)
		}
	}
}

// tickEvery is the time between ticks.
const tickEvery = 100 * time.Millisecond

// streams returns the open streams to a service, with the virtual machines that have them.
func (m *machines) streams(service string) (owners []*emulator, ids []uint64) {
	for _, e := range m.all {
		for id, s := range e.streams {
			if !s.cancelled && s.service == service {
				owners, ids = append(owners, e), append(ids, id)
			}
		}
	}
	return owners, ids
}

// metric is the value of a metric of policies in all virtual machines together, as in Envoy.
func (m *machines) metric(name string) (sum int64) {
	for _, e := range m.all {
		sum += e.metric("proxylib_policy_" + name).value
	}
	return sum
}

const (
	policyService = "cilium.NetworkPolicyDiscoveryService"
	hostService   = "cilium.NetworkPolicyHostsDiscoveryService"
	logService    = "proxylib.logs.LogService"
)

// only returns the one stream to a service.
func (m *machines) only(service string) (owner *emulator, id uint64, s *stream) {
	m.t.Helper()
	owners, ids := m.streams(service)
	if len(owners) != 1 {
		m.t.Fatalf("%d streams to %s, want one", len(owners), service)
	}
	return owners[0], ids[0], owners[0].streams[ids[0]]
}

// says has the server send a message, and returns what it is sent back.
func (m *machines) says(service string, message, reply proto.Message) {
	m.t.Helper()
	owner, id, s := m.only(service)
	text, err := proto.Marshal(message)
	if err != nil {
		m.t.Fatal(err)
	}
	before := len(s.sent)
	owner.buffers = map[uint32][]byte{received: text}
	owner.call("proxy_on_grpc_receive", root, id, uint64(len(text)))
	owner.buffers = nil
	if reply == nil {
		return
	}
	if len(s.sent) != before+1 {
		m.t.Fatalf("%d messages come back, want one", len(s.sent)-before)
	}
	m.read(s, reply)
}

// read reads the last message that was sent on a stream.
func (m *machines) read(s *stream, into proto.Message) {
	m.t.Helper()
	if err := proto.Unmarshal([]byte(s.sent[len(s.sent)-1]), into); err != nil {
		m.t.Fatal(err)
	}
}

// end has the server end a stream, of which Envoy keeps its side until it is cancelled.
func (m *machines) end(service string) {
	m.t.Helper()
	owner, id, s := m.only(service)
	owner.call("proxy_on_grpc_close", root, id, 14)
	if !s.cancelled {
		m.t.Error("Envoy has to keep a stream that has ended")
	}
}

// connect begins a connection in each virtual machine.
func (m *machines) connect() (streams []uint64) {
	for _, e := range m.all {
		m.next++
		e.connect(m.next, root, properties)
		streams = append(streams, m.next)
	}
	return streams
}

// want requires that a get passes, or does not, on connections of the virtual machines.
func (m *machines) want(streams []uint64, key string, passes bool) {
	m.t.Helper()
	for i, e := range m.all {
		get := "get " + key + "\r\n"
		out := string(e.data(streams[i], false, false, []byte(get)))
		if (out == get) != passes {
			m.t.Errorf("virtual machine %d: %q becomes %q, want that it passes: %v", i, get, out, passes)
		}
		// The server replies to what passes, and to the harmless request in the place of what does not.
		reply := "END\r\n"
		if !passes {
			reply = "VERSION 1\r\n"
		}
		e.data(streams[i], true, false, []byte(reply))
	}
}

// allowing is a policy of an endpoint that allows keys with a prefix.
func allowing(address, prefix string) *cilium.NetworkPolicy {
	return &cilium.NetworkPolicy{EndpointIps: []string{address}, EndpointId: 1, IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{
		Port: 10000, Rules: []*cilium.PortNetworkPolicyRule{{
			L7Proto: "memcache", L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
				L7AllowRules: []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{"command": "get", "keyPrefix": prefix}}},
			}},
		}},
	}}}
}

func pack(t *testing.T, m proto.Message) *anypb.Any {
	t.Helper()
	packed, err := anypb.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// world is a response with a whole state.
func world(t *testing.T, version string, resources ...proto.Message) *discovery.DiscoveryResponse {
	r := &discovery.DiscoveryResponse{VersionInfo: version, Nonce: "nonce-" + version}
	for _, one := range resources {
		r.Resources = append(r.Resources, pack(t, one))
	}
	return r
}

// accepted requires that the server's last update was accepted.
func accepted(t *testing.T, request *discovery.DiscoveryRequest, version string) {
	t.Helper()
	if request.GetVersionInfo() != version || request.GetErrorDetail() != nil || request.GetResponseNonce() != "nonce-"+version {
		t.Errorf("the reply is %v, want the acceptance of version %s", request, version)
	}
}

const endpoint = "127.0.0.1"

func TestOneVirtualMachineFollowsThePolicyServerForAll(t *testing.T) {
	m := startMachines(t, 3, `{"xds": "npds"}`)
	m.pass(time.Second)
	owner, _, s := m.only(policyService)
	if s.target != "\n\x06\n\x04npds" || s.method != "StreamNetworkPolicies" {
		t.Errorf("the stream is to %q %s", s.target, s.method)
	}
	var first, reply discovery.DiscoveryRequest
	m.read(s, &first)
	if first.GetNode().GetId() == "" || first.GetTypeUrl() != "type.googleapis.com/cilium.NetworkPolicy" || first.GetVersionInfo() != "" {
		t.Errorf("the first request is %v", &first)
	}
	old := m.connect()
	m.want(old, "public/a", false)

	m.says(policyService, world(t, "1", allowing(endpoint, "public/")), &reply)
	accepted(t, &reply, "1")
	m.pass(tickEvery)
	m.want(old, "public/a", true)
	m.want(old, "secret/a", false)

	m.says(policyService, world(t, "2", allowing(endpoint, "secret/")), &reply)
	accepted(t, &reply, "2")
	m.pass(tickEvery)
	m.want(old, "public/a", false)
	m.want(old, "secret/a", true)

	// What is wrong is refused, and what was in force stays, in all of them.
	wrong := allowing(endpoint, "x")
	wrong.IngressPerPortPolicies[0].Rules[0].GetL7Rules().L7AllowRules[0].Rule["nonsense"] = "x"
	m.says(policyService, world(t, "3", wrong), &reply)
	if reply.GetVersionInfo() == "3" || !strings.Contains(reply.GetErrorDetail().GetMessage(), "nonsense") {
		t.Errorf("the reply is %v, want a refusal", &reply)
	}
	m.pass(tickEvery)
	m.want(old, "secret/a", true)
	m.want(m.connect(), "public/a", false)
	for name, want := range map[string]int64{
		"updates": 2, "updates_refused": 1, "sources": 1, "sources_connected": 1, "resources_refused": 1,
	} {
		if got := m.metric(name); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	if last := owner.metric("proxylib_policy_last_update"); last.value < 1_700_000_000 {
		t.Errorf("the last update was at %d", last.value)
	}

	// A virtual machine that comes later has the policy at once.
	late := m.add(`{"xds": "npds"}`)
	late.connect(7, root, properties)
	if out := late.data(7, false, false, []byte("get secret/a\r\n")); string(out) != "get secret/a\r\n" {
		t.Errorf("in a new virtual machine %q passes", out)
	}
}

func TestChangesAloneAreFollowed(t *testing.T) {
	m := startMachines(t, 2, `{"xds": "npds", "delta": true}`)
	m.pass(tickEvery)
	_, _, s := m.only(policyService)
	if s.method != "DeltaNetworkPolicies" {
		t.Errorf("the method is %s", s.method)
	}
	named := func(name, version string, p proto.Message) *discovery.Resource {
		return &discovery.Resource{Name: name, Version: version, Resource: pack(t, p)}
	}
	var reply discovery.DeltaDiscoveryRequest
	m.says(policyService, &discovery.DeltaDiscoveryResponse{Nonce: "1", SystemVersionInfo: "1", Resources: []*discovery.Resource{
		named("a", "a1", allowing(endpoint, "public/")), named("b", "b1", allowing("10.0.0.9", "")),
	}}, &reply)
	if reply.GetResponseNonce() != "1" || reply.GetErrorDetail() != nil {
		t.Errorf("the reply is %v", &reply)
	}
	m.pass(tickEvery)
	streams := m.connect()
	m.want(streams, "public/a", true)
	m.says(policyService, &discovery.DeltaDiscoveryResponse{Nonce: "2", RemovedResources: []string{"b"}, Resources: []*discovery.Resource{
		named("a", "a2", allowing(endpoint, "other/")), named("c", "c1", &cilium.NetworkPolicy{}),
	}}, &reply)
	if reply.GetErrorDetail().GetMessage() == "" {
		t.Error("a resource without an address is accepted")
	}
	m.pass(tickEvery)
	m.want(streams, "public/a", false)
	m.want(streams, "other/a", true)

	// Another one that takes the place of the leader knows what it has.
	leader, _, _ := m.only(policyService)
	m.without(leader)
	m.pass(3 * time.Second)
	var first discovery.DeltaDiscoveryRequest
	_, _, s = m.only(policyService)
	m.read(s, &first)
	if got := first.GetInitialResourceVersions(); len(got) != 1 || got["a"] != "a2" {
		t.Errorf("the new leader has versions %v", got)
	}
	m.says(policyService, &discovery.DeltaDiscoveryResponse{Nonce: "3", RemovedResources: []string{"a"}}, &reply)
	m.want(m.connect(), "other/a", false)
}

// without has a virtual machine do nothing any more.
func (m *machines) without(dead *emulator) {
	for i, e := range m.all {
		if e == dead {
			m.all = append(m.all[:i:i], m.all[i+1:]...)
			return
		}
	}
}

func TestAnotherVirtualMachineTakesThePlaceOfALeaderThatIsSilent(t *testing.T) {
	m := startMachines(t, 3, `{"xds": "npds"}`)
	m.pass(tickEvery)
	var reply discovery.DiscoveryRequest
	m.says(policyService, world(t, "1", allowing(endpoint, "public/")), &reply)
	m.pass(tickEvery)
	leader, _, s := m.only(policyService)
	m.without(leader)
	m.pass(time.Second)
	if owners, _ := m.streams(policyService); len(owners) != 0 {
		t.Error("a virtual machine takes the place at once")
	}
	m.pass(2 * time.Second)
	_, _, next := m.only(policyService)
	var first discovery.DiscoveryRequest
	m.read(next, &first)
	if first.GetVersionInfo() != "1" {
		t.Errorf("the new leader begins with %v", &first)
	}
	m.says(policyService, world(t, "2", allowing(endpoint, "secret/")), &reply)
	m.pass(tickEvery)
	streams := m.connect()
	m.want(streams, "secret/a", true)

	// The old one, which was only slow, gives way, and what it says last changes nothing.
	leader.now = m.all[0].now
	m.all = append(m.all, leader)
	m.pass(tickEvery)
	if !s.cancelled || m.metric("sources") != 1 || m.metric("sources_connected") != 1 {
		t.Errorf("there are %d leaders, of which %d are connected", m.metric("sources"), m.metric("sources_connected"))
	}
	m.pass(tickEvery)
	m.want(m.connect(), "secret/a", true)
	m.want(m.connect(), "public/a", false)
	m.only(policyService)
}

// The value of each key is replaced by what no virtual machine shares, such as one of another build.
func TestGarbledSharedDataEndsNoVirtualMachine(t *testing.T) {
	m := startMachines(t, 2, `{"xds": "npds", "hosts": true}`)
	m.pass(tickEvery)
	for version, garbage := range []string{"", "\x01", "garbled", strings.Repeat("g", 33), strings.Repeat("\xff", 200), strings.Repeat("\x01", 200)} {
		shared := m.all[0].shared
		for key := range shared.values {
			shared.last++
			shared.values[key] = sharedValue{garbage, shared.last}
		}
		m.pass(5 * time.Second)
		prefix := fmt.Sprint("public/", version, "/")
		m.says(policyService, world(t, fmt.Sprint(version), allowing(endpoint, prefix)), new(discovery.DiscoveryRequest))
		m.pass(tickEvery)
		m.want(m.connect(), prefix, true)
		m.want(m.connect(), "secret/", false)
	}
	for _, e := range m.all {
		if said := strings.Join(e.messages, "\n"); strings.Contains(said, "panic") {
			t.Errorf("the log says\n%s", said)
		}
	}
}

func TestTheLastPolicyStaysWhileTheServerIsGone(t *testing.T) {
	m := startMachines(t, 2, `{"xds": "npds"}`)
	m.pass(tickEvery)
	m.end(policyService)
	m.pass(5 * time.Second)
	m.want(m.connect(), "public/a", false)
	var reply discovery.DiscoveryRequest
	m.says(policyService, world(t, "1", allowing(endpoint, "public/")), &reply)
	m.pass(tickEvery)
	owner, _, _ := m.only(policyService)
	m.end(policyService)
	owner.unreachable = true
	opened := owner.opened(policyService)
	m.pass(time.Minute)
	m.want(m.connect(), "public/a", true)
	if m.metric("sources_connected") != 0 || m.metric("sources") != 1 {
		t.Error("the gauge says that the server is connected")
	}
	owner.unreachable = false
	m.pass(11 * time.Second)
	_, _, s := m.only(policyService)
	m.read(s, &reply)
	if owner.opened(policyService) != opened+1 || reply.GetVersionInfo() != "1" {
		t.Errorf("%d streams were opened, the last with %v", owner.opened(policyService)-opened, &reply)
	}
	said := strings.Join(owner.messages, "\n")
	for _, want := range []string{"everything is refused until it replies", "policy server is connected server=", "policy server is lost: the last policy stays in force"} {
		if strings.Count(said, want) != 1 {
			t.Errorf("the log does not say once %q:\n%s", want, said)
		}
	}
}

// opened is how many streams to a service were opened.
func (e *emulator) opened(service string) (n int) {
	for _, s := range e.streams {
		if s.service == service {
			n++
		}
	}
	return n
}

func TestThePolicyServerGivesIdentities(t *testing.T) {
	m := startMachines(t, 2, `{"xds": "npds", "hosts": true}`)
	m.pass(tickEvery)
	policy := allowing(endpoint, "")
	policy.IngressPerPortPolicies[0].Rules[0].RemotePolicies = []uint32{7}
	var reply discovery.DiscoveryRequest
	m.says(policyService, world(t, "1", policy), &reply)
	m.pass(tickEvery)
	m.want(m.connect(), "a", false)
	m.says(hostService, world(t, "5", &cilium.NetworkPolicyHosts{Policy: 7, HostAddresses: []string{"127.0.0.2/32"}}), &reply)
	accepted(t, &reply, "5")
	m.pass(tickEvery)
	m.want(m.connect(), "a", true)
}

func TestAServerThatSendsAgainWhatIsRefusedIsSlowedDown(t *testing.T) {
	m := startMachines(t, 1, `{"xds": "npds"}`)
	m.pass(tickEvery)
	var reply discovery.DiscoveryRequest
	m.says(policyService, world(t, "1", &cilium.NetworkPolicy{}), &reply)
	owner, id, s := m.only(policyService)
	text, err := proto.Marshal(world(t, "2", &cilium.NetworkPolicy{}))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		before := len(s.sent)
		owner.buffers = map[uint32][]byte{received: text}
		owner.call("proxy_on_grpc_receive", root, id, uint64(len(text)))
		if len(s.sent) != before {
			t.Fatal("a second refusal is sent at once")
		}
		m.pass(1100 * time.Millisecond)
		if len(s.sent) != before+1 {
			t.Fatalf("%d refusals are sent, want one", len(s.sent)-before)
		}
	}
}

func TestRepliesAreSentInTheOrderOfTheUpdates(t *testing.T) {
	m := startMachines(t, 1, `{"xds": "npds"}`)
	m.pass(tickEvery)
	_, _, s := m.only(policyService)
	for _, version := range []string{"1", "2", "3"} {
		m.says(policyService, world(t, version, &cilium.NetworkPolicy{}), nil)
	}
	m.says(policyService, world(t, "4", allowing(endpoint, "public/")), nil)
	m.pass(time.Second)
	var nonces []string
	for _, text := range s.sent[1:] {
		var reply discovery.DiscoveryRequest
		if err := proto.Unmarshal([]byte(text), &reply); err != nil {
			t.Fatal(err)
		}
		nonces = append(nonces, reply.GetResponseNonce())
	}
	if got := strings.Join(nonces, " "); got != "nonce-1 nonce-2 nonce-3 nonce-4" {
		t.Errorf("the replies are to %s", got)
	}
}

func TestAServerThatDoesNotWaitForRefusalsLosesItsStream(t *testing.T) {
	m := startMachines(t, 1, `{"xds": "npds"}`)
	m.pass(tickEvery)
	owner, _, s := m.only(policyService)
	updates := 0
	for ; !s.cancelled && updates < 100; updates++ {
		m.says(policyService, world(t, "1", &cilium.NetworkPolicy{}), nil)
	}
	if said := strings.Join(owner.messages, "\n"); updates != 66 || !strings.Contains(said, "does not wait for the refusals") {
		t.Errorf("the stream ends after %d updates; the log says\n%s", updates, said)
	}
}

func TestAnUpdateThatIsTooLargeEndsTheStream(t *testing.T) {
	m := startMachines(t, 1, `{"xds": "npds"}`)
	m.pass(tickEvery)
	owner, id, s := m.only(policyService)
	owner.call("proxy_on_grpc_receive", root, id, 16<<20+1)
	if said := strings.Join(owner.messages, "\n"); !s.cancelled || !strings.Contains(said, "too large for a Wasm plugin") {
		t.Errorf("the stream goes on, or the log does not say why it ended:\n%s", said)
	}
	m.pass(time.Second)
	owner, id, s = m.only(policyService)
	owner.buffers = map[uint32][]byte{received: []byte("no message")}
	owner.call("proxy_on_grpc_receive", root, id, 10)
	if !s.cancelled {
		t.Error("the stream goes on after what is not a message")
	}
}

// Of two plugins of a virtual machine with one source, each may end first.
func TestASourceOutlivesThePluginThatDrivesIt(t *testing.T) {
	m := startMachines(t, 1, `{"xds": "npds"}`)
	m.pass(tickEvery)
	e := m.all[0]
	if !e.configure(2, `{"parser": "memcache", "stat_prefix": "second", "policy": {"xds": "npds"}}`) {
		t.Fatal(e.messages)
	}
	var reply discovery.DiscoveryRequest
	m.says(policyService, world(t, "1", allowing(endpoint, "public/")), &reply)
	e.disconnect(root)
	e.now += tickEvery
	e.call("proxy_on_tick", 2)
	_, _, s := m.only(policyService)
	if m.read(s, &reply); reply.GetVersionInfo() != "1" {
		t.Errorf("the stream begins with %v", &reply)
	}
	e.connect(10, 2, properties)
	if out := e.data(10, false, false, []byte("get public/a\r\n")); string(out) != "get public/a\r\n" {
		t.Errorf("%q passes", out)
	}
}

// allowed returns machines whose policy is in force.
func allowed(t *testing.T, n int) *machines {
	t.Helper()
	m := startMachines(t, n, `{"xds": "npds"}`)
	m.pass(tickEvery)
	m.says(policyService, world(t, "1", allowing(endpoint, "public/")), new(discovery.DiscoveryRequest))
	m.pass(tickEvery)
	return m
}

func TestThePolicyServerGetsTheAccessLog(t *testing.T) {
	m := allowed(t, 1)
	e := m.all[0]
	if owners, _ := m.streams(logService); len(owners) != 0 {
		t.Error("there is a stream without an entry")
	}
	m.want(m.connect(), "public/a", true)
	m.want(m.connect(), "secret/a", false)
	m.pass(tickEvery)
	_, _, s := m.only(logService)
	var report logs.Report
	m.read(s, &report)
	types := entryTypes(t, report.GetEntries())
	if types != "Request Response Denied" || report.GetLibrary().GetNodeId() == "" || len(report.GetLibrary().GetParsers()) < 5 ||
		report.GetHealth().GetOpenConnections() != 2 || report.GetHealth().GetPolicyLastUpdate() == 0 || len(e.log) != 3 {
		t.Errorf("the report has %s and is %v; in Envoy's log are %d", types, &report, len(e.log))
	}

	// Until the server has replied nothing else is sent.
	m.want(m.connect(), "public/b", true)
	m.pass(time.Second)
	if len(s.sent) != 1 {
		t.Errorf("%d reports are sent without a receipt", len(s.sent))
	}
	m.says(logService, &logs.Receipt{Entries: 3}, nil)
	m.pass(tickEvery)
	report.Reset()
	m.read(s, &report)
	if types := entryTypes(t, report.GetEntries()); len(s.sent) != 2 || types != "Request Response" || report.GetLibrary() != nil {
		t.Errorf("the second report has %s and is %v", types, &report)
	}

	// What is in a report without a receipt is lost with the stream, and the server learns that on the next one.
	m.end(logService)
	m.pass(time.Second)
	_, _, s = m.only(logService)
	report.Reset()
	m.read(s, &report)
	if report.GetLost() != 2 || report.GetLibrary() == nil || e.metric("proxylib_log_entries_lost").value != 2 {
		t.Errorf("the first report of the new stream is %v", &report)
	}
	m.says(logService, &logs.Receipt{}, nil)
	m.pass(6 * time.Second)
	report.Reset()
	m.read(s, &report)
	if report.GetLost() != 0 || report.GetHealth().GetLogEntriesLost() != 2 {
		t.Errorf("the health is reported by %v", &report)
	}

	// A server that does not reply, and one that says what is wrong, have their streams ended.
	m.pass(11 * time.Second)
	if !s.cancelled {
		t.Error("the stream goes on without a receipt")
	}
}

func TestEachVirtualMachineReportsWhetherThePolicyServerIsConnected(t *testing.T) {
	silent := startMachines(t, 2, `{"xds": "npds"}`)
	silent.want(silent.connect(), "public/a", false)
	silent.pass(2 * tickEvery)
	for m, connected := range map[*machines]uint64{silent: 0, allowed(t, 2): 1} {
		m.want(m.connect(), "public/a", connected == 1)
		m.pass(tickEvery)
		owners, ids := m.streams(logService)
		if len(owners) != 2 {
			t.Fatalf("%d streams", len(owners))
		}
		var updates uint64
		for i, owner := range owners {
			var report logs.Report
			m.read(owner.streams[ids[i]], &report)
			if h := report.GetHealth(); h.GetPolicySources() != 1 || h.GetPolicySourcesConnected() != connected {
				t.Errorf("the health is %v, want %d servers that are connected", h, connected)
			}
			updates += report.GetHealth().GetPolicyUpdates()
		}
		if updates != connected {
			t.Errorf("%d updates are reported, want %d", updates, connected)
		}
	}
}

// entryTypes are the types of entries, which are messages.
func entryTypes(t *testing.T, entries [][]byte) string {
	t.Helper()
	var types []string
	for _, text := range entries {
		var e cilium.LogEntry
		if err := proto.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		types = append(types, e.GetEntryType().String())
	}
	return strings.Join(types, " ")
}

func TestEntriesForAServerThatIsAwayAreBounded(t *testing.T) {
	m := allowed(t, 1)
	e := m.all[0]
	e.unreachable = true
	stream := m.connect()[0]
	key := "public/" + strings.Repeat("k", 240)
	for range 8000 {
		e.data(stream, false, false, []byte("get "+key+"\r\n"))
		e.data(stream, true, false, []byte("END\r\n"))
		e.log = nil
	}
	m.pass(tickEvery)
	lost := e.metric("proxylib_log_entries_lost").value
	if lost == 0 || lost > 15_500 {
		t.Fatalf("%d of 16000 entries are lost", lost)
	}
	e.unreachable = false
	m.pass(time.Second)
	_, _, s := m.only(logService)
	var report logs.Report
	m.read(s, &report)
	if int64(len(report.GetEntries())) != 16000-lost || report.GetLost() != uint64(lost) || len(s.sent[0]) > 2<<20 {
		t.Errorf("the report has %d entries in %d bytes, and says that %d are lost", len(report.GetEntries()), len(s.sent[0]), report.GetLost())
	}
}

func TestTheTimeInWhichConnectionsAreClosedDoesNotBeginAgain(t *testing.T) {
	e := plain(t, "memcache")
	for stream := uint64(10); stream < 15; stream++ {
		e.connect(stream, root, properties)
		e.data(stream, false, false, []byte("get a\r\nset b 0 0 1\r\nxyz\r\n"))
		if e.data(stream, true, false, []byte("END\r\n")); e.closed {
			t.Fatal("the connection is closed before what it says last is sent")
		}
	}
	if e.ticks == 0 || e.armed != 1 {
		t.Errorf("the next tick was set %d times, to %d ms", e.armed, e.ticks)
	}
	e.call("proxy_on_tick", root)
	if !e.closed || e.ticks != 0 {
		t.Errorf("closed %v; the next tick is in %d ms", e.closed, e.ticks)
	}
}
