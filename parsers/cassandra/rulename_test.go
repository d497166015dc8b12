package cassandra_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

// Each entry of a batch names the rule for its own table, and only what the policy denies is marked.
func TestEntriesOfABatchNameTheirOwnRules(t *testing.T) { check(t, namedRuleTranscripts()...) }

func namedRuleTranscripts() []parsertest.Case {
	const named = `
		[ruleA] keyspace=pub table=a
		[ruleB] keyspace=pub table=b
		[denyC] deny keyspace=pub table=c
	`
	batch := func(tables ...string) string {
		var list []string
		for _, table := range tables {
			list = append(list, textEntry("INSERT INTO pub."+table+" (k) VALUES (1)"))
		}
		return batch4(3, list...)
	}
	entry := func(kind, table, size, rest string) string {
		return kind + " query_action=insert query_table=pub." + table + " keyspace=pub consistency=ONE batch_size=" + size + rest
	}
	const byDenyC = `reason="part of a denied request: deny rule denyC"`
	cases := in4([]parsertest.Case{
		{
			Name: "all allowed", Steps: []parsertest.Step{client(batch("a", "b"))}, ToServer: batch("a", "b"),
			Log: entries(entry("Request", "a", "2", " rule=ruleA"), entry("Request", "b", "2", " rule=ruleB")),
		},
		{
			Name: "one denied", Steps: []parsertest.Step{client(batch("a", "c"))}, ToClient: denial4(3, "insert on pub.c"),
			Log: entries(entry("Denied", "a", "2", " rule=ruleA "+byDenyC),
				entry("Denied", "c", "2", ` rule=denyC reason="deny rule denyC"`)),
		},
		{
			Name: "one denied, which is watched", Audit: true, Steps: []parsertest.Step{client(batch("a", "c"))},
			ToServer: batch("a", "c"),
			Log: entries(entry("Request", "a", "2", " rule=ruleA"),
				entry("Request", "c", "2", ` audit=denied rule=denyC reason="deny rule denyC"`)),
		},
		{
			Name: "two denied, before what is allowed", Steps: []parsertest.Step{client(batch("t", "c", "a"))},
			ToClient: denial4(3, "insert on pub.t"),
			Log: entries(entry("Denied", "t", "3", ""), entry("Denied", "c", "3", ` rule=denyC reason="deny rule denyC"`),
				entry("Denied", "a", "3", ` rule=ruleA reason="part of a denied request: no rule"`)),
		},
		{
			Name: "two denied, which are watched", Audit: true, Steps: []parsertest.Step{client(batch("t", "c", "a"))},
			ToServer: batch("t", "c", "a"),
			Log: entries(entry("Request", "t", "3", " audit=denied"),
				entry("Request", "c", "3", ` audit=denied rule=denyC reason="deny rule denyC"`),
				entry("Request", "a", "3", " rule=ruleA")),
		},
	})
	for i := range cases {
		cases[i].Policy = named
	}
	return cases
}
