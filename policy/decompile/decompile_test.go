package decompile

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy/cnp"
)

// decompileText decompiles resources in JSON; hosts may be "".
func decompileText(t *testing.T, policies, hosts string) (string, error) {
	t.Helper()
	var list []*cilium.NetworkPolicy
	for _, text := range texts(t, policies) {
		p := &cilium.NetworkPolicy{}
		if err := protojson.Unmarshal(text, p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	var bound []*cilium.NetworkPolicyHosts
	for _, text := range texts(t, hosts) {
		h := &cilium.NetworkPolicyHosts{}
		if err := protojson.Unmarshal(text, h); err != nil {
			t.Fatal(err)
		}
		bound = append(bound, h)
	}
	text, err := Decompile(list, bound)
	return string(text), err
}

func texts(t *testing.T, list string) (parts []json.RawMessage) {
	t.Helper()
	if list == "" {
		return nil
	}
	if err := json.Unmarshal([]byte("["+list+"]"), &parts); err != nil {
		t.Fatal(err)
	}
	return parts
}

const hosts = `{"policy": 300, "hostAddresses": ["10.0.0.1", "10.0.0.9"]}, {"policy": 16777216, "hostAddresses": ["192.0.2.0/24"]},
	{"policy": 16777217, "hostAddresses": ["192.0.2.128/25"]}, {"policy": 16777218, "hostAddresses": ["192.0.2.192/26"]}`

// rule is an endpoint with one rule.
func rule(text string) string { return port(`"port": 80, "rules": [` + text + `]`) }

func port(text string) string {
	return `{"endpointIps": ["10.0.0.1"], "ingressPerPortPolicies": [{` + text + `}]}`
}

// specOf is the one spec that a rule becomes, in JSON, beside those that deny the rest.
func specOf(t *testing.T, list string) string {
	t.Helper()
	var documents struct {
		Items []struct{ Specs []map[string]json.RawMessage }
	}
	if err := json.Unmarshal([]byte(list), &documents); err != nil {
		t.Fatal(err)
	}
	delete(documents.Items[0].Specs[1], "endpointSelector")
	text, err := json.Marshal(documents.Items[0].Specs[1])
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), `"`, "")
}

