package npds

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// onPort is a document with one port entry of 10.0.0.1.
func onPort(entry string) []byte {
	return []byte("resources:\n- endpoint_ips: [10.0.0.1]\n  ingress_per_port_policies: [" + entry + "]\n")
}

// withRule is a document with one rule on port 80 of 10.0.0.1.
func withRule(rule string) []byte { return onPort("{port: 80, rules: [" + rule + "]}") }

func (s *FileSuite) TestWhatIsEmptyInADocumentIsRefusedWithAdvice(c *check.C) {
	all := "write allow: all"
	item := "write the item {}"
	for _, t := range []struct {
		document []byte
		want     string
	}{
		{onPort("{port: 80}"), "line 2: ingress port 80: rules: are missing: " + all},
		{onPort("{port: 80, rules: }"), "port 80: rules: are missing: " + all},
		{onPort("{port: 80, rules: []}"), "port 80: rules: are missing: " + all},
		{onPort("{rules: [{}]}"), "port: is missing: write port: 0 for every port"},
		{onPort("{port: , rules: [{}]}"), "port: is missing: write port: 0 for every port"},
		{onPort("{end_port: 90, allow: all}"), "port: is missing"},
		{onPort("{port: 80, allow: }"), "allow: want allow: all"},
		{onPort("{port: 80, allow: none}"), "allow: want allow: all"},
		{onPort("{port: 80, allow: [all]}"), "allow: want allow: all"},
		{onPort("{port: 80, allow: all, rules: [{deny: true}]}"), "rules: stand beside allow: all"},
		{onPort("{port: 80, allow: all, rules: }"), "rules: stand beside allow: all"},
		{onPort("{port: 80, end_port: , allow: all}"), "ingress_per_port_policies[0].end_port: has no value"},
		{onPort("{port: 80, rules: [{}], protocol: }"), "protocol: has no value"},

		{withRule("{name: public}"), `ingress port 80: rule 0 "public": does not say which requests it allows: ` + all},
		{withRule("{}, {remote_policies: [7]}"), `rule 1 "": does not say which requests it allows`},
		{withRule("{l7_proto: words}"), "does not say which requests it allows: " + all},
		{withRule("{l7Proto: words}"), "does not say which requests it allows: " + all},
		{withRule("{deny: false}"), "does not say which requests it allows"},
		{withRule("{deny: }"), "does not say which requests it allows"},
		{withRule("{precedence: 7}"), "does not say which requests it allows"},
		{withRule("{remote_policies: [], allow: all}"), "remote_policies: is empty: leave it out for everybody"},
		{withRule("{remotePolicies: , allow: all}"), "remote_policies: is empty: leave it out for everybody"},
		{withRule("{server_names: [], allow: all}"), "server_names: is empty: leave it out for any name"},
		{withRule("{proxy_id: , allow: all}"), "rules[0].proxy_id: has no value"},
		{withRule("{pass_precedence: }"), "pass_precedence: has no value"},
		{withRule("null"), "rules[0]: has no value"},
		{withRule("{allow: some}"), "allow: want allow: all"},
		{withRule("{allow: all, deny: true}"), "allow: all stands beside deny"},
		{withRule("{allow: all, pass_precedence: 1}"), "allow: all stands beside deny or pass_precedence"},
		{withRule("{allow: all, l7_proto: words, l7_rules: {l7_allow_rules: [{}]}}"), "l7_rules: stands beside allow: all"},

		{withRule("{l7_proto: words, l7_rules: }"), "l7_rules: l7_allow_rules: is missing: " + item},
		{withRule("{l7_proto: words, l7_rules: {}}"), "l7_rules: l7_allow_rules: is missing: " + item},
		{withRule("{l7_proto: words, l7Rules: {}}"), "l7_rules: l7_allow_rules: is missing: " + item},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: }}"), "l7_allow_rules: is empty: " + item},
		{withRule("{l7_proto: words, l7_rules: {l7AllowRules: []}}"), "l7_allow_rules: is empty: " + item},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{}], l7_deny_rules: }}"), "l7_deny_rules: is empty"},
		{withRule("{l7_proto: words, l7_rules: {l7_deny_rules: [{rule: {word: x}}]}}"), "l7_allow_rules: is missing"},
		{withRule("{deny: true, l7_proto: words, l7_rules: {}}"), "l7_allow_rules: is missing"},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{rule: }]}}"), "entry 0: does not restrict requests: write {} for any"},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{}, {rule: {}}]}}"), "entry 1: does not restrict requests"},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{name: x}]}}"), "entry 0: does not restrict requests"},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{metadata_rule: []}]}}"), "entry 0: does not restrict requests"},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{rule: {word: x}}], l7_deny_rules: [{rule: {}}]}}"),
			"l7_deny_rules: entry 0: does not restrict requests"},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [null]}}"), "l7_allow_rules[0]: has no value"},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{rule: {word: }}]}}"), "rule.word: has no value"},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{word: x}]}}"), `unknown field "word"`},
		{withRule("{l7_proto: kafka, kafka_rules: {}}"), "kafka_rules: kafka_rules: is missing: " + item},
		{withRule("{l7_proto: kafka, kafka_rules: {kafka_rules: []}}"), "kafka_rules: kafka_rules: is empty: " + item},
		{withRule("{http_rules: {}}"), "http_rules: http_rules: is missing"},
		{withRule("{http_rules: {http_rules: [{headers: []}]}}"), "http_rules: http_rules: entry 0: does not restrict requests"},
		{withRule("{http_rules: {http_rules: [{headers: [], headerMatches: []}]}}"), "entry 0: does not restrict requests"},
		{withRule("{http_rules: {http_rules: [{headers: [null]}]}}"), "headers[0]: has no value"},

		{[]byte("resources:\n- endpoint_ips: [10.0.0.1]\n  ingress_per_port_policies:\n"), "ingress_per_port_policies: has no value"},
		{[]byte("- {endpoint_ips: [10.0.0.1], egressPerPortPolicies: [{port: 80}]}"), "egress port 80: rules: are missing"},
		{[]byte("- {endpoint_ips: [10.0.0.1], allow: all}"), `unknown field "allow"`},
		{[]byte("- "), "line 1: "},
	} {
		_, err := CompileDocument(t.document, parsers)
		if err == nil || !strings.Contains(err.Error(), t.want) {
			c.Errorf("%s\n%v, want %s", t.document, err, t.want)
		}
		_, err = DecodeResources[cilium.NetworkPolicy](t.document)
		if err == nil || !strings.Contains(err.Error(), t.want) {
			c.Errorf("decoding %s\n%v, want %s", t.document, err, t.want)
		}
	}
}

