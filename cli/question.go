package cli

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/httprule"
	"github.com/proxylib/proxylib/proxylib/host"
)

// The verdicts of an answer.
const (
	verdictAllowed = "allowed"
	verdictDenied  = "denied"
	verdictDepends = "depends on the request"

	auditReason = "the policy denies it, but only watches"
)

// question is whether a request is allowed, by the policy of one side of a connection.
type question struct {
	*world
	from, to party
	port     uint16
	// ingress: the policy of to is asked, otherwise that of from.
	ingress bool
	// counts: the verdict of this side counts.
	counts bool
	// parser is the one to read the request; empty is that of the rules, or else that of the rules of the other side.
	parser, other string
	serverName    string
	// request is what the client sends, fields what it is about; without either the question is about the connection.
	request, keyspace string
	// http is a request of HTTP; nil if it is not one.
	http   *httprule.Request
	fields []string
}

// answer is the result of a question.
type answer struct {
	Endpoint  string `json:"endpoint"`
	Direction string `json:"direction"`
	Verdict   string `json:"verdict"`
	// Counts: the verdict of this side is a part of that of all. It is not where no policy speaks of the side, and so
	// probably there is no proxy before it.
	Counts bool `json:"counts"`
	// Rule is the rule that decided; empty where none did.
	Rule string `json:"rule,omitempty"`
	// Nearest are the rules with the fewest conditions that fail, each with those.
	Nearest []string `json:"nearest,omitempty"`
	// Reason says more where the verdict is not that of a rule.
	Reason string `json:"reason,omitempty"`
}

func (a *answer) rows(add func(...any)) {
	verdict := a.Verdict
	if !a.Counts {
		verdict += ", if a proxy is asked"
	}
	add(a.Direction+" of "+a.Endpoint, verdict)
	if a.Rule != "" {
		add("  rule", a.Rule)
	}
	if a.Reason != "" {
		add("  reason", a.Reason)
	}
	for _, near := range a.Nearest {
		add("  nearest", near)
	}
}

// because adds a reason.
func (a *answer) because(reason string) {
	if a.Reason != "" {
		reason = a.Reason + "; " + reason
	}
	a.Reason = reason
}

// sides are the questions to ask: those about both sides, or about the one whose direction is given. A side that has
// no policy, because it is not an endpoint, is not asked.
func (q question) sides(direction string) (sides []*question, err error) {
	for _, side := range []string{"egress", "ingress"} {
		asked := q
		asked.ingress = side == "ingress"
		asked.counts = direction != "" || asked.ingress || !q.hasPolicy(q.to) || asked.governed()
		if direction == side || direction == "" && asked.hasPolicy(asked.self()) {
			sides = append(sides, &asked)
		}
	}
	switch {
	case len(sides) == 0 && direction != "":
		return nil, fmt.Errorf("--direction %q: want ingress or egress", direction)
	case len(sides) == 0:
		return nil, fmt.Errorf("neither %s nor %s is a known endpoint, so there is no policy", q.from, q.to)
	case !q.hasPolicy(sides[0].self()):
		return nil, fmt.Errorf("%s is not a known endpoint, so it has no policy", sides[0].self())
	}
	for _, side := range sides {
		if parser, _ := side.parserOf(side.rules()); parser != "" {
			sides[0].other, sides[len(sides)-1].other = parser, parser
		}
	}
	return sides, nil
}

func (q *question) self() party {
	if q.ingress {
		return q.to
	}
	return q.from
}

func (q *question) remote() party {
	if q.ingress {
		return q.from
	}
	return q.to
}

// remoteID is the identity of the other side.
func (q *question) remoteID() uint32 { return q.identityOf(q.remote()) }

func (q *question) direction() string {
	if q.ingress {
		return "ingress"
	}
	return "egress"
}

// answer asks the policy as a proxy does.
func (q *question) answer() (a *answer, err error) {
	a = &answer{
		Endpoint: q.self().String(), Direction: q.direction(), Verdict: verdictDenied, Counts: q.counts,
	}
	rules := q.rules()
	near := nearest(rules)
	parser, depends := q.parserOf(rules)
	if parser == "" {
		parser = q.other
	}
	connection := q.decide(policy.Request{RemoteID: q.remoteID(), Parser: q.parser})
	switch {
	case q.http != nil:
		q.askHTTP(a)
	case q.request == "" && q.fields == nil || connection.Reason == policy.UnknownParser:
		a.settle(connection, depends)
	case parser == "":
		return nil, fmt.Errorf("no rule for port %d names a parser: name one with --parser", q.port)
	case q.fields != nil:
		err = q.askFields(a, rules, policy.Request{RemoteID: q.remoteID(), Parser: parser})
	default:
		err = q.ask(a, parser)
	}
	if err != nil {
		return nil, err
	}
	if a.Verdict != verdictAllowed && a.Nearest == nil {
		a.Nearest = texts(near)
	}
	switch {
	case !q.governed():
		a.because(q.ungoverned())
	case a.Verdict == verdictDenied && a.Rule == "" && a.Reason == "" && len(a.Nearest) == 0:
		a.because("no policy allows anything for " + q.direction())
	}
	return a, nil
}

