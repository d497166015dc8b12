package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/parsers/postgres"
	"github.com/proxylib/proxylib/parsertest"
)

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts()...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts()...) }

// shop is the policy of most transcripts.
const shop = `
	operation=select schema=public table=item database=shop
	operation=insert schema=public table=item
	operation=copy schema=public table_prefix=item
	function=lower_all schema=public
`

// connected are the steps of a client that has logged in.
func connected(steps ...parsertest.Step) []parsertest.Step {
	return append([]parsertest.Step{parsertest.Client(hello), parsertest.Server(loggedIn)}, steps...)
}

// notPostgreSQL is why texts to a server that is not known are not read.
const notPostgreSQL = "SQL is not read at byte 0: server does not say that it is PostgreSQL 10 or newer: what texts mean to it is unknown"

const connectLog = "Request postgres operation=connect database=shop application_name=test"

// longest is the longest name that servers do not cut. longName is the denial of longer ones.
var (
	longest  = strings.Repeat("n", 63)
	longName = unjudged("name of a prepared statement or portal is longer than 63 bytes, which servers cut")
)

// longLog is the log of that denial.
func longLog(message string) string {
	return "Denied postgres message=" + message + ` database=shop reason="name of a prepared statement or portal is longer than 63 bytes, which servers cut"`
}

// after is the log of a client that has logged in.
func after(lines ...string) []string {
	log := []string{connectLog}
	for _, line := range lines {
		fields, reason, because := strings.Cut(line, " reason=")
		if fields += " user=web"; because {
			fields += " reason=" + reason
		}
		log = append(log, fields)
	}
	return log
}

// talk is a transcript after the login.
func talk(name, policy, toServer, toClient string, log []string, steps ...parsertest.Step) parsertest.Case {
	return parsertest.Case{
		Parser: postgres.Name, Name: name, Policy: policy, Steps: connected(steps...),
		ToServer: hello + toServer, ToClient: loggedIn + toClient, Log: log, Without: []string{"fingerprint"},
	}
}

func TestExchangesAreLoggedOnce(t *testing.T) {
	client, server := parsertest.Client[string], parsertest.Server[string]
	const item = "SELECT * FROM public.item WHERE id = 1"
	const itemLog = "operation=select tables=public.item database=shop user=web"
	rows := columns + row("x") + complete("SELECT 1")
	batch := parse("", item) + bind("", "") + execute("")
	c := talk("", shop, query(item)+query(item)+batch+execute("")+sync, rows+ready("I")+failure("22012", "division by zero")+ready("I")+
		parsed+bound+failure("22012", "division by zero")+ready("I"), []string{
		connectLog + fmt.Sprintf(" -> replied bytes=%d/%d", len(hello), len(loggedIn)),
		"Request postgres message=query " + itemLog + fmt.Sprintf(" -> ok bytes=%d/%d status=ok rows=1", len(query(item)), len(rows+ready("I"))),
		"Request postgres message=query " + itemLog + fmt.Sprintf(" -> error bytes=%d/%d status=error sqlstate=22012", len(query(item)),
			len(failure("22012", "division by zero")+ready("I"))),
		"Request postgres message=parse " + itemLog,
		"Request postgres message=execute " + itemLog + fmt.Sprintf(" -> error bytes=%d/%d status=error sqlstate=22012", len(execute("")),
			len(parsed+bound+failure("22012", "division by zero"))),
		"Request postgres message=execute " + itemLog + fmt.Sprintf(" -> silent bytes=%d/0", len(execute("")+sync)),
	}, client(query(item)+query(item)), server(rows+ready("I")+failure("22012", "division by zero")+ready("I")), client(batch+execute("")+sync),
		server(parsed+bound+failure("22012", "division by zero")+ready("I")))
	c.LogKinds = accesslog.Exchanges
	parsertest.Run(t, c)
}

