package policytest

// Refused is a document whose one policy is refused. It needs the parser r2d2.
const Refused = `resources:
- endpoint_id: 7
  endpoint_ips: [10.0.0.1]
  ingress_per_port_policies:
  - port: 80
    rules:
    - {name: r, l7_proto: r2d2, l7_rules: {l7_allow_rules: [{rule: {cmd: READ}}, {rule: {wrod: x}}]}}
`

// Reason is why it is refused.
const Reason = `policy of endpoint 10.0.0.1 (id 7): ingress port 80: rule 0 "r": l7_allow_rules: r2d2 rule 1: ` +
	`key wrod: is unknown, use cmd, file or access`
