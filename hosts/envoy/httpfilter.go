package envoy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/instance"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/httprule"
	"github.com/proxylib/proxylib/proxylib/host"
)

// httpFilter is a configuration of the HTTP filter in force. It may be used from several threads at once.
type httpFilter struct {
	settings   *httpSettings
	identities *policy.Identities
	// names are the identities of clients by their names; nil if there are none.
	names map[string]uint32
	// keys are those of log_headers in entries of the access log.
	keys map[string]accesslog.Key
	// instance and secrets are nil while the host only validates.
	instance *host.Instance
	secrets  *secretStore
	// scratch holds *httpScratch.
	scratch sync.Pool
	// flows are the connections of which requests have come lately, by a hash of their numbers.
	flows [flowSlots]atomic.Pointer[httpFlow]
}

// flowSlots is the number of connections that are remembered at most; a power of two.
const flowSlots = 4096

// httpFacts are what Envoy knows of a request beside its headers. Texts are Envoy's memory. direct is the peer of the connection;
// empty before Envoy 1.40. source is the address that Envoy takes for the client's, and name
// what client_name calls the client.
type httpFacts struct {
	connection                                              uint64
	protocol, source, direct, destination, serverName, name string
	// host is Envoy's name of the stream.
	host goHost
}

// httpFlow is what requests of one connection have in common. It is immutable.
type httpFlow struct {
	connection                      uint64
	client, destination, serverName string
	// named is the identity that the client has by its name; 0 if that has none.
	named uint32
	// known are the identities that remoteID was found in.
	known    *policy.Identities
	info     host.ConnectionInfo
	remoteID uint32
	port     uint16
	log      accesslog.Flow
	// fault is why nothing may pass.
	fault error
}

// httpScratch is the working memory of one call.
type httpScratch struct {
	request httprule.Request
	// reading is the request with another reading of its path.
	reading httprule.Request
	secrets requestSecrets
	asked   policy.Request
	verdict policy.Verdict
	entry   accesslog.HTTP
	text    []byte
	// stream is one to use again, which has ended; it may be nil.
	stream *httpStream
}

// spareStreams holds *httpStream that the host has no place for.
var spareStreams sync.Pool

// httpStream is a request whose reply is logged. It may be used again for one of another filter.
type httpStream struct {
	filter *httpFilter
	flow   *httpFlow
	rule   string
	id     []byte
	// protocol is that of the request.
	protocol cilium.HttpProtocol
	exchange httpExchange
}

// openHTTP makes a filter of its configuration. knowsPeer: Envoy knows the peer of a connection. envoy has secrets.
func openHTTP(name string, config []byte, validating, knowsPeer bool, envoy secretHost, opener *instance.Opener) (*httpFilter, error) {
	if name != filterName {
		return nil, fmt.Errorf("filter_name: %q is unknown: give %q", name, filterName)
	}
	s, err := parseHTTP(config)
	if err != nil {
		return nil, fmt.Errorf("filter_config: %w", err)
	}
	if s.AccessLog.Envoy() {
		return nil, errors.New("filter_config: access_log.envoy: is for a Wasm plugin: give a file or a socket")
	}
	ids, err := filterconfig.NewIdentities(s.Identities)
	if err != nil {
		return nil, fmt.Errorf("filter_config: %w", err)
	}
	f := &httpFilter{settings: s, identities: ids, names: filterconfig.URISANs(s.Identities)}
	f.keys = map[string]accesslog.Key{}
	for _, name := range s.LogHeaders {
		f.keys[name] = accesslog.NewKey(name)
	}
	part, err := shared(&s.Settings)
	if err != nil {
		return nil, fmt.Errorf("filter_config: policy: %w", err)
	}
	part.HTTP = true
	if validating {
		return f, instance.Check(part)
	}
	if f.instance, err = opener.Open(part); err != nil {
		return nil, err
	}
	if !knowsPeer && s.ClientAddress == directAddress && !s.Policy.Given() && f.names == nil {
		f.instance.Log().Warn("clients of HTTP have no identity, as this Envoy does not name the peers of connections")
	}
	if f.secrets, err = openSecrets(s.Secrets, envoy, f.instance.Log()); err != nil {
		f.close(opener)
		return nil, err
	}
	return f, nil
}