// transcripts are all that the parser is tested with.
func transcripts() []parsertest.Case {
	client, server := parsertest.Client[string], parsertest.Server[string]
	const item = "SELECT * FROM public.item WHERE id = 1"
	const itemLog = "operation=select tables=public.item database=shop"
	answer := columns + row("x") + complete("SELECT 1") + ready("I")
	const found = "Response postgres operation=select status=ok rows=1"
	one := row("x") + complete("SELECT 1")
	two := one + one
	cases := []parsertest.Case{
		talk("an allowed query and its reply pass", shop, query(item), answer,
			after("Request postgres message=query "+itemLog, "Response postgres operation=select status=ok rows=1"),
			client(query(item)), server(answer)),
		talk("a denied query is answered", shop, "", denied("for table public.secret (select)")+ready("I"),
			after("Denied postgres message=query operation=select tables=public.secret database=shop"),
			client(query("SELECT * FROM public.secret"))),
		talk("every statement of a query has to be allowed", shop, "", denied("for table public.item (delete)")+ready("I"),
			after(`Denied postgres message=query operation="select, delete" tables=public.item database=shop`),
			client(query("SELECT * FROM public.item; DELETE FROM public.item"))),
		talk("a name without a schema matches no rule with one", shop, "", denied("for table item (select)")+ready("I"),
			after("Denied postgres message=query operation=select tables=item database=shop"), client(query("SELECT * FROM item"))),
		talk("a denied query in a transaction aborts it", shop, query("BEGIN")+poisonQuery+query("COMMIT"),
			complete("BEGIN")+ready("T")+denied("for table public.secret (select)")+ready("E")+complete("ROLLBACK")+ready("I"),
			after("Request postgres message=query operation=begin database=shop", "Response postgres operation=begin status=ok",
				"Denied postgres message=query operation=select tables=public.secret database=shop",
				"Request postgres message=query operation=commit database=shop", "Response postgres operation=commit status=ok"),
			client(query("BEGIN")), server(complete("BEGIN")+ready("T")), client(query("SELECT * FROM public.secret")),
			server(syntaxError+ready("E")), client(query("COMMIT")), server(complete("ROLLBACK")+ready("I"))),
		talk("a denied query among others takes its turn", shop, query(item)+poisonQuery+query(item),
			answer+denied("for table public.secret (select)")+ready("I")+answer,
			after("Request postgres message=query "+itemLog, "Denied postgres message=query operation=select tables=public.secret database=shop",
				"Request postgres message=query "+itemLog, "Response postgres operation=select status=ok rows=1",
				"Response postgres operation=select status=ok rows=1"),
			client(query(item)+query("SELECT * FROM public.secret")+query(item)), server(answer+syntaxError+ready("I")+answer)),
		talk("an extended query passes", shop, parse("", item)+bind("", "")+message('D', "P", "\x00")+execute("")+sync,
			parsed+bound+answer,
			after("Request postgres message=parse "+itemLog, "Request postgres message=execute "+itemLog,
				"Response postgres operation=select status=ok rows=1"),
			client(parse("", item)+bind("", "")+message('D', "P", "\x00")+execute("")+sync), server(parsed+bound+answer)),
		talk("what follows a denied message is dropped up to Sync", shop, sync, denied("for table public.secret (select)")+ready("I"),
			after("Denied postgres message=parse operation=select tables=public.secret database=shop"),
			client(parse("", "SELECT * FROM public.secret")+bind("", "")+flush+execute("")+query("DROP TABLE x")+sync), server(ready("I"))),
		talk("a denied message after others of its batch has the server roll back", shop,
			parse("", item)+bind("", "")+execute("")+poisonParse+sync,
			parsed+bound+row("x")+complete("SELECT 1")+denied("for table public.secret (select)")+ready("I"),
			after("Request postgres message=parse "+itemLog, "Request postgres message=execute "+itemLog,
				"Denied postgres message=parse operation=select tables=public.secret database=shop",
				"Response postgres operation=select status=ok rows=1"),
			client(parse("", item)+bind("", "")+execute("")+parse("", "SELECT * FROM public.secret")+bind("", "")+execute("")+sync),
			server(parsed+bound+row("x")+complete("SELECT 1")+syntaxError+ready("I"))),
		talk("an error before the denied message comes alone", shop, parse("", item)+bind("", "")+execute("")+poisonParse+sync+query(item),
			parsed+bound+failure("22012", "division by zero")+ready("I")+answer,
			after("Request postgres message=parse "+itemLog, "Request postgres message=execute "+itemLog,
				"Denied postgres message=parse operation=select tables=public.secret database=shop",
				"Request postgres message=query "+itemLog,
				"Response postgres operation=select status=error sqlstate=22012", "Response postgres operation=select status=ok rows=1"),
			client(parse("", item)+bind("", "")+execute("")+parse("", "SELECT * FROM public.secret")+sync+query(item)),
			server(parsed+bound+failure("22012", "division by zero")+ready("I")+answer)),
		talk("a prepared statement is judged by the policy of the moment", shop, parse("s", item)+sync+bind("", "s")+poisonParse+sync,
			parsed+ready("I")+bound+denied("for table public.item (select)")+ready("I"),
			after("Request postgres message=parse "+itemLog+" prepared=s", "Denied postgres message=execute "+itemLog+" prepared=s"),
			client(parse("s", item)+sync), server(parsed+ready("I")), parsertest.NewPolicy("operation=insert"),
			client(bind("", "s")+execute("")+sync), server(bound+syntaxError+ready("I"))),
		talk("a statement that is not known has to be prepared", shop, sync,
			failure("26000", `prepared statement "s" does not exist`)+ready("I"),
			after(`Denied postgres message=bind database=shop prepared=s reason="prepared statement is not known"`),
			client(bind("", "s")+execute("")+sync), server(ready("I"))),
		talk("names that servers would cut are denied", shop, parse("", item)+bind(longest, "")+poisonParse+sync+sync+sync,
			parsed+bound+longName+ready("I")+longName+ready("I")+longName+ready("I"),
			after("Request postgres message=parse "+itemLog, longLog("bind"), longLog("parse"), longLog("close")),
			client(parse("", item)+bind(longest, "")+bind(longest+"n", "")+sync), server(parsed+bound+syntaxError+ready("I")),
			client(parse(longest+"n", item)+sync), server(ready("I")), client(closing("S", longest+"n")+sync), server(ready("I"))),
		talk("a definition that may have failed counts beside the one before", shop,
			parse("s", item)+sync+closing("S", "s")+parse("s", "SELECT 1")+sync+bind("", "s")+poisonParse+sync,
			parsed+ready("I")+failure("08P01", "bad")+ready("I")+bound+denied("for table public.item (select)")+ready("I"),
			after("Request postgres message=parse "+itemLog+" prepared=s", "Request postgres message=parse operation=select database=shop prepared=s",
				"Response postgres status=error sqlstate=08P01", "Denied postgres message=execute operation=select database=shop prepared=s"),
			client(parse("s", item)+sync), server(parsed+ready("I")), client(closing("S", "s")+parse("s", "SELECT 1")+sync),
			server(failure("08P01", "bad")+ready("I")), parsertest.NewPolicy("operation=insert"),
			client(bind("", "s")+execute("")+sync), server(bound+syntaxError+ready("I"))),
		talk("entries say which prepared statement is executed, through whatever portal", shop,
			parse("a b\n", item)+parse("", item)+bind("p", "a b\n")+bind("", "")+execute("")+execute("p")+sync+bind("", "a b\n")+execute("")+sync,
			parsed+parsed+bound+bound+two+ready("I")+bound+one+ready("I"),
			after("Request postgres message=parse "+itemLog+` prepared="a b\\x0a"`, "Request postgres message=parse "+itemLog,
				"Request postgres message=execute "+itemLog, "Request postgres message=execute "+itemLog+` prepared="a b\\x0a"`, found, found,
				"Request postgres message=execute "+itemLog+` prepared="a b\\x0a"`, found),
			client(parse("a b\n", item)+parse("", item)+bind("p", "a b\n")+bind("", "")+execute("")+execute("p")+sync),
			server(parsed+parsed+bound+bound+two+ready("I")), client(bind("", "a b\n")+execute("")+sync), server(bound+one+ready("I"))),
		talk("EXECUTE in SQL is judged as what it executes", shop, query("PREPARE s AS "+item), complete("PREPARE")+ready("I")+
			denied("for table public.item (select)")+ready("I")+unknownName(),
			after("Request postgres message=query operation=prepare tables=public.item prepared=s database=shop",
				"Response postgres operation=prepare status=ok", "Denied postgres message=query operation=execute prepared=s database=shop",
				`Denied postgres message=query operation=execute prepared=other database=shop reason="prepared statement is not known"`),
			client(query("PREPARE s AS "+item)), server(complete("PREPARE")+ready("I")), parsertest.NewPolicy("operation=insert"),
			client(query("EXECUTE s")), client(query("EXECUTE other"))),
		talk("COPY passes in both directions", shop, query(copyFrom)+message('d', "1\n")+message('d', "2\n")+message('c')+query(copyTo),
			message('G', "\x00", int16s(1, 0))+complete("COPY 2")+ready("I")+
				message('H', "\x00", int16s(1, 0))+message('d', "1\n")+message('c')+complete("COPY 1")+ready("I"),
			after("Request postgres message=query operation=copy tables=public.item database=shop",
				"Response postgres operation=copy status=ok rows=2",
				"Request postgres message=query operation=copy tables=public.item database=shop",
				"Response postgres operation=copy status=ok rows=1"),
			client(query(copyFrom)), server(message('G', "\x00", int16s(1, 0))),
			client(message('d', "1\n")+message('d', "2\n")+message('c')), server(complete("COPY 2")+ready("I")),
			client(query(copyTo)), server(message('H', "\x00", int16s(1, 0))+message('d', "1\n")+message('c')+complete("COPY 1")+ready("I"))),
		talk("messages among the data of a COPY are judged one by one", shop,
			query(copyFrom)+message('d', "1\n")+message('d', "2\n")+message('d', "3\n")+message('d', "")+message('f', "no\x00"),
			message('G', "\x00", int16s(1, 0))+failure("57014", "COPY from stdin failed: no")+ready("I"),
			after("Request postgres message=query operation=copy tables=public.item database=shop", "Response postgres operation=copy status=error sqlstate=57014"),
			client(query(copyFrom)), server(message('G', "\x00", int16s(1, 0))),
			client(message('d', "1\n")+flush+message('d', "2\n")+message('d', "3\n")+sync+message('d', "")+message('f', "no\x00")),
			server(failure("57014", "COPY from stdin failed: no")+ready("I"))),
		talk("COPY to a program is denied unless it is named", "schema=public", "", denied("for table public.item (copy_program)")+ready("I"),
			after("Denied postgres message=query operation=copy_program tables=public.item database=shop"),
			client(query("COPY public.item TO PROGRAM 'sh'"))),
		talk("data outside a COPY, which servers ignore, is dropped", "", query(item), answer,
			after("Request postgres message=query "+itemLog, "Response postgres operation=select status=ok rows=1"),
			client(message('d', "x")+message('c')+message('f', "x\x00")+query(item)), server(answer)),
		talk("a function call has to be named", "schema=public", "", denied("to function_call")+ready("I"),
			after("Denied postgres operation=function_call database=shop"), client(message('F', int32s(1), int16s(0, 0, 0)))),
		talk("a function call that is named passes", "operation=function_call", message('F', int32s(1), int16s(0, 0, 0)),
			message('V', int32s(-1&0xffffffff))+ready("I"),
			after("Request postgres operation=function_call database=shop", "Response postgres status=ok"),
			client(message('F', int32s(1), int16s(0, 0, 0))), server(message('V', int32s(-1&0xffffffff))+ready("I"))),
		talk("a function has to be named", shop, "", denied("for function public.upper_all")+ready("I"),
			after("Denied postgres message=query operation=select functions=public.upper_all database=shop"),
			client(query("SELECT public.upper_all()"))),
		talk("a function that is named passes", shop, query("SELECT public.lower_all()"), answer,
			after("Request postgres message=query operation=select functions=public.lower_all database=shop",
				"Response postgres operation=select status=ok rows=1"),
			client(query("SELECT public.lower_all()")), server(answer)),
		talk("functions of information_schema only compute, but for those of users", shop, query("SELECT information_schema._pg_expandarray('{1}')"),
			answer+denied("for function information_schema.f")+ready("I"),
			after("Request postgres message=query operation=select database=shop", "Response postgres operation=select status=ok rows=1",
				"Denied postgres message=query operation=select functions=information_schema.f database=shop"),
			client(query("SELECT information_schema._pg_expandarray('{1}')")), server(answer), client(query("SELECT information_schema.f()"))),
		talk("a function that is not built in before the server's version is a user's", "operation=select", query("SELECT date_add()"),
			parameter("server_version", "15.14 (Debian 15.14-0)")+denied("for function date_add")+ready("I")+parameter("server_version", "18.1")+answer,
			after("Denied postgres message=query operation=select functions=date_add database=shop",
				"Request postgres message=query operation=select database=shop", "Response postgres operation=select status=ok rows=1"),
			server(parameter("server_version", "15.14 (Debian 15.14-0)")), client(query("SELECT date_add()")),
			server(parameter("server_version", "18.1")), client(query("SELECT date_add()")), server(answer)),
		talk("texts to a server that is another product are not read", shop, "",
			parameter("crdb_version", "CockroachDB CCL v25.4")+parameter("server_version", "18.1")+unjudged(notPostgreSQL)+ready("I"),
			after(`Denied postgres message=query database=shop reason="`+notPostgreSQL+`"`),
			server(parameter("crdb_version", "CockroachDB CCL v25.4")+parameter("server_version", "18.1")), client(query(item))),
		talk("texts to a server that says it is of a version before 10 are not read", shop, "", parameter("server_version", "8.2.23")+unjudged(notPostgreSQL)+ready("I"),
			after(`Denied postgres message=query database=shop reason="`+notPostgreSQL+`"`),
			server(parameter("server_version", "8.2.23")), client(query(item))),
		talk("notices, notifications and settings pass between replies", shop, query(item),
			message('N', "SNOTICE\x00\x00")+columns+message('A', int32s(1), "c\x00\x00")+parameter("TimeZone", "UTC")+row("x")+complete("SELECT 1")+ready("I"),
			after("Request postgres message=query "+itemLog, "Response postgres operation=select status=ok rows=1"),
			client(query(item)), server(message('N', "SNOTICE\x00\x00")+columns+message('A', int32s(1), "c\x00\x00")+
				parameter("TimeZone", "UTC")+row("x")+complete("SELECT 1")+ready("I"))),
		talk("names without a schema are resolved by a search_path that the server reports", shop, query("SELECT * FROM item"),
			parameter("search_path", `public`)+answer+
				parameter("search_path", `"$user", public`)+denied("for table item (select)")+ready("I"),
			after("Request postgres message=query operation=select tables=item database=shop",
				"Response postgres operation=select status=ok rows=1",
				"Denied postgres message=query operation=select tables=item database=shop"),
			server(parameter("search_path", "public")), client(query("SELECT * FROM item")), server(answer),
			server(parameter("search_path", `"$user", public`)), client(query("SELECT * FROM item"))),
		talk("whose schema $user is, is known until the session may act as another role", "operation=select schema=public\noperation=select schema=web\noperation=set_role",
			query("SELECT * FROM item")+query("SET ROLE other"), parameter("search_path", `"$user", public`)+answer+complete("SET")+ready("I")+
				denied("for table item (select)")+ready("I"),
			after("Request postgres message=query operation=select tables=item database=shop", "Response postgres operation=select status=ok rows=1",
				"Request postgres message=query operation=set_role database=shop", "Response postgres operation=set_role status=ok",
				"Denied postgres message=query operation=select tables=item database=shop"),
			server(parameter("search_path", `"$user", public`)), client(query("SELECT * FROM item")), server(answer),
			client(query("SET ROLE other")), server(complete("SET")+ready("I")), client(query("SELECT * FROM item"))),
		talk("a prepared text that may be a COPY and cannot be read is denied", "", sync,
			unjudged("SQL is not read at byte 5: no name where one is due")+ready("I"),
			after(`Denied postgres message=parse database=shop reason="SQL is not read at byte 5: no name where one is due"`),
			client(parse("", "COPY FROM FROM STDIN")+sync), server(ready("I"))),
		talk("a search_path that is being changed is not known", shop, query("SET search_path = secret")+poisonQuery,
			parameter("search_path", "public")+complete("SET")+ready("I")+denied("for table item (select)")+ready("I"),
			after("Request postgres message=query operation=set database=shop", "Denied postgres message=query operation=select tables=item database=shop",
				"Response postgres operation=set status=ok"),
			server(parameter("search_path", "public")), client(query("SET search_path = secret")+query("SELECT * FROM item")),
			server(complete("SET")+ready("I")+syntaxError+ready("I"))),
		talk("a rule that denies a schema denies names that may be in it", "operation=select\ndeny schema=secret", query("SELECT * FROM public.item"),
			answer+denied("for table item (select)")+ready("I")+denied("for table secret.item (select)")+ready("I"),
			after("Request postgres message=query operation=select tables=public.item database=shop",
				"Response postgres operation=select status=ok rows=1",
				`Denied postgres message=query operation=select tables=item database=shop reason="deny rule"`,
				`Denied postgres message=query operation=select tables=secret.item database=shop reason="deny rule"`),
			client(query("SELECT * FROM public.item")), server(answer), client(query("SELECT * FROM item")),
			client(query("SELECT * FROM secret.item"))),
		talk("a text that cannot be read is denied", shop, "",
			unjudged("SQL is not read at byte 19: no name where one is due")+ready("I"),
			after(`Denied postgres message=query database=shop reason="SQL is not read at byte 19: no name where one is due"`),
			client(query("SELECT * FROM FROM x"))),
		talk("a text that cannot be read passes where everything is allowed", "", query("SELECT * FROM FROM x"),
			failure("42601", "syntax error")+ready("I"),
			after("Request postgres message=query database=shop", "Response postgres status=error sqlstate=42601"),
			client(query("SELECT * FROM FROM x")), server(failure("42601", "syntax error")+ready("I"))),
		talk("a setting that changes how texts are read is denied", shop, "",
			unjudged("setting would change how texts are read")+ready("I"),
			after(`Denied postgres message=query operation=set database=shop reason="setting would change how texts are read"`),
			client(query("SET standard_conforming_strings = off"))),
		talk("a search_path that is known only when it is executed is denied", "operation=select\noperation=set", "", unjudged("search_path with pg_catalog after other schemas, which could replace what is built in")+ready("I"),
			after(`Denied postgres message=query operation=select database=shop reason="search_path with pg_catalog after other schemas, which could replace what is built in"`),
			client(query("SELECT set_config('search_path', 'a, pg_' || 'catalog', false)"))),
		talk("a text with a byte after its end is denied", "", "", unjudged("malformed message")+ready("I"),
			after(`Denied postgres message=query database=shop reason="malformed message"`), client(message('Q', "SELECT 1\x00;x\x00"))),
		talk("rules by prefix and expression", `operation=select schema_prefix=pub table_regex=^it database_prefix=sh
			function_prefix=lower_
			operation=delete application_name=other`, query("SELECT public.lower_x() FROM public.item"),
			answer+denied("for table public.item (delete)")+ready("I"),
			after("Request postgres message=query operation=select tables=public.item functions=public.lower_x database=shop",
				"Response postgres operation=select status=ok rows=1",
				"Denied postgres message=query operation=delete tables=public.item database=shop"),
			client(query("SELECT public.lower_x() FROM public.item")), server(answer), client(query("DELETE FROM public.item"))),
		talk("a text has no more statements than a rule allows", "operation=select schema=public max_statements=2", query(item+";"+item),
			columns+complete("SELECT 0")+columns+complete("SELECT 0")+ready("I")+denied("for table public.item (select)")+ready("I"),
			after("Request postgres message=query operation=select tables=public.item database=shop",
				"Response postgres operation=select status=ok rows=0", "Denied postgres message=query operation=select tables=public.item database=shop"),
			client(query(item+";"+item)), server(columns+complete("SELECT 0")+columns+complete("SELECT 0")+ready("I")), client(query(item+";"+item+"; SELECT 1"))),
		talk("cursors are judged when they are declared, and fetched from", shop, query("BEGIN")+query("DECLARE c CURSOR FOR "+item)+query("FETCH 1 FROM c"),
			complete("BEGIN")+ready("T")+complete("DECLARE CURSOR")+ready("T")+columns+row("x")+complete("FETCH 1")+ready("T"),
			after("Request postgres message=query operation=begin database=shop", "Response postgres operation=begin status=ok",
				"Request postgres message=query operation=declare tables=public.item database=shop", "Response postgres operation=declare status=ok",
				"Request postgres message=query operation=fetch database=shop", "Response postgres operation=fetch status=ok rows=1"),
			client(query("BEGIN")), server(complete("BEGIN")+ready("T")), client(query("DECLARE c CURSOR FOR "+item)),
			server(complete("DECLARE CURSOR")+ready("T")), client(query("FETCH 1 FROM c")), server(columns+row("x")+complete("FETCH 1")+ready("T"))),
		talk("what follows Terminate is dropped", "", quit, "", after(), client(quit+query("DROP TABLE x"))),
	}
	for reason, last := range map[string]string{
		"request within the data of a COPY": query(item), "length of a message is out of range": "d\x00\x00\x00\x03", "malformed message": message('c', "x"),
	} {
		c := talk("the data of a COPY end with a wrong message: "+reason, shop, query(copyFrom)+message('d', "1\n")+message('d', "2\n"),
			message('G', "\x00", int16s(1, 0)), after("Request postgres message=query operation=copy tables=public.item database=shop"),
			client(query(copyFrom)), server(message('G', "\x00", int16s(1, 0))), client(message('d', "1\n")+message('d', "2\n")+last))
		c.Closed = reason
		cases = append(cases, c)
	}
	return slices.Concat(cases, startTranscripts(), poolTranscripts(), pathTranscripts())
}

