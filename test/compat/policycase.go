package compat

// policyCase is a policy, and whether a HALT of the parser r2d2, from identity 7 to port 4040, passes under it.
type policyCase struct {
	name string
	// ports are entries of ingress_per_port_policies, in JSON.
	ports string
	// ours and upstream are what the libraries do.
	ours, upstream verdict
	// reason says why ours does other than upstream's.
	reason string
}

// verdict is what becomes of a policy and a request.
type verdict string

const (
	allowed verdict = "allowed"
	denied  verdict = "denied"
	// refused: the policy is not acknowledged.
	refused verdict = "policy refused"
)

const (
	halt        = `"l7_proto": "r2d2", "l7_rules": {"l7_allow_rules": [{"rule": {"cmd": "HALT"}}]}`
	othersRules = "The meaning is that of Envoy's own filters for the same policy."
)

// policyCases are those that agree and those that do not.
var policyCases = []policyCase{
	{"a rule that matches", `{"port": 4040, "rules": [{` + halt + `}]}`, allowed, allowed, ""},
	{"a rule that does not match", `{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {"l7_allow_rules": [
		{"rule": {"cmd": "READ"}}]}}]}`, denied, denied, ""},
	{"no entry for the port", `{"port": 4041, "rules": [{` + halt + `}]}`, denied, denied, ""},
	{"no entry at all", ``, denied, denied, ""},
	{"an entry without rules", `{"port": 4040}`, allowed, allowed, ""},
	{"an entry for every port", `{"port": 0, "rules": [{` + halt + `}]}`, allowed, allowed, ""},
	{"an entry for UDP", `{"port": 4040, "protocol": "UDP", "rules": [{` + halt + `}]}`, denied, denied, ""},
	{"a rule for the identity", `{"port": 4040, "rules": [{"remote_policies": [3, 7], ` + halt + `}]}`, allowed, allowed, ""},
	{"a rule for another identity", `{"port": 4040, "rules": [{"remote_policies": [3], ` + halt + `}]}`, denied, denied, ""},
	{"a deny rule beside one that allows", `{"port": 4040, "rules": [{` + halt + `}, {"deny": true, "remote_policies": [7]}]}`,
		denied, denied, ""},
	{"a deny rule for another identity", `{"port": 4040, "rules": [{"deny": true, "remote_policies": [3]}, {` + halt + `}]}`,
		allowed, allowed, ""},
	{"a rule for a parser without L7 rules", `{"port": 4040, "rules": [{"l7_proto": "r2d2"}]}`, allowed, allowed, ""},
	{"a rule with an empty list of L7 rules", `{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {}}]}`,
		allowed, allowed, ""},
	{"an L7 rule without keys", `{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {"l7_allow_rules": [{}]}}]}`,
		allowed, allowed, ""},
	{"an L7 rule with empty values", `{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {"l7_allow_rules": [
		{"rule": {"cmd": "", "file": ""}}]}}]}`, allowed, allowed, ""},
	{"an unknown key", `{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {"l7_allow_rules": [
		{"rule": {"command": "HALT"}}]}}]}`, refused, refused, ""},
	{"an unknown command", `{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {"l7_allow_rules": [
		{"rule": {"cmd": "STOP"}}]}}]}`, refused, refused, ""},
	{"a wrong regular expression", `{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {"l7_allow_rules": [
		{"rule": {"file": "("}}]}}]}`, refused, refused, ""},
	{"a rule of an unknown parser", `{"port": 4040, "rules": [{"l7_proto": "no.such.parser"}]}`, denied, denied, ""},
	{"TLS contexts", `{"port": 4040, "rules": [{"downstream_tls_context": {"tls_sds_secret": "a"},
		"upstream_tls_context": {"validation_context_sds_secret": "b"}, ` + halt + `}]}`, allowed, allowed, ""},

	{"L7 deny rules", `{"port": 4040, "rules": [{"l7_proto": "r2d2", "l7_rules": {"l7_deny_rules": [
		{"rule": {"cmd": "HALT"}}]}}]}`, denied, allowed, othersRules},
	{"a deny rule of lower precedence", `{"port": 4040, "rules": [{"precedence": 9, ` + halt + `},
		{"precedence": 1, "deny": true}]}`, allowed, denied, othersRules},
	{"a rule that passes the decision on, past a deny rule", `{"port": 4040, "rules": [{"precedence": 9, "pass_precedence": 5},
		{"precedence": 7, "deny": true}, {"precedence": 1, ` + halt + `}]}`, allowed, denied, othersRules},
	{"a deny rule for every port, beside one that allows the port", `{"port": 4040, "rules": [{` + halt + `}]},
		{"port": 0, "rules": [{"deny": true}]}`, denied, allowed, othersRules},
	{"two entries for one port", `{"port": 4040, "rules": [{"remote_policies": [3], ` + halt + `}]},
		{"port": 4040, "rules": [{` + halt + `}]}`, allowed, refused, othersRules},
	{"an entry for a range of ports", `{"port": 4000, "end_port": 4100, "rules": [{` + halt + `}]}`,
		allowed, denied, othersRules},
	{"a rule for a name of TLS, without one", `{"port": 4040, "rules": [{"server_names": ["a.example"], ` + halt + `}]}`,
		denied, allowed, othersRules},
	{"a rule for another listener", `{"port": 4040, "rules": [{"proxy_id": 15000, ` + halt + `}]}`, denied, allowed, othersRules},
}
