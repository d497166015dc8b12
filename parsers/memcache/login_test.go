package memcache_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
)

const (
	demands = `{"protocols": ["text", "binary"], "meta": true, "auth": "ascii"}`
	// silentOnLogin leaves it to the server to say whether it demands a login.
	silentOnLogin = `{"protocols": ["text"], "meta": true}`
	failed        = "CLIENT_ERROR authentication failure\r\n"
	ofUsers       = "[all] command=set\n[web] user=web command=get\n[teams] user_prefix=team- command=get\n[ends] user_regex=x$ access=read"
	ofReader      = "access=read"
)

// logsIn is the set by which a client logs in with a payload.
func logsIn(payload string) string {
	return "set auth 0 0 " + strconv.Itoa(len(payload)) + "\r\n" + payload + "\r\n"
}

func loginTranscripts() []parsertest.Case {
	web, root := logsIn("web secret"), logsIn("root guess")
	get, end := "get k\r\n", "END\r\n"
	entered := func(user, rule string) []string {
		return entries("Request command=set keys=auth bytes=10 rule=all", "Response command=set status=stored user="+user,
			"Request command=get keys=k user="+user+" rule="+rule, "Response command=get status=miss user="+user)
	}
	long := strings.Repeat("x", 256)
	cases := []parsertest.Case{
		{
			Name: "a user whom the server has accepted", Config: demands, Policy: ofUsers,
			Steps:    []parsertest.Step{client(web), server("STORED\r\n"), client(get), server(end)},
			ToServer: web + get, ToClient: "STORED\r\n" + end, Log: entered("web", "web"),
		},
		{
			Name: "a user with a prefix, and spaces before the name", Config: demands, Policy: ofUsers,
			Steps:    []parsertest.Step{client(logsIn("  team-1 p")), server("STORED\r\n"), client(get), server(end)},
			ToServer: logsIn("  team-1 p") + get, ToClient: "STORED\r\n" + end, Log: entered("team-1", "teams"),
		},
		{
			Name: "a user with an end, after a login that failed", Config: demands, Policy: ofUsers,
			Steps: []parsertest.Step{
				client(root), server(failed), client(logsIn("max secret")), server("STORED\r\n"), client(get), server(end),
			},
			ToServer: root + logsIn("max secret") + get, ToClient: failed + "STORED\r\n" + end,
			Log: append(entries("Request command=set keys=auth bytes=10 rule=all", "Response command=set status=error"),
				entered("max", "ends")...),
		},
		{
			Name: "before the login nobody is known", Config: demands, Policy: ofUsers,
			Steps:    []parsertest.Step{client(get), client(root), server(failed), client(get)},
			ToServer: root, ToClient: denied + failed + denied,
			Log: entries("Denied command=get keys=k", "Request command=set keys=auth bytes=10 rule=all",
				"Response command=set status=error", "Denied command=get keys=k"),
		},
		{
			Name: "what the server says shows that it demands a login", Config: silentOnLogin, Policy: ofUsers + "\ncommand=get keyExact=first",
			Steps: []parsertest.Step{
				client("get first\r\n"), server(locked), client(web), server("STORED\r\n"), client(get), server(end),
			},
			ToServer: "get first\r\n" + web + get, ToClient: locked + "STORED\r\n" + end,
			Log: append(entries("Request command=get keys=first", "Response command=get status=error"), entered("web", "web")...),
		},
		{
			Name: "a set of a server that demands no login is not one", Config: silentOnLogin, Policy: ofUsers,
			Steps:    []parsertest.Step{client(web), server("STORED\r\n"), client(get)},
			ToServer: web, ToClient: "STORED\r\n" + denied,
			Log: entries("Request command=set keys=auth bytes=10 rule=all", "Response command=set status=stored",
				"Denied command=get keys=k"),
		},
		{
			Name: "a set after the login cannot change the user", Config: demands, Policy: ofUsers,
			Steps: []parsertest.Step{
				client(web + root), server("STORED\r\nSTORED\r\n"), client(get), server(end),
			},
			ToServer: web + root + get, ToClient: "STORED\r\nSTORED\r\n" + end,
			Log: entries("Request command=set keys=auth bytes=10 rule=all", "Request command=set keys=auth bytes=10 rule=all",
				"Response command=set status=stored user=web", "Response command=set status=stored user=web",
				"Request command=get keys=k user=web rule=web", "Response command=get status=miss user=web"),
		},
		{
			Name: "a second login while the first one fails leaves open who is logged in", Config: demands, Policy: ofUsers,
			Steps:    []parsertest.Step{client(root + web), server(failed + "STORED\r\n")},
			ToServer: root + web, ToClient: failed, Closed: "login of a user whose name was not read",
			Log: entries("Request command=set keys=auth bytes=10 rule=all", "Request command=set keys=auth bytes=10 rule=all",
				"Response command=set status=error"),
		},
		{
			Name: "a name that servers read in several ways", Config: demands, Policy: ofUsers,
			Steps:    []parsertest.Step{client(logsIn("we\x00b secre")), server("STORED\r\n")},
			ToServer: logsIn("we\x00b secre"), Closed: "login of a user whose name was not read",
			Log: entries("Request command=set keys=auth bytes=10 rule=all"),
		},
		{
			Name: "a user with a name that is too long may do nothing", Config: demands, Policy: "",
			Steps:    []parsertest.Step{client(logsIn(long + " secret")), server("STORED\r\n"), client(get)},
			ToServer: logsIn(long + " secret"), ToClient: "STORED\r\n" + denied,
			Log: entries("Request command=set keys=auth bytes=263", "Response command=set status=stored",
				`Denied command=get keys=k reason="user name too long"`),
		},
		{
			Name: "who may only read may log in, and no more", Config: demands, Policy: ofReader, ReadOnly: true,
			Steps: []parsertest.Step{
				client(web), server("STORED\r\n"), client(get + "set k 0 0 1\r\nx\r\n"), server(end),
			},
			ToServer: web + get, ToClient: "STORED\r\n" + end + denied,
			Log: entries("Request command=set keys=auth bytes=10", "Response command=set status=stored user=web",
				"Request command=get keys=k user=web", "Denied command=set keys=k bytes=1 user=web reason=readonly",
				"Response command=get status=miss user=web"),
		},
		{
			Name: "a second login at once is not a read", Config: demands, Policy: ofReader,
			Steps:    []parsertest.Step{client(web + root), server("STORED\r\n")},
			ToServer: web, ToClient: "STORED\r\n" + denied,
			Log: entries("Request command=set keys=auth bytes=10", "Denied command=set keys=auth bytes=10",
				"Response command=set status=stored user=web"),
		},
	}
	for i := range cases {
		cases[i].Parser = memcache.Name
	}
	return cases
}

