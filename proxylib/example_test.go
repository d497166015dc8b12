package proxylib_test

import (
	"fmt"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// exampleConnection makes a connection as a host does. A parser gets its own when it is made.
func exampleConnection(instance *host.Instance) *host.Connection {
	conn, err := host.NewConnection(instance, "example", host.ConnectionInfo{
		Port: 80, DstAddr: "10.0.0.1:80",
		Protocol: &proxylib.Protocol{Name: "example", New: func(*proxylib.Connection) proxylib.Parser { return idle{} }},
	})
	if err != nil {
		panic(err)
	}
	return conn
}

// A queue keeps denials in the order of replies. This one denies a request by its number while the reply to an
// earlier one is owed.
func ExampleReplyQueue() {
	conn := exampleConnection(host.NewInstance(host.InstanceConfig{Policies: new(policy.Store)}))
	defer conn.Close()
	c := &conn.Connection

	type request struct{ number int }
	denial := func(r request, dst []byte) []byte { return fmt.Appendf(dst, "request %d is denied\n", r.number) }

	var replies proxylib.ReplyQueue[request]
	// The request side: one request passes, the next one is denied.
	replies.Forwarded(request{1})
	if !replies.DenyWith(c, request{2}, 0, denial) {
		fmt.Println(replies.Wait(c))
	}
	// The reply side: the denial waits until the reply to request 1 has passed.
	fmt.Println(replies.Next(c))
	fmt.Println("the server replies to request", replies.Head().number)
	replies.Done()
	fmt.Println(replies.Next(c))
	fmt.Printf("%s", *c.ReplyBuf)
	// Output:
	// NOP 0
	// the server replies to request 1
	// INJECT 20
	// request 2 is denied
}

// Requests with tags are noted when they pass, and found when their replies come, in any order.
func ExampleInFlight() {
	var requests proxylib.InFlight[uint32, string]
	for tag, what := range []string{"fetch", "produce"} {
		request, err := requests.Put(uint32(tag))
		if err != nil {
			fmt.Println(err)
			return
		}
		*request = what
	}
	_, err := requests.Put(1)
	fmt.Println(err)
	request, ok := requests.Take(1)
	fmt.Println(request, ok, requests.Len())
	_, ok = requests.Take(7)
	fmt.Println(ok)
	// Output:
	// tag of a request is in use by one that has no reply yet
	// produce true 1
	// false
}

// An outbox sends more than an inject buffer takes, in pieces.
func ExampleOutbox() {
	conn := exampleConnection(host.NewInstance(host.InstanceConfig{Policies: new(policy.Store)}))
	defer conn.Close()
	c := &conn.Connection

	toClient := proxylib.Outbox{Reply: true}
	// The reply side: 100 bytes of the server's are replaced by 2,500 others.
	fmt.Println(toClient.Replace(c, 100, make([]byte, 2500)))
	for !toClient.Empty() {
		fmt.Println(toClient.Next(c))
		*c.ReplyBuf = (*c.ReplyBuf)[:0] // as the host sends them
	}
	// Output:
	// DROP 100
	// INJECT 1024
	// INJECT 1024
	// INJECT 452
}

// Connections to one server share what a parser has learned of it.
func ExampleShared() {
	type topics struct{ allowance *proxylib.Allowance }
	newTopics := func(a *proxylib.Allowance) *topics { return &topics{allowance: a} }

	instance := host.NewInstance(host.InstanceConfig{Policies: new(policy.Store)})
	a, b := exampleConnection(instance), exampleConnection(instance)
	ofA := proxylib.Shared(&a.Connection, a.DstAddr, newTopics)
	ofB := proxylib.Shared(&b.Connection, b.DstAddr, newTopics)
	fmt.Println(ofA == ofB, ofA.allowance.Take(64))
	fmt.Println(instance.SharedValues(), instance.SharedBytes())
	a.Close()
	b.Close()
	fmt.Println(instance.SharedValues(), instance.SharedBytes())
	// Output:
	// true true
	// 1 64
	// 0 0
}

// shouting is a protocol of lines, of which rules say what they are.
var shouting = proxylib.Protocol{
	Name: "shouting",
	New: func(c *proxylib.Connection) proxylib.Parser {
		return &shoutingParser{connection: c}
	},
	RuleKeys:  []proxylib.RuleKey{{Name: "word", Match: proxylib.Prefix, Doc: "it begins with this"}},
	LogFields: []proxylib.LogFieldDoc{{Name: "line", Doc: "what the client said"}},
	Access:    []proxylib.AccessDoc{{Access: proxylib.Read, Doc: "what ends in `?`"}, {Access: proxylib.Write, Doc: "everything else"}},
}

type shoutingParser struct{ connection *proxylib.Connection }

func init() { proxylib.Register(shouting) }

// shout is a request as rules see it.
type shout string

func (s shout) Value(int, int) (proxylib.Value, int) { return proxylib.Text([]byte(s)), 0 }

func (s shout) AccessClass() proxylib.Access {
	if s[len(s)-1] == '?' {
		return proxylib.Read
	}
	return proxylib.Write
}

// OnData takes what comes at once for one request, which a real parser must not do.
func (p *shoutingParser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	if len(data) == 0 {
		return proxylib.NOP, 0
	}
	if reply {
		return proxylib.PASS, len(data[0])
	}
	request := shout(data[0])
	verdict := p.connection.Decide(request)
	p.connection.LogRequest(verdict, proxylib.NewL7Entry("shouting").Add("line", string(request)))
	if !verdict.Allowed {
		return proxylib.DROP, len(data[0])
	}
	return proxylib.PASS, len(data[0])
}

// The package of a parser registers its protocol in an init function. Then policies may have rules with its keys, and those
// of the framework.
func ExampleRegister() {
	// func init() { proxylib.Register(shouting) }
	registered := proxylib.Registered("shouting")
	fmt.Print(registered.RuleKeyTable())
	_, err := registered.Compile([]map[string]string{{"wrod": "hello"}})
	fmt.Println(err)
	// Output:
	// | key | a request matches when |
	// |---|---|
	// | `word` | it begins with this |
	// | `access` | it does no more than this: `read`, `write` (which includes read) or `admin` (which includes both); of a rule that denies, it does this or more |
	// rule 0: key wrod: is unknown, use word or access
}

// A parser asks about each request, and logs it with the verdict. This one is not allowed to write.
func ExampleConnection_Decide() {
	protocol := shouting.Complete()
	compiler := policy.NewCompiler(policy.RuleParsers{protocol.Name: protocol.ParseRules})
	err := compiler.Add(&cilium.NetworkPolicy{
		EndpointIps: []string{"10.0.0.1"},
		IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: 80, Rules: []*cilium.PortNetworkPolicyRule{{
			Name: "questions", L7Proto: "shouting", L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
				L7AllowRules: []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{"access": "read"}}},
			}},
		}}}},
	})
	if err != nil {
		panic(err)
	}
	policies := new(policy.Store)
	policies.Replace(compiler.Snapshot())
	conn, err := host.NewConnection(host.NewInstance(host.InstanceConfig{Policies: policies}), "shouting", host.ConnectionInfo{
		Ingress: true, PolicyName: "10.0.0.1", DstAddr: "10.0.0.1:80", Protocol: protocol,
	})
	if err != nil {
		panic(err)
	}
	defer conn.Close()

	for _, request := range []shout{"who is there?", "me"} {
		verdict := conn.Decide(request)
		fmt.Printf("%s allowed: %t, rule: %q, reason: %q\n", request, verdict.Allowed, verdict.Rule, verdict.Reason)
	}
	// Output:
	// who is there? allowed: true, rule: "questions", reason: ""
	// me allowed: false, rule: "", reason: "no rule"
}