// governed reports whether a policy speaks of the side that is asked.
func (q *question) governed() bool { return q.governs(q.self(), q.ingress) }

// decide asks the policy in force.
func (q *question) decide(r policy.Request) policy.Verdict { return q.decideBy(q.snapshot, r) }

func (q *question) decideBy(snapshot *policy.Snapshot, r policy.Request) policy.Verdict {
	r.ServerName = q.serverName
	return snapshot.Lookup(q.self().addr.String(), q.ingress, q.port).Decide(&r)
}

// settle makes the answer of a verdict; depends: more must be known where no rule has decided.
func (a *answer) settle(verdict policy.Verdict, depends bool) {
	switch a.Rule = verdict.Rule; {
	case verdict.Allowed:
		a.Verdict = verdictAllowed
	case verdict.Audit:
		a.Verdict, a.Reason = verdictAllowed, auditReason
	case verdict.Reason == policy.UnknownParser:
	case verdict.Rule == "" && depends:
		a.Verdict = verdictDepends
		return
	}
	if a.Verdict == verdictDenied {
		a.deniedFor(verdict.Reason)
	}
}

// deniedFor adds the reason of a denial, unless it is that there is no rule: which rules come near says more.
func (a *answer) deniedFor(reason string) {
	if reason != "" && reason != policy.NoRule && reason != policy.NoPolicy {
		a.because(reason)
	}
}

// askFields asks the rules about a request that is given by its fields. What is not given counts as not there; where no
// rule decides so, those that would allow the request if the rest of it fits leave the question open.
func (q *question) askFields(a *answer, rules []nearRule, r policy.Request) error {
	request, err := readRequest(r.Parser, q.fields)
	if err != nil {
		return fmt.Errorf("--l7: %w", err)
	}
	r.L7 = request
	verdict := q.decide(r)
	if verdict.Rule != "" || verdict.Allowed || verdict.Audit {
		a.settle(verdict, false)
		return nil
	}
	var missing []string
	request.assume = true
	for _, n := range rules {
		names, err := q.missing(n, r, request)
		if err != nil {
			return err
		}
		if len(names) > 0 {
			missing = append(missing, names...)
			a.Nearest = append(a.Nearest, texts([]nearRule{n})...)
		}
	}
	if a.settle(verdict, len(missing) > 0); a.Verdict == verdictDepends {
		slices.Sort(missing)
		a.Reason = "--l7 does not say " + strings.Join(slices.Compact(missing), ", ")
	}
	return nil
}

// missing lists the fields that the request needs for a rule to allow it, where it has all others that the rule asks for.
func (q *question) missing(n nearRule, r policy.Request, request *writtenRequest) (names []string, err error) {
	if !n.covers {
		return nil, nil
	}
	for _, l7 := range n.rule.GetL7Rules().GetL7AllowRules() {
		alone := proto.Clone(n.rule).(*cilium.PortNetworkPolicyRule)
		alone.GetL7Rules().L7AllowRules = []*cilium.L7NetworkPolicyRule{l7}
		port := []*cilium.PortNetworkPolicy{{Port: uint32(q.port), Rules: []*cilium.PortNetworkPolicyRule{alone}}}
		snapshot, err := policy.Compile([]*cilium.NetworkPolicy{{
			EndpointIps: []string{q.self().addr.String()}, IngressPerPortPolicies: port, EgressPerPortPolicies: port,
		}}, policy.Registered())
		if err != nil {
			return nil, refused(err)
		}
		if q.decideBy(snapshot, r).Allowed {
			names = append(names, request.missing(l7.GetRule())...)
		}
	}
	return names, nil
}

// ask lets the parser read the request.
func (q *question) ask(a *answer, parser string) error {
	turns, err := conversation(parser, q.request, q.keyspace)
	if err != nil {
		return fmt.Errorf("--request: %w", err)
	}
	store, log, entries := &policy.Store{}, logrus.New(), &lastEntry{}
	store.Replace(q.snapshot)
	log.SetOutput(io.Discard)
	info := host.ConnectionInfo{
		Ingress: q.ingress, PolicyName: q.self().addr.String(), ServerName: q.serverName, SrcId: q.remoteID(),
		SrcAddr: netip.AddrPortFrom(q.from.addr, 1).String(), DstAddr: netip.AddrPortFrom(q.to.addr, q.port).String(),
	}
	if !q.ingress {
		info.SrcId, info.DstId = 0, q.remoteID()
	}
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: store, AccessLog: entries, Log: log})
	conn, err := host.NewConnection(instance, parser, info)
	if err != nil {
		return fmt.Errorf("parser %q: %w", parser, err)
	}
	engine := datapath.New(conn, datapath.Limits{})
	defer engine.Close()
	var before, after host.Counts
	plan := datapath.Plan{}
	for _, turn := range turns {
		before = conn.Counts()
		engine.Data(turn.reply, false, [][]byte{turn.data}, &plan)
		// The parser may have to know its server before it passes a request.
		for n := 0; plan.Wait && n < maxProbes; n++ {
			engine.Data(true, false, [][]byte{answerTo(parser, plan.Out)}, &plan)
		}
		if after = conn.Counts(); plan.Close || after.Denied > 0 {
			break
		}
	}
	switch {
	case after.Denied > 0:
		a.Rule = entries.rule
		a.deniedFor(entries.reason)
	case plan.Close:
		a.Reason = "the parser refuses the bytes: " + plan.Reason
	case after.Audited > before.Audited:
		a.Verdict, a.Rule, a.Reason = verdictAllowed, entries.rule, auditReason
	case after.Passed > before.Passed:
		a.Verdict, a.Rule = verdictAllowed, entries.rule
	default:
		return fmt.Errorf("parser %q sees no whole request in %q", parser, q.request)
	}
	return nil
}