func (s *FileSuite) TestWhatAllowsEverythingInADocumentIsWrittenOut(c *check.C) {
	for _, t := range []struct {
		document []byte
		allowed  bool
	}{
		{onPort("{port: 80, allow: all}"), true},
		{onPort("{port: 0, allow: all}"), true},
		{onPort("{port: 80, rules: [{}]}"), true},
		{withRule("{name: public, allow: all}"), true},
		{withRule("{l7_proto: words, allow: all}"), true},
		{withRule("{l7_proto: other, allow: all}"), false},
		{withRule("{remote_policies: [7], allow: all}"), false},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{}]}}"), true},
		{withRule("{l7Proto: words, l7Rules: {l7AllowRules: [{rule: {word: x}}]}}"), true},
		{withRule("{l7_proto: words, l7_rules: {l7_allow_rules: [{}], l7_deny_rules: [{}]}}"), false},
		{withRule("{deny: true}"), false},
		{withRule("{deny: true}, {allow: all}"), false},
		{withRule("{precedence: 2, pass_precedence: 2}, {precedence: 1, allow: all}"), true},
		{withRule("{http_rules: {http_rules: [{}]}}"), false},
		{onPort(""), false},
		{[]byte("- {endpoint_ips: [10.0.0.1]}"), false},
		{[]byte("resources: []"), false},
	} {
		document, err := CompileDocument(t.document, parsers)
		if !c.Check(err, check.IsNil, check.Commentf("%s", t.document)) {
			continue
		}
		s.store.Replace(document.Policies)
		c.Check(allows(s.store, 80), check.Equals, t.allowed, check.Commentf("%s", t.document))
	}
}

// What a policy server sends keeps its meaning when it is written to a document.
func (s *FileSuite) TestAnEncodedPolicyDecidesTheSame(c *check.C) {
	for _, rules := range []string{
		`{}`, `{"port": 80}`, `{"port": 80, "rules": []}`, `{"port": 80, "rules": [{}]}`, `{"rules": [{"name": "x"}]}`,
		`{"port": 80, "rules": [{"l7Proto": "words"}]}`, `{"port": 80, "rules": [{"l7Proto": "words", "l7Rules": {}}]}`,
		`{"port": 80, "rules": [{"l7Proto": "words", "l7Rules": {"l7AllowRules": [{}]}}]}`,
		`{"port": 80, "rules": [{"l7Proto": "words", "l7Rules": {"l7AllowRules": [{"name": "n", "rule": {}}]}}]}`,
		`{"port": 80, "rules": [{"l7Proto": "words", "l7Rules": {"l7DenyRules": [{"name": "n"}]}}]}`,
		`{"port": 80, "rules": [{"remotePolicies": [7]}]}`, `{"port": 80, "rules": [{"deny": true}, {}]}`,
		`{"port": 80, "rules": [{"precedence": 2, "passPrecedence": 2}, {"precedence": 1}]}`,
		`{"port": 80, "rules": [{"deny": false}]}`, `{"port": 80, "rules": [{"httpRules": {}}]}`,
		`{"port": 80, "endPort": 81, "protocol": "UDP"}`,
	} {
		resource := &cilium.NetworkPolicy{}
		text := fmt.Sprintf(`{"endpointIps": ["10.0.0.1"], "ingressPerPortPolicies": [%s]}`, rules)
		c.Assert(protojson.Unmarshal([]byte(text), resource), check.IsNil)
		served, err := policy.Compile([]*cilium.NetworkPolicy{resource}, parsers)
		c.Assert(err, check.IsNil)
		encoded, err := EncodePolicy(resource)
		c.Assert(err, check.IsNil)
		document, err := CompileDocument([]byte("["+string(encoded)+"]"), parsers)
		if !c.Check(err, check.IsNil, check.Commentf("%s", encoded)) {
			continue
		}
		for _, request := range []*policy.Request{{Parser: "words"}, {Parser: "other"}, {Parser: "words", RemoteID: 7}} {
			for _, port := range []uint16{80, 81} {
				want := served.Lookup("10.0.0.1", true, port).Decide(request)
				got := document.Policies.Lookup("10.0.0.1", true, port).Decide(request)
				c.Check(got, check.DeepEquals, want, check.Commentf("%s: port %d, %+v", encoded, port, request))
			}
		}
	}
}
