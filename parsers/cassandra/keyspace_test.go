package cassandra_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

// useTo is a USE and its answer, which make a keyspace current.
func useTo(name string) []parsertest.Step {
	return []parsertest.Step{client(query4(1, "USE "+name)), server(rep4(1, opResult, setKeyspace(name)))}
}

// used is the log entry of the answer to a USE.
func used(keyspace string) string { return strings.ReplaceAll(usedDB1, "db1", keyspace) }

func TestNamesWithoutAKeyspaceAreInTheCurrentOne(t *testing.T) { check(t, keyspaceTranscripts()...) }

func keyspaceTranscripts() []parsertest.Case {
	unknown := strings.NewReplacer("db1.t1", ".t1", " keyspace=db1", "").Replace(selectT1)
	const useFails = "Response query_action=use query_table=db1 keyspace=db1 status=error error_code=0x2200"
	return in4([]parsertest.Case{
		pass("after USE", db1, entries(useDB1, usedDB1, selectT1, selectRows),
			query4(1, "USE db1"), rep4(1, opResult, setKeyspace("db1")), query4(1, "SELECT * FROM t1"), rep4(1,
				opResult, rows)),
		{
			Name: "after a USE that fails, in the old one", Policy: db1,
			Steps: []parsertest.Step{client(query4(1, "USE db1")), server(rep4(1, opError, errorBody(0x2200, "no"))),
				client(query4(2, "SELECT * FROM t1"))},
			ToServer: query4(1, "USE db1"), ToClient: rep4(1, opError, errorBody(0x2200, "no")) + denial4(2,
				"select on .t1"),
			Log: entries(useDB1, useFails, strings.Replace(unknown, "Request", "Denied", 1)),
		},
		{
			Name: "a USE that is only prepared changes nothing", Policy: db1,
			Steps: []parsertest.Step{client(query4(1, "USE secret")), server(rep4(1, opResult, setKeyspace("secret"))),
				client(prepare4(2, "USE db1")), server(rep4(2, opResult,
					u32(4)+str("id")+u32(0)+u32(0)+u32(0)+u32(4)+u32(0))),
				client(query4(3, "SELECT * FROM t"))},
			ToServer: query4(1, "USE secret") + prepare4(2, "USE db1"),
			ToClient: rep4(1, opResult, setKeyspace("secret")) + rep4(2, opResult,
				u32(4)+str("id")+u32(0)+u32(0)+u32(0)+u32(4)+u32(0)) +
				denial4(3, "select on secret.t"),
			Log: entries("Request query_action=use query_table=secret keyspace=secret consistency=ONE", used("secret"),
				"Request query_action=use query_table=db1 keyspace=db1",
				"Response query_action=use query_table=db1 keyspace=db1 status=ok result=prepared", secretT),
		},
		pass("a prepared USE that is executed changes it", db1,
			entries("Request query_action=use query_table=db1 keyspace=db1",
				"Response query_action=use query_table=db1 keyspace=db1 status=ok result=prepared",
				useDB1+" prepared=true", usedDB1, selectT1, selectRows),
			prepare4(2, "USE db1"), rep4(2, opResult, u32(4)+str("id")+u32(0)+u32(0)+u32(0)+u32(4)+u32(0)),
			execute4(2, "id"), rep4(2, opResult, setKeyspace("db1")), query4(1, "SELECT * FROM t1"), rep4(1, opResult,
				rows)),
		{
			Name: "while USE is not answered, in the old and the new one", Policy: db1,
			Steps: append(useTo("db1"), client(query4(1, "USE secret")+query4(2, "SELECT * FROM t1")),
				server(rep4(1, opResult, setKeyspace("secret")))),
			ToServer: query4(1, "USE db1") + query4(1, "USE secret"),
			ToClient: rep4(1, opResult, setKeyspace("db1")) + denial4(2, "select on secret.t1") + rep4(1, opResult,
				setKeyspace("secret")),
			Log: entries(useDB1, usedDB1, "Request query_action=use query_table=secret keyspace=secret consistency=ONE",
				strings.Replace(selectT1, "Request", "Denied", 1)+` reason="part of a denied request: no rule"`,
				strings.Replace(secretT, "secret.t", "secret.t1", 1), used("secret")),
		},
		{
			Name: "while USE is not answered, where both are allowed", Policy: "keyspace=db1\nkeyspace=db2\nquery_action=insert",
			Allocates: true,
			Steps: append(useTo("db1"), client(query4(1, "USE db2")+query4(2, "SELECT * FROM t1")),
				server(rep4(1, opResult, setKeyspace("db2"))+rep4(2, opResult, rows))),
			ToServer: query4(1, "USE db1") + query4(1, "USE db2") + query4(2, "SELECT * FROM t1"),
			ToClient: rep4(1, opResult, setKeyspace("db1")) + rep4(1, opResult, setKeyspace("db2")) + rep4(2, opResult, rows),
			Log: entries(useDB1, usedDB1, strings.ReplaceAll(useDB1, "db1", "db2"), selectT1, strings.ReplaceAll(selectT1, "db1", "db2"),
				used("db2"), selectRows),
		},
		{
			Name: "USE waits for statements that depend on the keyspace", Policy: db1,
			Steps: append(useTo("db1"), client(query4(2, "SELECT * FROM t1")+query4(1, "USE secret")+query4(3,
				"USE db1")),
				server(rep4(2, opResult, rows)+rep4(3, opResult, setKeyspace("db1")))),
			ToServer: query4(1, "USE db1") + query4(2, "SELECT * FROM t1") + query4(3, "USE db1"),
			ToClient: rep4(1, opResult, setKeyspace("db1")) +
				denial4(1, "keyspace cannot change while requests are in flight that depend on it") +
				rep4(2, opResult, rows) + rep4(3, opResult, setKeyspace("db1")),
			Log: entries(useDB1, usedDB1, selectT1,
				"Denied query_action=use query_table=secret keyspace=secret consistency=ONE "+
					`status="keyspace cannot change while requests are in flight that depend on it"`, useDB1,
				selectRows,
				usedDB1),
		},
		{
			// The name of another keyspace than before is kept.
			Name: "where everything is allowed, USE does not wait", Policy: "", Allocates: true,
			Steps: append(useTo("db1"), client(query4(2, "SELECT * FROM t1")+query4(1, "USE db2")),
				server(rep4(1, opResult, setKeyspace("db2"))+rep4(2, opResult, rows))),
			ToServer: query4(1, "USE db1") + query4(2, "SELECT * FROM t1") + query4(1, "USE db2"),
			ToClient: rep4(1, opResult, setKeyspace("db1")) + rep4(1, opResult, setKeyspace("db2")) + rep4(2, opResult,
				rows),
			Log: entries(useDB1, usedDB1, selectT1, strings.ReplaceAll(useDB1, "db1", "db2"), used("db2"), selectRows),
		},
		{
			Name: "a second USE waits for the first", Policy: wide,
			Steps:    []parsertest.Step{client(query4(1, "USE db1") + query4(2, "USE db2"))},
			ToServer: query4(1, "USE db1"), ToClient: denial4(2,
				"keyspace cannot change while requests are in flight that depend on it"),
			Log: entries(useDB1, "Denied query_action=use query_table=db2 keyspace=db2 consistency=ONE "+
				`status="keyspace cannot change while requests are in flight that depend on it"`),
		},
		{
			Name: "a rule may deny USE", Policy: "query_action=select\ndeny query_action=use keyspace=secret",
			Steps:    []parsertest.Step{client(query4(1, "USE secret") + query4(2, "USE db1"))},
			ToServer: query4(2, "USE db1"), ToClient: denial4(1, "use on secret"),
			Log: entries(`Denied query_action=use query_table=secret keyspace=secret consistency=ONE reason="deny rule"`,
				useDB1),
		},
	})
}