// lastEntry is an access log that retains what its last entry says of the verdict.
type lastEntry struct{ rule, reason string }

// Log implements [accesslog.Logger].
func (l *lastEntry) Log(e accesslog.Entry) {
	if e.Closed == nil {
		l.rule, l.reason = e.Rule, e.Reason
	}
}

// nearRule is a rule that speaks of the endpoint, with what it fails in.
type nearRule struct {
	rule *cilium.PortNetworkPolicyRule
	// covers: the rule is for the port. misses are the conditions that do not hold.
	covers bool
	misses []string
}

// rules lists the rules of policies that allow, those with the fewest conditions that fail first.
func (q *question) rules() []nearRule {
	var near []nearRule
	remote := q.remoteID()
	for _, resource := range q.result.Policies {
		if !slices.Contains(resource.GetEndpointIps(), q.self().addr.String()) {
			continue
		}
		ports := resource.GetEgressPerPortPolicies()
		if q.ingress {
			ports = resource.GetIngressPerPortPolicies()
		}
		for _, p := range ports {
			for _, r := range p.GetRules() {
				if !r.GetDeny() {
					near = append(near, q.compare(p, r, remote))
				}
			}
		}
	}
	slices.SortStableFunc(near, func(a, b nearRule) int { return len(a.misses) - len(b.misses) })
	return near
}

// nearest leaves the rules that fail in as little as the first.
func nearest(rules []nearRule) []nearRule {
	for i := range rules {
		if len(rules[i].misses) > len(rules[0].misses) {
			return rules[:i]
		}
	}
	return rules
}

func (q *question) compare(p *cilium.PortNetworkPolicy, r *cilium.PortNetworkPolicyRule, remote uint32) nearRule {
	n := nearRule{rule: r}
	last := max(p.GetPort(), p.GetEndPort())
	switch port := uint32(q.port); {
	case p.GetPort() == 0 || port >= p.GetPort() && port <= last:
		n.covers = true
	case p.GetPort() == last:
		n.misses = append(n.misses, fmt.Sprintf("is for port %d", last))
	default:
		n.misses = append(n.misses, fmt.Sprintf("is for ports %d to %d", p.GetPort(), last))
	}
	if ids := r.GetRemotePolicies(); len(ids) > 0 && !slices.Contains(ids, remote) {
		n.misses = append(n.misses, "is for others than "+q.remote().String())
	}
	return n
}

// parserOf is the parser that reads the requests of the port, and whether rules that are met but for the request need
// one.
func (q *question) parserOf(rules []nearRule) (parser string, depends bool) {
	parser = q.parser
	for _, n := range rules {
		name := n.rule.GetL7Proto()
		if !n.covers || name == "" {
			continue
		}
		depends = depends || len(n.misses) == 0
		if parser == "" {
			parser = name
		}
	}
	return parser, depends
}

// texts says of rules what they fail in.
func texts(near []nearRule) []string {
	var list []string
	for _, n := range near {
		misses := n.misses
		if len(misses) == 0 {
			misses = []string{"allows " + requestsOf(n.rule)}
		}
		list = append(list, n.rule.GetName()+" "+strings.Join(misses, ", and "))
	}
	return list
}

// requestsOf says which requests a rule allows.
func requestsOf(r *cilium.PortNetworkPolicyRule) string {
	var alternatives []string
	for _, l7 := range r.GetL7Rules().GetL7AllowRules() {
		alternatives = append(alternatives, describeKeys(l7.GetRule()))
	}
	for _, k := range r.GetKafkaRules().GetKafkaRules() {
		alternatives = append(alternatives, "{"+strings.TrimSpace(k.String())+"}")
	}
	text := "any request"
	if len(alternatives) > 0 {
		text = strings.Join(alternatives, " or ")
	}
	if r.GetL7Proto() != "" {
		text += " of " + r.GetL7Proto()
	}
	if names := r.GetServerNames(); len(names) > 0 {
		text += " for server name " + strings.Join(names, " or ")
	}
	return text
}

func describeKeys(keys map[string]string) string {
	var pairs []string
	for key, value := range keys {
		pairs = append(pairs, fmt.Sprintf("%s=%s", key, value))
	}
	slices.Sort(pairs)
	return "{" + strings.Join(pairs, ", ") + "}"
}