func TestARuleBecomesASpec(t *testing.T) {
	for _, c := range []struct{ name, resource, want string }{
		{"a port that is open", port(`"port": 80`), `{ingress:[{toPorts:[{ports:[{port:80,protocol:TCP}]}]}]}`},
		{"a range", port(`"port": 80, "endPort": 90, "protocol": "UDP"`),
			`{ingress:[{toPorts:[{ports:[{endPort:90,port:80,protocol:UDP}]}]}]}`},
		{"a name", rule(`{"name": "n"}`), `{description:n,ingress:[{toPorts:[{ports:[{port:80,protocol:TCP}]}]}]}`},
		{"deny", rule(`{"deny": true}`), `{ingressDeny:[{toPorts:[{ports:[{port:80,protocol:TCP}]}]}]}`},
		{"egress", `{"endpointIps": ["10.0.0.1"], "egressPerPortPolicies": [{}]}`,
			`{egress:[{toPorts:[{ports:[{port:0,protocol:TCP}]}]}]}`},
		{"an endpoint's identity, and others that have it", rule(`{"remotePolicies": [300]}`),
			`{ingress:[{fromEndpoints:[{matchExpressions:[{key:identity,operator:In,values:[300]}]}],toPorts:[{ports:[{port:80,protocol:TCP}]}]},` +
				`{fromCIDRSet:[{cidr:10.0.0.9/32}],toPorts:[{ports:[{port:80,protocol:TCP}]}]}]}`},
		{"a prefix without that of another inside", rule(`{"remotePolicies": [16777216, 16777218]}`),
			`{ingress:[{fromCIDRSet:[{cidr:192.0.2.0/24,except:[192.0.2.128/25]},{cidr:192.0.2.192/26}],` +
				`toPorts:[{ports:[{port:80,protocol:TCP}]}]}]}`},
		{"a prefix with that inside", rule(`{"remotePolicies": [16777216, 16777217, 16777218]}`),
			`{ingress:[{fromCIDRSet:[{cidr:192.0.2.0/24}],toPorts:[{ports:[{port:80,protocol:TCP}]}]}]}`},
		{"an identity that nobody has", rule(`{"remotePolicies": [7777]}`),
			`{ingress:[{fromEndpoints:[{matchExpressions:[{key:identity,operator:In,values:[7777]}]}],toPorts:[{ports:[{port:80,protocol:TCP}]}]}]}`},
		{"a reserved identity", rule(`{"remotePolicies": [1]}`),
			`{ingress:[{fromEntities:[host],toPorts:[{ports:[{port:80,protocol:TCP}]}]}]}`},
		{"L7 rules", rule(`{"l7Proto": "r2d2", "serverNames": ["a.b"], "l7Rules": {"l7AllowRules": [{"rule": {"cmd": "READ"}}, {}]}}`),
			`{ingress:[{toPorts:[{ports:[{port:80,protocol:TCP}],rules:{l7:[{cmd:READ},{}],l7proto:r2d2},serverNames:[a.b]}]}]}`},
		{"rules for Kafka", rule(`{"kafkaRules": {"kafkaRules": [{"apiVersion": -1, "apiKeys": [0, 3], "topic": "t"}, {"apiVersion": 2, "clientId": "c"}]}}`),
			`{ingress:[{toPorts:[{ports:[{port:80,protocol:TCP}],rules:{kafka:[{apiKey:produce,topic:t},{apiKey:metadata,topic:t},{apiVersion:2,clientID:c}]}}]}]}`},
		{"no rule for Kafka", rule(`{"l7Proto": "kafka", "kafkaRules": {}}`),
			`{ingress:[{toPorts:[{ports:[{port:80,protocol:TCP}],rules:{l7proto:kafka}}]}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := decompileText(t, c.resource, hosts)
			if err != nil {
				t.Fatal(err)
			}
			if got := specOf(t, text); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if _, err := cnp.Decode([]byte(text), ""); err != nil {
				t.Errorf("cannot be read again: %v", err)
			}
		})
	}
}

func TestTheWorldIsWrittenWhereItIsAllThatIsOutside(t *testing.T) {
	everyone := hosts + `, {"policy": 9, "hostAddresses": ["0.0.0.0/0"]}, {"policy": 10, "hostAddresses": ["::/0"]}`
	outside := `{"remotePolicies": [2, 9, 10, 300, 16777216, 16777217, 16777218]}`
	text, err := decompileText(t, rule(outside), everyone)
	if err != nil || !strings.Contains(text, `{"fromEntities":["world"],`) {
		t.Errorf("got %s, %v", text, err)
	}
	for _, bound := range []string{"", hosts, everyone + `, {"policy": 8, "hostAddresses": ["198.51.100.1"]}`} {
		if text, err := decompileText(t, rule(outside), bound); err == nil || !strings.Contains(err.Error(), "2 is the world") {
			t.Errorf("got %s, %v", text, err)
		}
	}
}

func TestWhatDocumentsCanNotSayIsRefused(t *testing.T) {
	const path = "resources[0].ingress_per_port_policies[0].rules[0]"
	for _, c := range []struct{ resource, want string }{
		{rule(`{"remotePolicies": [5, 7777]}`), path + ".remote_policies[1]: nobody knows whose identity 7777 is"},
		{rule(`{"remotePolicies": [0]}`), path + ".remote_policies[0]: 0 is the identity of nobody"},
		{rule(`{"passPrecedence": 0}`), path + ".pass_precedence: "},
		{rule(`{"proxyId": 1}`), path + ".proxy_id: "},
		{rule(`{"downstreamTlsContext": {}}`), path + ": TLS"},
		{rule(`{"deny": true, "l7Proto": "r2d2"}`), path + ".deny: "},
		{rule(`{"deny": true, "serverNames": ["a"]}`), path + ".deny: "},
		{rule(`{"httpRules": {"httpRules": [{"headers": [{"name": "a", "stringMatch": {"prefix": "b"}}]}]}}`), path +
			".http_rules.http_rules[0].headers[0]: documents have no such condition on a"},
		{rule(`{"httpRules": {"httpRules": [{"headers": [{"name": "a", "invertMatch": true}]}]}}`), path + ".http_rules.http_rules[0].headers[0]: documents have no inverted"},
		{rule(`{"httpRules": {"httpRules": [{"headerMatches": [{"name": "a", "matchAction": "FAIL_ON_MATCH", "mismatchAction": "CONTINUE_ON_MISMATCH"}]}]}}`), path + ".http_rules.http_rules[0].header_matches[0]: documents have no such action"},
		{rule(`{"l7Proto": "envoy.http"}`), path + ": what is for Envoy's own filters"},
		{rule(`{"l7Rules": {}}`), path + ".l7_proto: is missing"},
		{rule(`{"l7Proto": "a", "l7Rules": {"l7DenyRules": [{}]}}`), path + ".l7_rules.l7_deny_rules: "},
		{rule(`{"l7Proto": "a", "l7Rules": {"l7AllowRules": [{"name": "n"}]}}`), path + ".l7_rules.l7_allow_rules[0]: "},
		{rule(`{"l7Proto": "a", "kafkaRules": {}}`), path + ".l7_proto: is a beside kafka_rules"},
		{rule(`{"kafkaRules": {"kafkaRules": [{"apiKeys": [99]}]}}`), path + ".kafka_rules.kafka_rules[0].api_keys: 99"},
		{rule(`{"precedence": 1}, {}`), "ingress_per_port_policies[0].rules[1].precedence: is 0, that of other rules 1"},
		{port(`"rules": [{"precedence": 1}]}, {`), "ingress_per_port_policies[1].rules[0].precedence: is 0"},
		{port(`"port": 1, "protocol": "UDP", "rules": [{"serverNames": ["a"]}]`), path + ": l7_proto, L7 rules and server_names are for TCP"},
		{`{"endpointIps": ["10.0.0.1"], "audit": true}`, "resources[0].audit: "},
		{`{"endpointIps": []}`, "resources[0].endpoint_ips: has 0 entries"},
		{`{"endpointIps": ["mars"]}`, `resources[0].endpoint_ips: "mars" is not an IP address`},
		{`{"endpointIps": ["10.0.0.1"]}, {"endpointIps": ["10.0.0.1"]}`, `resources[1].endpoint_ips: "10.0.0.1" is not an IP address, or given twice`},
	} {
		text, err := decompileText(t, c.resource, "")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %s, %v, want %q", c.resource, text, err, c.want)
		}
	}
	_, err := decompileText(t, `{"endpointIps": ["10.0.0.1", "192.0.2.1"]}`, hosts)
	if err == nil || !strings.Contains(err.Error(), "10.0.0.1 and 192.0.2.1 have different identities") {
		t.Errorf("got %v", err)
	}
	_, err = decompileText(t, rule(`{"proxyId": 1, "l7Proto": "envoy.http"}`), "")
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 2 {
		t.Errorf("not everything is reported: %q", lines)
	}
	for _, wrong := range []string{`{"hostAddresses": ["10.0.0.1"]}`, `{"policy": 1, "hostAddresses": ["mars"]}`,
		`{"policy": 1, "hostAddresses": ["10.0.0.1", "10.0.0.1"]}`} {
		if _, err := decompileText(t, "", wrong); err == nil || !strings.HasPrefix(err.Error(), "hosts[0].") {
			t.Errorf("%s: got %v", wrong, err)
		}
	}
}

func TestEndpointsKeepTheirNumbersAsLabels(t *testing.T) {
	text, err := decompileText(t, `{"endpointIps": ["10.0.0.1", "10.0.0.9"], "endpointId": "42"}`, hosts)
	if err != nil {
		t.Fatal(err)
	}
	content, err := cnp.Decode([]byte(text), "")
	if err != nil {
		t.Fatal(err)
	}
	e := content.Endpoints[0]
	if got := e.Labels.String(); got != "endpoint=endpoint-1,endpoint-id=42,identity=300" || len(e.Addresses) != 2 {
		t.Errorf("got %s, %v", got, e.Addresses)
	}
	if p := content.Policies[0]; len(p.Rules) != 1 || !slices.ContainsFunc(p.Rules[0].Clauses, func(c cnp.Clause) bool { return c.Ingress }) {
		t.Errorf("got %+v", p)
	}
}