func TestAServerThatGoesToAnotherKeyspaceThanAskedForIsLeft(t *testing.T) {
	for name, reply := range map[string]string{
		"another name": setKeyspace("other"), "a result of another kind": void, "a name without end": u32(3) + u16(9) +
			"db",
	} {
		c := parsertest.Case{
			Steps:    []parsertest.Step{client(query4(1, "USE db1")), server(rep4(1, opResult, reply))},
			ToServer: query4(1, "USE db1"), Closed: "reply does not fit the request", Log: entries(useDB1),
		}
		t.Run(name, func(t *testing.T) { parsertest.Check(t, session4(c)) })
	}
}

func TestAuditModeEndsWithThePolicy(t *testing.T) {
	audit := `{"endpointIps":["127.0.0.1"],"audit":true,"ingressPerPortPolicies":[{"port":10000,"rules":[{
		"l7Proto":"cassandra","l7Rules":{"l7AllowRules":[{"rule":{"query_action":"insert"}}]}}]}]}`
	secret := query4(1, "SELECT * FROM secret.t")
	parsertest.Check(t, session4(parsertest.Case{
		Policy: audit,
		Steps: []parsertest.Step{client(secret), server(rep4(1, opResult, rows)), client(query4(1, "USE db1")),
			server(rep4(1, opResult, setKeyspace("db1"))), parsertest.NewPolicy("query_action=insert"), client(secret)},
		ToServer: secret + query4(1, "USE db1"),
		ToClient: rep4(1, opResult, rows) + rep4(1, opResult, setKeyspace("db1")) + denial4(1, "select on secret.t"),
		Log: entries(strings.Replace(secretT, "Denied", "Request", 1)+" audit=denied",
			strings.ReplaceAll(strings.Replace(selectRows, "db1.t1", "secret.t", 1), "db1", "secret"), useDB1, usedDB1,
			secretT),
	}))
	parsertest.Check(t, session4(parsertest.Case{
		Policy: audit, Steps: []parsertest.Step{parsertest.NewPolicy("query_action=insert"), client(secret)},
		ToClient: denial4(1, "select on secret.t"), Log: entries(secretT),
	}))
}