func (f *httpFilter) close(opener *instance.Opener) {
	if f.secrets != nil {
		f.secrets.close()
	}
	if f.instance != nil {
		opener.Close(f.instance.ID())
	}
}

func (f *httpFilter) takeScratch() *httpScratch {
	if k, ok := f.scratch.Get().(*httpScratch); ok {
		return k
	}
	return &httpScratch{}
}

// keptHeaders is the number of headers up to which a scratch is kept.
const keptHeaders = 256

// giveScratch takes a scratch back, without its references to memory of Envoy.
func (f *httpFilter) giveScratch(k *httpScratch) {
	if cap(k.request.Headers) > keptHeaders {
		return
	}
	k.request.Reset()
	k.reading.Reset()
	clear(k.entry.Headers)
	clear(k.entry.Missing)
	clear(k.entry.Rejected)
	k.entry = accesslog.HTTP{Headers: k.entry.Headers[:0], Missing: k.entry.Missing[:0], Rejected: k.entry.Rejected[:0]}
	k.asked, k.secrets, k.stream = policy.Request{}, requestSecrets{}, nil
	f.scratch.Put(k)
}

// flow returns what is known of the connection of a request.
func (f *httpFilter) flow(facts *httpFacts) *httpFlow {
	client := facts.direct
	if f.settings.ClientAddress == envoyAddress {
		client = facts.source
	}
	var known *policy.Identities
	if store := f.instance.Identities(); store != nil {
		known = store.Current()
	}
	named := f.names[facts.name]
	slot := &f.flows[facts.connection%flowSlots]
	if c := slot.Load(); c != nil && c.connection == facts.connection && c.client == client && c.known == known &&
		c.destination == facts.destination && c.serverName == facts.serverName && c.named == named {
		return c
	}
	c := &httpFlow{
		connection: facts.connection, client: strings.Clone(client), known: known,
		destination: strings.Clone(facts.destination), serverName: strings.Clone(facts.serverName), named: named,
	}
	c.establish(f, strings.Clone(facts.source))
	slot.Store(c)
	return c
}

func (c *httpFlow) establish(f *httpFilter, source string) {
	c.info, c.fault = f.settings.Connection(filterconfig.Facts{
		ID: c.connection, Remote: addressOf(c.client), Local: addressOf(c.destination), ServerName: c.serverName,
		Named: c.named,
	}, func(addr netip.Addr) uint32 {
		if id := f.identities.Of(addr); id != 0 || c.known == nil {
			return id
		}
		return c.known.Of(addr)
	})
	if c.remoteID = c.info.DstId; c.info.Ingress {
		c.remoteID = c.info.SrcId
	}
	if c.port = c.info.Port; c.port == 0 {
		c.port = addressOf(c.destination).Port()
	}
	if c.info.SrcAddr == "" {
		// It is for readers only.
		c.info.SrcAddr = source
	}
	c.log = accesslog.NewFlow(accesslog.FlowInfo{
		Connection: c.connection, Ingress: c.info.Ingress, PolicyName: c.info.PolicyName, ProxyID: c.info.ProxyID,
		SourceID: c.info.SrcId, DestinationID: c.info.DstId, SourceAddress: c.info.SrcAddr,
		DestinationAddress: c.info.DstAddr, ServerName: c.serverName,
	})
}

