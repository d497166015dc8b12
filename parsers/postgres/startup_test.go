package postgres_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/postgres"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
)

const (
	codeSSL    = 80877103
	codeGSS    = 80877104
	codeCancel = 80877102
)

// startTranscripts are those of connections that begin, and of what ends them.
func startTranscripts() []parsertest.Case {
	client, server := parsertest.Client[string], parsertest.Server[string]
	begin := func(name, config, policy string, steps ...parsertest.Step) parsertest.Case {
		return parsertest.Case{Parser: postgres.Name, Name: name, Config: config, Policy: policy, Steps: steps, Without: []string{"fingerprint"}}
	}
	with := func(c parsertest.Case, toServer, toClient, closed string, log ...string) parsertest.Case {
		c.ToServer, c.ToClient, c.Closed, c.Log = toServer, toClient, closed, log
		return c
	}
	startingTLS := func(c parsertest.Case, toServer, toClient, closed string, log ...string) parsertest.Case {
		c.StartsTLS = true
		return with(c, toServer, toClient, closed, log...)
	}
	refused := func(text string) string { return fatal("28000", text) }
	sasl := authentication(10)[:5] + int32s(10) + "SCRAM-SHA-256\x00\x00"
	sasl = message('R', sasl[5:])
	md5 := message('R', int32s(5), "salt")
	newer := first(3<<16|2, hello[8:])
	longKey := authentication(0) + settings + message('K', int32s(1), strings.Repeat("k", 256)) + ready("I")
	negotiated := message('v', int32s(0, 0))
	return []parsertest.Case{
		with(begin("wishes for encryption are answered with no", "", "", client(first(codeGSS)+first(codeSSL)+hello), server(loggedIn)),
			hello, "NN"+loggedIn, "", connectLog),
		with(begin("a login with a password passes", "", "user=web", client(hello), server(authentication(3)), client(message('p', "secret\x00")),
			server(loggedIn), client(query("SELECT 1")), server(columns+row("1")+complete("SELECT 1")+ready("I"))),
			hello+message('p', "secret\x00")+query("SELECT 1"), authentication(3)+loggedIn+columns+row("1")+complete("SELECT 1")+ready("I"), "",
			connectLog, "Request postgres message=query operation=select database=shop user=web",
			"Response postgres operation=select status=ok rows=1 user=web"),
		with(begin("a login by SCRAM passes", "", "", client(hello), server(sasl), client(message('p', "SCRAM-SHA-256\x00", int32s(1), "n")),
			server(message('R', int32s(11), "r")), client(message('p', "c")), server(message('R', int32s(12), "v")+loggedIn)),
			hello+message('p', "SCRAM-SHA-256\x00", int32s(1), "n")+message('p', "c"),
			sasl+message('R', int32s(11), "r")+message('R', int32s(12), "v")+loggedIn, "", connectLog),
		with(begin("a login by MD5 passes", "", "", client(hello), server(md5), client(message('p', "md5x\x00")), server(loggedIn)),
			hello+message('p', "md5x\x00"), md5+loggedIn, "", connectLog),
		with(begin("a login by GSSAPI passes", "", "", client(hello), server(authentication(7)), client(message('p', "a")),
			server(message('R', int32s(8), "b")), client(message('p', "c")), server(loggedIn)),
			hello+message('p', "a")+message('p', "c"), authentication(7)+message('R', int32s(8), "b")+loggedIn, "", connectLog),
		with(begin("a login by SSPI passes", "", "", client(hello), server(authentication(9)), client(message('p', "a")), server(loggedIn)),
			hello+message('p', "a"), authentication(9)+loggedIn, "", connectLog),
		with(begin("protocol 3.2, in which keys are long", "", "", client(newer), server(longKey)), newer, longKey, "", connectLog),
		with(begin("a server that has protocol 3.0 only", "", "", client(newer), server(negotiated+loggedIn)), newer, negotiated+loggedIn, "", connectLog),
		with(begin("a cancel request of protocol 3.2", "", "operation=cancel", client(first(codeCancel, int32s(1), strings.Repeat("k", 256)))),
			first(codeCancel, int32s(1), strings.Repeat("k", 256)), "", "", "Request postgres operation=cancel"),
		with(begin("a cancel request with a key that is too long", "", "operation=cancel", client(first(codeCancel, int32s(1), strings.Repeat("k", 257)))),
			"", "", "length of a cancel request is out of range"),
		with(begin("an application that no rule is about", "", "application_name=shop", client(startup("user", "web", "application_name", "other"))),
			"", refused(`permission denied for user "web" on database "web"`), "refused: no rule",
			"Denied postgres operation=connect database=web application_name=other"),
		with(begin("a login that the server refuses", "", "", client(hello), server(fatal("28P01", "no"))),
			hello, fatal("28P01", "no"), "", connectLog, "Response postgres status=error sqlstate=28P01"),
		with(begin("a database that no rule is about", "", "database=shop", client(startup("user", "web"))),
			"", refused(`permission denied for user "web" on database "web"`), "refused: no rule",
			"Denied postgres operation=connect database=web"),
		with(begin("a user that no rule is about", "", "user=web", client(startup("user", "bob", "database", "shop"))),
			"", refused(`permission denied for user "bob" on database "shop"`), "refused: no rule",
			"Denied postgres operation=connect database=shop"),
		with(begin("a user that a rule denies", "", "operation=select\ndeny user=bob", client(startup("user", "bob", "database", "shop"))),
			"", refused(`permission denied for user "bob" on database "shop"`), "refused: deny rule",
			`Denied postgres operation=connect database=shop reason="deny rule"`),
		with(begin("replication has to be named", "", "database=shop", client(startup("user", "web", "database", "shop", "replication", "true"))),
			"", refused(`permission denied for user "web" on database "shop"`), "refused: no rule",
			"Denied postgres operation=replication database=shop"),
		with(begin("replication that is named is not judged", "", "operation=replication user=web",
			client(startup("user", "web", "replication", "true")), server(loggedIn), client(query("IDENTIFY_SYSTEM")), server("anything")),
			startup("user", "web", "replication", "true")+query("IDENTIFY_SYSTEM"), loggedIn+"anything", "",
			"Request postgres operation=replication database=web"),
		with(begin("a setting that is not known to be harmless", "", "", client(startup("user", "web", "session_replication_role", "replica"))),
			"", refused("start-up message with a setting that is not known to be harmless"), "refused: start-up message with a setting",
			`Denied postgres operation=connect database=web reason="start-up message with a setting that is not known to be harmless"`),
		with(begin("options with harmless settings", "", "", client(startup("user", "web", "options", `-c search_path=a\ b --statement-timeout=1`)), server(loggedIn)),
			startup("user", "web", "options", `-c search_path=a\ b --statement-timeout=1`), loggedIn, "", "Request postgres operation=connect database=web"),
		with(begin("options with others", "", "", client(startup("user", "web", "options", "-c standard_conforming_strings=off"))),
			"", refused("standard_conforming_strings must stay on"), "refused: standard_conforming_strings must stay on",
			`Denied postgres operation=connect database=web reason="standard_conforming_strings must stay on"`),
		with(begin("a parameter that is given twice", "", "", client(startup("user", "web", "user", "bob"))),
			"", refused("start-up parameter is given twice"), "refused: start-up parameter is given twice",
			`Denied postgres operation=connect reason="start-up parameter is given twice"`),
		with(begin("protocol 2", "", "", client(first(2<<16, "user\x00"))), "", fatal("0A000", "unsupported frontend protocol"),
			"refused: protocol version is not 3.0 or 3.2", `Denied postgres operation=connect reason="protocol version is not 3.0 or 3.2"`),
		with(begin("a cancel request passes where a rule allows it", "", "operation=cancel", client(first(codeCancel, int32s(1, 2)))),
			first(codeCancel, int32s(1, 2)), "", "", "Request postgres operation=cancel"),
		with(begin("a cancel request is refused otherwise", "", "operation=select", client(first(codeCancel, int32s(1, 2)))), "", "",
			"refused: no rule", "Denied postgres operation=cancel"),
		with(begin("TLS at once", "", "", client("\x16\x03\x01\x00")), "", "", "TLS on a plaintext port"),
		startingTLS(begin("encryption that the host terminates", `{"tls": "terminate"}`, "", client(first(codeGSS)+first(codeSSL)),
			client(hello), server(loggedIn)), hello, "NS"+loggedIn, "", connectLog),
		with(begin("encryption that a host cannot terminate", `{"tls": "terminate"}`, "", client(first(codeSSL)+hello), server(loggedIn)),
			hello, "N"+loggedIn, "", connectLog),
		with(begin("opaque encryption", `{"tls": "opaque"}`, "operation=tls", client(first(codeSSL)), server("S"), client("\x16\x03\x01"), server("\x16")),
			first(codeSSL)+"\x16\x03\x01", "S\x16", "", "Request postgres operation=tls"),
		with(begin("opaque encryption that the server does not have", `{"tls": "opaque"}`, "", client(first(codeSSL)), server("N"), client(hello), server(loggedIn)),
			first(codeSSL)+hello, "N"+loggedIn, "", "Request postgres operation=tls", connectLog),
		with(begin("a connection in clear where rules are about encrypted ones", `{"tls": "terminate"}`, "tls=yes", client(startup("user", "web"))),
			"", refused(`permission denied for user "web" on database "web"`), "refused: no rule", "Denied postgres operation=connect database=web"),
		startingTLS(begin("encryption that rules require", `{"tls": "terminate"}`, "tls=yes", client(first(codeSSL)),
			client(hello), server(loggedIn)), hello, "S"+loggedIn, "", connectLog),
		startingTLS(begin("an encrypted connection where rules are about others", `{"tls": "terminate"}`, "tls=no", client(first(codeSSL)),
			client(startup("user", "web"))), "", "S"+refused(`permission denied for user "web" on database "web"`), "refused: no rule",
			"Denied postgres operation=connect database=web"),
		with(begin("opaque encryption where rules are about encrypted connections", `{"tls": "opaque"}`, "operation=tls tls=yes",
			client(first(codeSSL)), server("S"), client("\x16\x03\x01"), server("\x16")),
			first(codeSSL)+"\x16\x03\x01", "S\x16", "", "Request postgres operation=tls"),
		with(begin("opaque encryption has to be named", `{"tls": "opaque"}`, "database=shop", client(first(codeSSL))), "",
			refused("permission denied to tls"), "refused: no rule", "Denied postgres operation=tls"),
		with(begin("bytes before the answer to a request for encryption", `{"tls": "opaque"}`, "", client(first(codeSSL)+hello)),
			first(codeSSL), "", "bytes before the answer to a request for encryption", "Request postgres operation=tls"),
		with(begin("a request before the login is complete", "", "", client(hello+query("SELECT 1"))), hello, "", "message before the login is complete", connectLog),
		with(begin("a password after the login", "", "", connected(client(message('p', "x\x00")))...), hello, loggedIn, "password message after the login", connectLog),
		with(begin("a message of an unknown type", "", "", connected(client(message('!', "x\x00")))...), hello, loggedIn, "message of an unknown type", connectLog),
		with(begin("a length that cannot be", "", "", connected(client("Q\x00\x00\x00\x03"))...), hello, loggedIn, "length of a message is out of range", connectLog),
		with(begin("a reply that was not asked for", "", "", connected(server(ready("I")))...), hello, loggedIn, "ReadyForQuery that was not asked for", connectLog),
		with(begin("a server that is ready in no state", "", "", connected(client(query("SELECT 1")), server(message('Z')))...), hello+query("SELECT 1"), loggedIn,
			"malformed ReadyForQuery", connectLog, "Request postgres message=query operation=select database=shop user=web"),
		with(begin("data that was not asked for", "", "", connected(server(message('G', "\x00", int16s(0))))...), hello, loggedIn,
			"server wants data of a COPY that was not asked for", connectLog),
		with(begin("texts are logged without literals where that is configured", `{"log_text": true}`, "",
			connected(client(query("SELECT 'x', $1 FROM public.item WHERE a IN (1, 2)")))...),
			hello+query("SELECT 'x', $1 FROM public.item WHERE a IN (1, 2)"), loggedIn, "", connectLog,
			`Request postgres message=query operation=select tables=public.item text="select ? from public . item where a in ( ? )" database=shop user=web`),
		with(begin("a pooled connection has no search_path that is known", `{"pooled": "session"}`, "schema=public",
			connected(server(parameter("search_path", "public")), client(query("SELECT * FROM item")))...),
			hello, loggedIn+parameter("search_path", "public")+denied("for table item (select)")+ready("I"), "", connectLog,
			"Denied postgres message=query operation=select tables=item database=shop user=web"),
		with(waiting(begin("a COPY in an extended query", "", "", connected(
			client(parse("", copyFrom)+bind("", "")+execute("")+sync), server(parsed+bound+message('G', "\x00", int16s(1, 0))),
			client(message('d', "1\n")+message('c')+sync), server(complete("COPY 1")+ready("I")))...)),
			hello+parse("", copyFrom)+bind("", "")+execute("")+message('d', "1\n")+message('c')+sync,
			loggedIn+parsed+bound+message('G', "\x00", int16s(1, 0))+complete("COPY 1")+ready("I"), "", connectLog,
			"Request postgres message=parse operation=copy tables=public.item database=shop user=web",
			"Request postgres message=execute operation=copy tables=public.item database=shop user=web",
			"Response postgres operation=copy status=ok rows=1 user=web"),
		with(waiting(begin("a COPY in an extended query that fails", "", "", connected(
			client(parse("", copyFrom)+bind("", "")+execute("")+sync), server(parsed+bound+failure("42501", "no")+ready("I")))...)),
			hello+parse("", copyFrom)+bind("", "")+execute("")+sync, loggedIn+parsed+bound+failure("42501", "no")+ready("I"), "", connectLog,
			"Request postgres message=parse operation=copy tables=public.item database=shop user=web",
			"Request postgres message=execute operation=copy tables=public.item database=shop user=web",
			"Response postgres operation=copy status=error sqlstate=42501 user=web"),
	}
}

// waiting has a case left out where the host cannot wait.
func waiting(c parsertest.Case) parsertest.Case {
	c.Waits = true
	return c
}

func TestAConfigurationThatIsWrongSaysWhatToWriteInstead(t *testing.T) {
	for config, want := range map[string]string{
		`{"tls": "on"}`:          `tls: "on" is unknown: give "deny", "terminate" or "opaque"`,
		`{"pooled": "yes"}`:      `pooled: "yes" is unknown: give "session", "transaction" or "prepared"`,
		`{"max_text_bytes": 10}`: "max_text_bytes: 10 is out of range: give 16384 to 67108864",
		`{"other": 1}`:           "other",
	} {
		_, err := proxylib.Registered(postgres.Name).Configured([]byte(config))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
		}
	}
}
