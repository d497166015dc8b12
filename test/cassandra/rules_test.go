//go:build e2e

package cassandra

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// namedRules allows one table each by two rules, and denies a third one by another.
const namedRules = `resources:
- endpoint_ips: [127.0.0.1]
  ingress_per_port_policies:
  - port: 9042
    rules:
    - {name: ruleA, l7_proto: cassandra, l7_rules: {l7_allow_rules: [{rule: {keyspace: e2e, table: t}}]}}
    - {name: ruleB, l7_proto: cassandra, l7_rules: {l7_allow_rules: [{rule: {keyspace: e2e, table: Quoted}}]}}
    - {name: denyC, l7_proto: cassandra, l7_rules: {l7_deny_rules: [{rule: {keyspace: e2e, table: hidden}}], l7_allow_rules: [{rule: {keyspace: nosuch}}]}}
`

const opBatch = 0x0d

// batch is a BATCH of statements without values, at consistency ONE.
func batch(texts ...string) string {
	body := "\x00" + string([]byte{0, byte(len(texts))})
	for _, text := range texts {
		body += "\x00" + longString(text) + "\x00\x00"
	}
	return body + consistency1 + "\x00"
}

// parts are the lines of the access log for the parts of requests: type, table, rule, reason, and the mark of audit mode.
func (s *stage) parts() (parts []string) {
	for line := range strings.Lines(s.accessLogText()) {
		var e struct {
			Type, Rule, Reason string
			Fields             map[string]string
		}
		if json.Unmarshal([]byte(line), &e) != nil || e.Type == "response" || e.Fields["batch_size"] == "" {
			continue
		}
		parts = append(parts, strings.Join([]string{e.Type, e.Fields["query_table"], e.Rule, e.Reason, e.Fields["audit"]}, "|"))
	}
	return parts
}

func TestEachEntryOfABatchHasItsOwnRule(t *testing.T) {
	const (
		a = "INSERT INTO e2e.t (k, c) VALUES (901, 1)"
		b = `INSERT INTO e2e."Quoted" (k) VALUES (901)`
		c = "INSERT INTO e2e.hidden (k) VALUES (901)"
	)
	for _, mode := range []struct {
		name  string
		audit bool
		want  []string
	}{
		{"enforced", false, []string{
			"request|e2e.t|ruleA||", "request|e2e.Quoted|ruleB||",
			"denied|e2e.t|ruleA|part of a denied request: deny rule denyC|", "denied|e2e.hidden|denyC|deny rule denyC|",
		}},
		{"audit mode", true, []string{
			"request|e2e.t|ruleA||", "request|e2e.Quoted|ruleB||",
			"request|e2e.t|ruleA||", "request|e2e.hidden|denyC|deny rule denyC|denied",
		}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			s := newStageAs(t, namedRules, map[string]any{"audit": mode.audit})
			if op, answer := s.probe.ask(opBatch, batch(a, b)); op != opResult {
				t.Errorf("the batch of allowed tables: %q", answer)
			}
			op, answer := s.probe.ask(opBatch, batch(a, c))
			if denied := op == opError && unauthorized(answer); denied == mode.audit {
				t.Errorf("the batch with a denied table: %q", answer)
			}
			s.eventually("the access log has an entry for each part", func() bool { return len(s.parts()) >= len(mode.want) })
			if got := s.parts(); !slices.Equal(got, mode.want) {
				t.Errorf("the access log has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(mode.want, "\n"))
			}
			if counted := s.direct.execute("SELECT k FROM e2e.hidden WHERE k = 901"); strings.Contains(counted, "\x00\x00\x03\x85") != mode.audit {
				t.Errorf("the row of the denied table: %q", counted)
			}
			s.direct.execute("DELETE FROM e2e.hidden WHERE k = 901")
		})
	}
}
