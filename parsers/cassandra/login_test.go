package cassandra_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

const byPassword = "org.apache.cassandra.auth.PasswordAuthenticator"

// loggedIn is the beginning of a connection on which a client logs in with a token, and the server, which has an
// authenticator, returns the answers.
func loggedIn(authenticator, token string, answers ...string) []string {
	turns := []string{req4(0, opStartup, cqlVersion), rep4(0, opAuthenticate, str(authenticator))}
	for _, answer := range answers {
		turns = append(turns, req4(1, opAuthResponse, long(token)), answer)
	}
	return turns
}

var (
	accepted = rep4(1, opAuthSuccess, u32(-1))
	rejected = rep4(1, opError, errorBody(0x100, "bad"))
)

func TestRulesAreAboutTheUserWhomTheServerHasAccepted(t *testing.T) { check(t, loginTranscripts()...) }

func loginTranscripts() (cases []parsertest.Case) {
	const policy = "[web] user=web query_action=select\n[batch] user_prefix=batch- access=write\n[teams] user_regex=team$ access=read"
	name255 := "batch-" + strings.Repeat("x", 249)
	insert, insertEntry := "INSERT INTO db1.t1(k) VALUES(1)", "query_action=insert query_table=db1.t1 keyspace=db1 consistency=ONE"
	for _, c := range []struct {
		name, authenticator, token, user, rule string
		answers                                []string
		inserts                                bool
	}{
		{name: "accepted", token: "\x00web\x00pw", answers: []string{accepted}, user: "web", rule: "web"},
		{name: "accepted at the second try", token: "\x00web\x00pw", answers: []string{rejected, accepted}, user: "web", rule: "web"},
		{name: "a prefix", token: "\x00batch-7\x00pw", answers: []string{accepted}, user: "batch-7", rule: "batch", inserts: true},
		{name: "an expression", token: "\x00a-team\x00pw", answers: []string{accepted}, user: "a-team", rule: "teams"},
		{name: "acting for somebody", token: "web\x00a-team\x00pw", answers: []string{accepted}, user: "a-team", rule: "teams"},
		{name: "the longest name", token: "\x00" + name255 + "\x00pw", answers: []string{accepted}, user: name255, rule: "batch", inserts: true},
		{name: "not said", token: "", answers: []string{accepted}},
		{name: "another token", token: "\x00web\x00pw\x00more", answers: []string{accepted}},
		{name: "another authenticator", authenticator: "org.example.Tokens", token: "\x00web\x00pw", answers: []string{accepted}},
	} {
		if c.authenticator == "" {
			c.authenticator = byPassword
		}
		select4, insert4 := query4(2, "SELECT * FROM db1.t1"), query4(3, insert)
		steps, toServer, toClient := []parsertest.Step{}, "", ""
		for i, turn := range loggedIn(c.authenticator, c.token, c.answers...) {
			if i%2 == 0 {
				steps, toServer = append(steps, client(turn)), toServer+turn
			} else {
				steps, toClient = append(steps, server(turn)), toClient+turn
			}
		}
		steps = append(steps, client(select4), client(insert4))
		log := entries("Denied"+strings.TrimPrefix(selectT1, "Request"), "Denied "+insertEntry)
		if c.rule != "" {
			toServer += select4
			log = entries(selectT1+" user="+c.user+" rule="+c.rule, "Denied "+insertEntry+" user="+c.user)
		} else {
			toClient += denial4(2, "select on db1.t1")
		}
		if c.inserts {
			toServer += insert4
			log[1] = entries("Request " + insertEntry + " user=" + c.user + " rule=" + c.rule)[0]
		} else {
			toClient += denial4(3, "insert on db1.t1")
		}
		cases = append(cases, parsertest.Case{
			Name: c.name, Policy: policy, Steps: steps, ToServer: toServer, ToClient: toClient, Log: log,
		})
	}
	return cases
}

func TestAUserWithANameThatIsTooLongMayDoNothing(t *testing.T) {
	turns := loggedIn(byPassword, "\x00"+strings.Repeat("x", 256)+"\x00pw", accepted)
	check(t, parsertest.Case{
		Name: "one byte too long", Policy: "",
		Steps: []parsertest.Step{
			client(turns[0]), server(turns[1]), client(turns[2]), server(turns[3]), client(query4(2, "SELECT * FROM db1.t1")),
		},
		ToServer: turns[0] + turns[2], ToClient: turns[1] + turns[3] + denial4(2, "select on db1.t1"),
		Log: entries("Denied" + strings.TrimPrefix(selectT1, "Request") + ` reason="user name too long"`),
	})
}

func TestASecondLoginBeforeTheFirstOneIsAnsweredClosesTheConnection(t *testing.T) {
	turns := loggedIn(byPassword, "\x00web\x00pw", accepted)
	check(t, parsertest.Case{
		Name: "two at once", Policy: "user=root",
		Steps: []parsertest.Step{
			client(turns[0]), server(turns[1]), client(turns[2]), client(req4(2, opAuthResponse, long("\x00root\x00?"))),
			server(turns[3]),
		},
		ToServer: turns[0] + turns[2], ToClient: turns[1] + turns[3], Closed: "login while another one has no answer yet",
		Log: entries(`Denied status="login while another one has no answer yet"`),
	})
}

func TestAConnectionThatIsReadOnlyChangesNothing(t *testing.T) {
	use, insert := query4(1, "USE db1"), query4(2, "INSERT INTO db1.t1(k) VALUES(1)")
	drop, unread := query4(3, "DROP TABLE db1.t1"), query4(5, "SELEC * FROM db1.t1")
	check(t, parsertest.Case{
		Name: "whatever the policy allows", Policy: "allow", ReadOnly: true,
		Steps: []parsertest.Step{
			client(req4(0, opStartup, cqlVersion)), server(rep4(0, opReady, "")), client(use), server(rep4(1, opResult, u32(3)+str("db1"))),
			client(insert), client(drop), client(query4(4, "SELECT * FROM db1.t1")), client(unread),
		},
		ToServer: req4(0, opStartup, cqlVersion) + use + query4(4, "SELECT * FROM db1.t1"),
		ToClient: rep4(0, opReady, "") + rep4(1, opResult, u32(3)+str("db1")) + denial4(2, "insert on db1.t1") +
			denial4(3, "drop-table on db1.t1") + denial4(5, "statement is of an unknown kind"),
		Log: entries(useDB1, usedDB1,
			"Denied query_action=insert query_table=db1.t1 keyspace=db1 consistency=ONE reason=readonly",
			"Denied query_action=drop-table query_table=db1.t1 keyspace=db1 consistency=ONE reason=readonly",
			selectT1, `Denied opcode=QUERY status="statement is of an unknown kind"`),
	})
}
