package postgres_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/postgres"
	"github.com/proxylib/proxylib/parsertest"
)

// shared is a transcript after the login of a client that shares connections to the server with others.
func shared(name, pooled, toServer, toClient string, log []string, steps ...parsertest.Step) parsertest.Case {
	c := talk(name, "operation=select schema=public table=item", toServer, toClient, log, steps...)
	c.Config = `{"pooled": "` + pooled + `"}`
	return c
}

// says is what PgBouncer says of itself.
func says(mode, kept string) string {
	return parameter("pgbouncer.pool_mode", mode) + parameter("pgbouncer.max_prepared_statements", kept)
}

// poolTranscripts are those of poolers.
func poolTranscripts() []parsertest.Case {
	client, server := parsertest.Client[string], parsertest.Server[string]
	const item = "SELECT id FROM public.item"
	const itemLog = "operation=select tables=public.item database=shop"
	foreign := failure("26000", `prepared statement "s" does not exist`) + ready("I")
	prepare := client(parse("s", item) + sync)
	prepared := server(parsed + ready("I"))
	run := bind("", "s") + execute("") + sync
	answer := bound + row("1") + complete("SELECT 1") + ready("I")
	parseLog, executeLog := "Request postgres message=parse "+itemLog+" prepared=s", "Request postgres message=execute "+itemLog+" prepared=s"
	done := "Response postgres operation=select status=ok rows=1"
	unnamed := func(line string) string { return strings.Replace(line, " prepared=s", "", 1) }
	bindLog := `Denied postgres message=bind database=shop prepared=s reason="prepared statement is not known"`
	sqlLog := `Denied postgres message=query operation=execute prepared=s database=shop reason="prepared statement is not known"`
	unknown := unjudged("prepared statement is not known") + ready("I")
	begin := query("BEGIN")
	begun := complete("BEGIN") + ready("T")
	return []parsertest.Case{
		shared("a prepared statement lasts as long as a session", "session", parse("s", item)+sync+run, parsed+ready("I")+answer,
			after(parseLog, executeLog, done), prepare, prepared, client(run), server(answer)),
		shared("a prepared statement is forgotten where a pooler says how it shares", "", parse("s", item)+sync+sync,
			says("transaction", "0")+parsed+ready("I")+foreign, after(parseLog, bindLog),
			server(says("transaction", "0")), prepare, prepared, client(run), server(ready("I"))),
		shared("a prepared statement lasts where a pooler says that it keeps it", "", parse("s", item)+sync+run,
			says("statement", "200")+parsed+ready("I")+answer, after(parseLog, executeLog, done),
			server(says("statement", "200")), prepare, prepared, client(run), server(answer)),
		shared("a prepared statement lasts where a pooler says that sessions are not shared", "", parse("s", item)+sync+run,
			says("session", "0")+parsed+ready("I")+answer, after(parseLog, executeLog, done),
			server(says("session", "0")), prepare, prepared, client(run), server(answer)),
		shared("a search_path that is set through a pooler is not known", "transaction", query("SET search_path = public"),
			complete("SET")+ready("I")+denied("for table item (select)")+ready("I"),
			after("Request postgres message=query operation=set database=shop", "Response postgres operation=set status=ok",
				"Denied postgres message=query operation=select tables=item database=shop"),
			client(query("SET search_path = public")), server(complete("SET")+ready("I")), client(query("SELECT id FROM item"))),
		shared("a prepared statement is forgotten after its transaction", "transaction", parse("s", item)+sync+sync,
			parsed+ready("I")+foreign, after(parseLog, bindLog), prepare, prepared, client(run), server(ready("I"))),
		shared("a prepared statement is not used before its transaction is known to be open", "transaction",
			parse("s", item)+sync+poisonParse+sync, parsed+ready("I")+foreign, after(parseLog, bindLog),
			client(parse("s", item)+sync+run), server(parsed+ready("I")+syntaxError+ready("I"))),
		shared("a prepared statement is used in its batch", "transaction", parse("", item)+bind("", "")+execute("")+sync, parsed+answer,
			after(unnamed(parseLog), unnamed(executeLog), done), client(parse("", item)+bind("", "")+execute("")+sync), server(parsed+answer)),
		shared("a prepared statement without a name is forgotten after its transaction", "prepared", parse("", item)+sync+sync,
			parsed+ready("I")+failure("26000", `prepared statement "" does not exist`)+ready("I"), after(unnamed(parseLog), unnamed(bindLog)),
			client(parse("", item)+sync), prepared, client(bind("", "")+execute("")+sync), server(ready("I"))),
		shared("a prepared statement is used in its transaction", "transaction", begin+parse("s", item)+sync+run,
			begun+parsed+ready("T")+bound+row("1")+complete("SELECT 1")+ready("T"),
			after("Request postgres message=query operation=begin database=shop", "Response postgres operation=begin status=ok", parseLog, executeLog, done),
			client(begin), server(begun), prepare, server(parsed+ready("T")), client(run),
			server(bound+row("1")+complete("SELECT 1")+ready("T"))),
		shared("a prepared statement of the protocol lasts where the pooler keeps it", "prepared", parse("s", item)+sync+run,
			parsed+ready("I")+answer, after(parseLog, executeLog, done), prepare, prepared, client(run), server(answer)),
		shared("what describes the statement of another client is denied", "transaction", sync, foreign,
			after(`Denied postgres message=describe database=shop prepared=s reason="prepared statement is not known"`),
			client(message('D', "S", "s\x00")+sync), server(ready("I"))),
		shared("a prepared statement of SQL is forgotten after its transaction", "prepared", query("PREPARE s AS "+item),
			complete("PREPARE")+ready("I")+unknown,
			after(`Request postgres message=query operation=prepare tables=public.item prepared=s database=shop`, "Response postgres operation=prepare status=ok", sqlLog),
			client(query("PREPARE s AS "+item)), server(complete("PREPARE")+ready("I")), client(query("EXECUTE s"))),
		shared("SQL does not execute statements of the protocol which the pooler keeps", "prepared", parse("s", item)+sync, parsed+ready("I")+unknown,
			after(parseLog, sqlLog), prepare, prepared, client(query("EXECUTE s"))),
		shared("a prepared statement of SQL is not executed before it is prepared", "transaction", "", unknown,
			after(`Denied postgres message=query operation="execute, prepare" tables=public.item prepared=s database=shop reason="prepared statement is not known"`),
			client(query("EXECUTE s; PREPARE s AS "+item))),
		shared("a cursor of another client is not read", "transaction", "", unjudged("portal is not known")+ready("I"),
			after(`Denied postgres message=query operation=fetch database=shop reason="portal is not known"`), client(query("FETCH ALL FROM c"))),
	}
}