// unknownName is what a client gets for the EXECUTE of a statement that is not known.
func unknownName() string { return unjudged("prepared statement is not known") + ready("I") }

const (
	copyFrom = "COPY public.item FROM STDIN"
	copyTo   = "COPY public.item TO STDOUT"
)

// The server keeps the replies until a Sync, which does not come.
func TestAMistakeAfterMessagesWithoutSyncClosesTheConnectionOnceOtherRepliesHaveCome(t *testing.T) {
	const mistake, item = "message of an unknown type", "SELECT a FROM public.item"
	batch := parse("", item) + bind("", "") + execute("")
	wrong := parsertest.Client("\x01\x00\x00\x00\x04")
	c := parsertest.Connect(t, parsertest.Case{Parser: postgres.Name, Policy: shop})
	c.Do(connected(parsertest.Client(batch), wrong)...)
	if !strings.Contains(c.Closed(), mistake) {
		t.Errorf("without another request: closed because of %q", c.Closed())
	}
	c = parsertest.Connect(t, parsertest.Case{Parser: postgres.Name, Policy: shop})
	c.Do(connected(parsertest.Client(query(item)+batch), wrong)...)
	if c.Closed() != "" {
		t.Fatalf("closed before the reply to another request has come: %q", c.Closed())
	}
	c.ToClient()
	reply := columns + complete("SELECT 0") + ready("I")
	if c.Do(parsertest.Server(reply)); c.ToClient() != reply || !strings.Contains(c.Closed(), mistake) {
		t.Errorf("after another request: closed because of %q", c.Closed())
	}
}