func addressOf(text string) netip.AddrPort {
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// httpResult is a verdict as the host carries it out.
type httpResult struct {
	allowed, audited, unknown bool
	rule, reason              string
	// stream is not nil if the reply is logged.
	stream *httpStream
}

// decide decides the request in a scratch, and logs it.
func (f *httpFilter) decide(facts *httpFacts, k *httpScratch) (r httpResult) {
	f.nameClient(facts, &k.request)
	flow, v := f.flow(facts), &k.verdict
	k.secrets = requestSecrets{f.secrets, facts.host}
	k.request.Secrets = &k.secrets
	if *v = (policy.Verdict{}); flow.fault != nil {
		v.Reason = flow.fault.Error()
	} else {
		k.asked = policy.Request{
			RemoteID: flow.remoteID, ProxyID: flow.info.ProxyID, ServerName: facts.serverName, Parser: policy.HTTP, L7: &k.request,
		}
		ports := f.instance.Policies().Current().Lookup(flow.info.PolicyName, flow.info.Ingress, flow.port)
		other := f.decideReadings(ports, k)
		if ports.DecideInto(&k.asked, v); v.Allowed && other.Reason != "" {
			*v = other
		}
	}
	r = httpResult{allowed: v.Allowed, rule: v.Rule, reason: v.Reason, unknown: flow.remoteID == 0}
	switch observes := f.instance.Observes(); {
	case observes && (v.Reason == policy.NoPolicy || flow.fault != nil):
		r.allowed, r.reason = true, ""
	case !v.Allowed:
		r.audited = v.Audit || f.instance.Audit() || observes
		r.allowed = r.audited
	}
	if !v.Allowed || f.instance.Observes() {
		// A request that passes all the same passes as it is.
		k.request.Edits = k.request.Edits[:0]
	}
	if log := f.instance.AccessLog(); log != nil {
		f.logRequest(log, facts, flow, k, &r)
	}
	return r
}

// decideReadings decides what else servers may take the request for, and returns the first verdict that denies. Without one it is
// the zero value.
func (f *httpFilter) decideReadings(ports *policy.PortRules, k *httpScratch) (denied policy.Verdict) {
	if f.settings.Paths != everyReading {
		return policy.Verdict{}
	}
	path, _ := k.request.First(httprule.Path)
	host, _ := k.request.First(httprule.Authority)
	if !httprule.IsHost(host) {
		return ports.Refuse("the host is not a single one")
	}
	reading, v, found := httprule.FirstDenied(path, host, ports.Denies(), func(r httprule.Reading) policy.Verdict {
		return f.decideReading(ports, k, r)
	})
	switch {
	case !found:
		return policy.Verdict{}
	case reading.Host != host:
		v.Reason = "another reading of the host: " + v.Reason
	default:
		v.Reason = "another reading of the path: " + v.Reason
	}
	return v
}

// decideReading decides the request with another path or host.
func (f *httpFilter) decideReading(ports *policy.PortRules, k *httpScratch, r httprule.Reading) policy.Verdict {
	k.reading.Reset()
	k.reading.Headers = append(k.reading.Headers, k.request.Headers...)
	k.reading.Secrets = &k.secrets
	k.reading.SetPath(r.Path)
	k.reading.SetHost(r.Host)
	asked := k.asked
	asked.L7 = &k.reading
	return ports.Decide(&asked)
}

func (f *httpFilter) logRequest(log accesslog.Logger, facts *httpFacts, flow *httpFlow, k *httpScratch, r *httpResult) {
	e := &k.entry
	f.fillRequest(e, facts, &k.request)
	entry := accesslog.Entry{
		Time: time.Now().UnixNano(), Type: cilium.EntryType_Denied, Rule: r.rule, Reason: r.reason, Audit: r.audited, Flow: &flow.log, L7: e,
	}
	if !r.allowed {
		log.Log(entry)
		return
	}
	r.stream = f.newStream(flow, k, r.rule)
	if f.logs(accesslog.Requests) {
		entry.Type, entry.For = cilium.EntryType_Request, accesslog.Requests
		log.Log(entry)
	}
	if f.logs(accesslog.Exchanges) {
		r.stream.exchange.begin(e, entry.Time, r)
	}
}

// logsHeads reports whether the heads of replies are needed for the log. For their status alone they are not.
func (f *httpFilter) logsHeads() bool {
	return f.logs(accesslog.Requests) || slices.ContainsFunc(f.settings.LogHeaders, func(name string) bool { return name != requestID })
}

// logs reports whether some reader of the log wants entries of a kind.
func (f *httpFilter) logs(kind accesslog.Kinds) bool { return f.instance.LogKinds()&kind != 0 }

func (f *httpFilter) newStream(flow *httpFlow, k *httpScratch, rule string) *httpStream {
	s := k.stream
	if s == nil {
		s, _ = spareStreams.Get().(*httpStream)
	}
	if s == nil {
		s = &httpStream{}
	}
	id, _ := k.request.First(requestID)
	s.filter, s.flow, s.rule, s.id, s.protocol = f, flow, rule, append(s.id[:0], id...), k.entry.Protocol
	s.exchange.open = false
	return s
}

// fillRequest fills in the entry of a request.
func (f *httpFilter) fillRequest(e *accesslog.HTTP, facts *httpFacts, q *httprule.Request) {
	e.Protocol = protocolOf(facts.protocol)
	for i := range q.Headers {
		h := &q.Headers[i]
		switch h.Name {
		case httprule.Method:
			e.Method = h.Value
		case httprule.Path:
			e.Path = h.Value
		case httprule.Authority:
			e.Host = h.Value
		case httprule.Scheme:
			if e.Scheme == "" {
				e.Scheme = h.Value
			}
		default:
			if h.Name == "x-forwarded-proto" {
				e.Scheme = h.Value
			}
			if slices.Contains(f.settings.LogHeaders, h.Name) {
				e.Headers = append(e.Headers, accesslog.HTTPHeader{Key: h.Name, Value: h.Value})
			}
		}
	}
	e.Missing = f.expected(e.Missing, q.Missing)
	e.Rejected = f.expected(e.Rejected, q.Rejected)
}

// confidential are headers whose values the log shows only if it is to show those headers.
var confidential = []string{"authorization", "cookie", "proxy-authorization"}

// expected appends headers of which the policy has expected another value.
func (f *httpFilter) expected(list []accesslog.HTTPHeader, headers []httprule.Header) []accesslog.HTTPHeader {
	for _, h := range headers {
		if slices.Contains(confidential, h.Name) && !slices.Contains(f.settings.LogHeaders, h.Name) {
			h.Value = httprule.Redacted
		}
		list = append(list, accesslog.HTTPHeader{Key: h.Name, Value: h.Value})
	}
	return list
}

// protocolOf is the version of HTTP. There is no value for 3.
func protocolOf(text string) cilium.HttpProtocol {
	switch text {
	case "HTTP/1.0":
		return cilium.HttpProtocol_HTTP10
	case "HTTP/2":
		return cilium.HttpProtocol_HTTP2
	}
	return cilium.HttpProtocol_HTTP11
}

// logReply logs the head of the reply, which is in a scratch.
func (s *httpStream) logReply(k *httpScratch) {
	e, x := &k.entry, &s.exchange
	for i := range k.request.Headers {
		h := &k.request.Headers[i]
		switch {
		case h.Name == ":status":
			e.Status = statusOf(h.Value)
		case h.Name != requestID && slices.Contains(s.filter.settings.LogHeaders, h.Name):
			e.Headers = append(e.Headers, accesslog.HTTPHeader{Key: h.Name, Value: h.Value})
			if x.open {
				x.reply.AddText(s.filter.keys[h.Name], h.Value)
			}
		}
	}
	x.entry.Status = e.Status
	if !s.filter.logs(accesslog.Requests) {
		return
	}
	e.Protocol = s.protocol
	if len(s.id) > 0 {
		e.Headers = append(e.Headers, accesslog.HTTPHeader{Key: requestID, Value: lent(s.id)})
	}
	s.filter.instance.AccessLog().Log(accesslog.Entry{
		Time: time.Now().UnixNano(), Type: cilium.EntryType_Response, Rule: s.rule, Flow: &s.flow.log, For: accesslog.Requests, L7: e,
	})
}

// statusOf is a status code of three digits; 0 is another text.
func statusOf(text string) uint32 {
	if len(text) != 3 {
		return 0
	}
	n := uint32(0)
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0
		}
		n = n*10 + uint32(text[i]-'0')
	}
	return n
}

// end has the stream refer to nothing any more. Without an entry of its end it gets one.
func (s *httpStream) end() {
	if s.filter == nil {
		return
	}
	s.logEnd(0, 0, 0)
	s.filter, s.flow, s.rule = nil, nil, ""
}

// logUndecided logs a request that was replied to before it could be decided.
func (f *httpFilter) logUndecided(facts *httpFacts, status uint32, k *httpScratch) {
	log := f.instance.AccessLog()
	if log == nil {
		return
	}
	f.nameClient(facts, &k.request)
	f.fillRequest(&k.entry, facts, &k.request)
	k.entry.Status = status
	entry := accesslog.Entry{Time: time.Now().UnixNano(), Flow: &f.flow(facts).log, L7: &k.entry}
	if status == forbidden {
		entry.Type, entry.Reason = cilium.EntryType_Denied, "replied by another filter"
	}
	log.Log(entry)
}

// forbidden is the status code of a denial.
const forbidden = 403