// pathTranscripts are those of servers that do not report search_path.
func pathTranscripts() []parsertest.Case {
	client, server := parsertest.Client[string], parsertest.Server[string]
	const policy = "operation=select schema=public\noperation=set\noperation=function"
	const set, get, reset = "SET search_path TO public, 'public'", "SELECT * FROM item", "DISCARD ALL"
	begin := func(name, toServer, toClient string, log []string, steps ...parsertest.Step) parsertest.Case {
		return talk(name, policy, toServer, toClient, log, steps...)
	}
	answer := columns + row("x") + complete("SELECT 1") + ready("I")
	done := complete("SET") + ready("I")
	allowed, answered := "Request postgres message=query operation=select tables=item database=shop", "Response postgres operation=select status=ok rows=1"
	deniedLog, unknown := "Denied postgres message=query operation=select tables=item database=shop", denied("for table item (select)")
	setLog, setDone := "Request postgres message=query operation=set database=shop", "Response postgres operation=set status=ok"
	helloWith := func(settings ...string) string {
		return startup(append([]string{"user", "web", "database", "shop", "application_name", "test"}, settings...)...)
	}
	connects := func(c parsertest.Case, hello string) parsertest.Case {
		c.Steps = append([]parsertest.Step{client(hello), server(loggedIn)}, c.Steps[2:]...)
		c.ToServer = hello + c.ToServer[len(helloWith()):]
		return c
	}
	return []parsertest.Case{
		connects(begin("a search_path that the client connects with is known", query(get), answer, after(allowed, answered), client(query(get)), server(answer)),
			helloWith("search_path", "public")),
		connects(begin("a search_path in the options of the client is known", query(get), answer, after(allowed, answered), client(query(get)), server(answer)),
			helloWith("options", "-c search_path=other -c search-path=public")),
		connects(begin("the last search_path of those that the client connects with counts", "", unknown+ready("I"), after(deniedLog), client(query(get))),
			helloWith("search_path", "public", "Search_Path", "other")),
		connects(begin("discarding all brings the search_path of the connection back", query(set)+query(reset)+query(get), done+complete("DISCARD ALL")+ready("I")+answer,
			after(setLog, setDone, "Request postgres message=query operation=discard database=shop", "Response postgres operation=discard status=ok", allowed, answered),
			client(query(set)), server(done), client(query(reset)), server(complete("DISCARD ALL")+ready("I")), client(query(get)), server(answer)),
			helloWith("search_path", "public")),
		begin("a search_path that has been set is known", query(set)+query(get), done+answer, after(setLog, setDone, allowed, answered),
			client(query(set)), server(done), client(query(get)), server(answer)),
		begin("a search_path is not known before it has been set", query(set)+poisonQuery, done+unknown+ready("I"), after(setLog, deniedLog, setDone),
			client(query(set)+query(get)), server(done+syntaxError+ready("I"))),
		begin("a search_path that could not be set is not known", query(set), failure("22023", "no")+ready("I")+unknown+ready("I"),
			after(setLog, "Response postgres operation=set status=error sqlstate=22023", deniedLog),
			client(query(set)), server(failure("22023", "no")+ready("I")), client(query(get))),
		begin("a search_path that was set in a transaction is not known", query("BEGIN")+query(set)+query("COMMIT"),
			complete("BEGIN")+ready("T")+complete("SET")+ready("T")+complete("COMMIT")+ready("I")+unknown+ready("I"),
			after("Request postgres message=query operation=begin database=shop", "Response postgres operation=begin status=ok", setLog, setDone,
				"Request postgres message=query operation=commit database=shop", "Response postgres operation=commit status=ok", deniedLog),
			client(query("BEGIN")), server(complete("BEGIN")+ready("T")), client(query(set)), server(complete("SET")+ready("T")),
			client(query("COMMIT")), server(complete("COMMIT")+ready("I")), client(query(get))),
		begin("a search_path is not known after a function that may change it", query(set)+query("SELECT mine()"), done+answer+unknown+ready("I"),
			after(setLog, setDone, "Request postgres message=query operation=select functions=mine database=shop", answered, deniedLog),
			client(query(set)), server(done), client(query("SELECT mine()")), server(answer), client(query(get))),
		begin("names of pg_catalog are looked for there first", query(set), done+denied("for table pg_authid (select)")+ready("I"),
			after(setLog, setDone, "Denied postgres message=query operation=select tables=pg_authid database=shop"),
			client(query(set)), server(done), client(query("SELECT * FROM pg_authid"))),
	}
}

func TestSearchPathsOfSETAreKnownOnlyWhereTheyAreCertain(t *testing.T) {
	for list, want := range map[string]string{
		"a": `"a"`, "A , \"B\"\"c\"": `"a","B""c"`, "'x y', $user": `"x y","$user"`, "'$user', public": `"$user","public"`, "'a, b'": `"a, b"`,
		"''": "", "'a\\'": "", "a b": "", "é": "", "a,": "", "a /* */": "", "E'a'": "", "'a''b'": "",
	} {
		if got := string(postgres.PathOf([]byte(list))); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
}