// What needs no rule is marked in audit mode only where it would be denied.
func TestAuditModeTellsOfWhatWouldBeDeniedWithoutAStatement(t *testing.T) {
	policy := `{"endpointIps":["127.0.0.1"],"audit":true,"ingressPerPortPolicies":[{"port":10000,"rules":[%s{
		"l7Proto":"cassandra","l7Rules":{"l7AllowRules":[{"rule":{"query_action":"insert"}}]%s}}]}]}`
	session, audited := `Request status="holds no statement" audit=denied`, useDB1+" audit=denied"
	const denyRule = ` reason="deny rule"`
	for _, c := range []struct {
		name, policy string
		log          []string
	}{
		{"rules concern the client", fmt.Sprintf(policy, "", ""), entries(useDB1)},
		{"a rule denies USE", fmt.Sprintf(policy, "", `,"l7DenyRules":[{"rule":{"query_action":"use"}}]`),
			entries(audited + denyRule)},
		{"no rule concerns the client", fmt.Sprintf(strings.Replace(policy, `%s{`, `%s{"remotePolicies":[77],`, 1), "", ""),
			entries(session, audited)},
		{"a rule denies all", fmt.Sprintf(policy, `{"deny":true},`, ""), entries(session+denyRule, audited+denyRule)},
	} {
		parsertest.Check(t, session4(parsertest.Case{
			Name: c.name, Policy: c.policy, Steps: []parsertest.Step{client(query4(1, "USE db1"))},
			ToServer: query4(1, "USE db1"), Log: c.log,
		}))
	}
}