func binaryLoginTranscripts() []parsertest.Case {
	const policy = "[login] command=sasl-auth\n[login] command=sasl-step\n[web] user=web command=get"
	plain := func(token string) string { return ask(saslAuth, 1, "", "PLAIN", token) }
	ok, bad := reply(saslAuth, 1, 0, "", "", "Authenticated"), reply(saslAuth, 1, 0x20, "", "", "Auth failure.")
	gets, got := ask(get, 2, "", "k", ""), reply(get, 2, 1, "", "", "Not found")
	tries := func(name, login, answer, tail string, known bool) parsertest.Case {
		c := parsertest.Case{
			Name: name, Policy: policy, Steps: []parsertest.Step{client(login), server(answer), client(gets)},
			ToServer: login, ToClient: answer + refused(get, 2),
			Log: binaryEntries("Request opcode=33 key="+tail+" rule=login", "Response opcode=33 status=ok", "Denied opcode=0 key=k"),
		}
		if answer == bad {
			c.Log[1] = binaryEntries("Response opcode=33 status=auth_error")[0]
		}
		if known {
			c.Steps = append(c.Steps, server(got))
			c.ToServer, c.ToClient = login+gets, answer+got
			c.Log = binaryEntries("Request opcode=33 key="+tail+" rule=login", "Response opcode=33 status=ok user=web",
				"Request opcode=0 key=k user=web rule=web", "Response opcode=0 status=miss user=web")
		}
		return c
	}
	begin, step := ask(saslAuth, 1, "", "SCRAM-SHA-1", "n,,n=bob"), ask(saslStep, 2, "", "PLAIN", "\x00web\x00pw")
	goOn, done := reply(saslAuth, 1, 0x21, "", "", "go on"), reply(saslStep, 2, 0, "", "", "Authenticated")
	cases := []parsertest.Case{
		tries("a user whom the server has accepted", plain("\x00web\x00pw"), ok, "PLAIN", true),
		tries("a user who acts for himself", plain("web\x00web\x00pw"), ok, "PLAIN", true),
		tries("a user who acts for another", plain("web\x00root\x00pw"), ok, "PLAIN", false),
		tries("a user whom the server has not accepted", plain("\x00web\x00pw"), bad, "PLAIN", false),
		tries("a token without a user", plain("web"), ok, "PLAIN", false),
		tries("another mechanism", ask(saslAuth, 1, "", "EXTERNAL", "\x00web\x00pw"), ok, "EXTERNAL", false),
		{
			Name: "a step that names another mechanism than the login", Policy: policy,
			Steps:    []parsertest.Step{client(begin), server(goOn), client(step), server(done), client(gets)},
			ToServer: begin + step, ToClient: goOn + done + refused(get, 2),
			Log: binaryEntries("Request opcode=33 key=SCRAM-SHA-1 rule=login", "Response opcode=33 status=auth_continue",
				"Request opcode=34 key=PLAIN rule=login", "Response opcode=34 status=ok", "Denied opcode=0 key=k"),
		},
		{
			Name: "a second login while the first one has no reply", Policy: policy,
			Steps:    []parsertest.Step{client(plain("\x00web\x00pw") + plain("\x00root\x00pw")), server(ok)},
			ToServer: plain("\x00web\x00pw"), ToClient: ok, Closed: "login while another one has no reply yet",
			Log: binaryEntries("Request opcode=33 key=PLAIN rule=login",
				`Denied status="login while another one has no reply yet" opcode=33`, "Response opcode=33 status=ok user=web"),
		},
	}
	for i := range cases {
		cases[i].Parser, cases[i].Config = memcache.Name, known
	}
	return cases
}

func TestLoginTranscripts(t *testing.T) {
	parsertest.Run(t, slices.Concat(loginTranscripts(), binaryLoginTranscripts())...)
}
