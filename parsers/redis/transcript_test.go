package redis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/redis"
	"github.com/proxylib/proxylib/parsertest"
)

// request encodes a request as client libraries do.
func request(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// requests encodes requests, each given as words with spaces between them.
func requests(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(request(strings.Fields(line)...))
	}
	return b.String()
}

const (
	noKey     = "-NOPERM No permissions to access a key\r\n"
	noChannel = "-NOPERM No permissions to access a channel\r\n"
	poison    = "*1\r\n$15\r\nproxylib-denied\r\n"
	unknown   = "-ERR unknown command 'proxylib-denied'\r\n"
)

func noCommand(name string) string {
	return "-NOPERM User default has no permissions to run the '" + name + "' command\r\n"
}

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts()...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts()...) }

// transcripts are all that the parser is tested with.
func transcripts() []parsertest.Case {
	const policy = `
		command=@read key_prefix=pub:
		command=set key_prefix=pub: max_value_bytes=20
		command=@transaction
		command=@pubsub channel_glob=news.*
		pattern=news.*
	`
	client, server := parsertest.Client[string], parsertest.Server[string]
	return append(stateTranscripts(), []parsertest.Case{
		{
			Parser: redis.Name, Name: "an allowed request and its reply pass", Policy: policy,
			Steps:    []parsertest.Step{client(requests("GET pub:a")), server("$2\r\nhi\r\n")},
			ToServer: requests("GET pub:a"), ToClient: "$2\r\nhi\r\n",
			Log: []string{"Request redis command=get keys=pub:a", "Response redis command=get status=ok bytes=8"},
			Ops: []string{"client PASS 24", "server PASS 8"},
		},
		{
			Parser: redis.Name, Name: "denials take their place among the replies", Policy: policy,
			Steps: []parsertest.Step{
				client(requests("get pub:a", "GET secret", "FLUSHALL", "mget pub:a secret", "set pub:a x")), server("$-1\r\n+OK\r\n"),
			},
			ToServer: requests("get pub:a", "set pub:a x"), ToClient: "$-1\r\n" + noKey + noCommand("flushall") + noKey + "+OK\r\n",
			Log: []string{
				"Request redis command=get keys=pub:a", "Denied redis command=get keys=secret", "Denied redis command=flushall",
				`Denied redis command=mget keys="pub:a, secret"`, "Request redis command=set keys=pub:a bytes=1",
				"Response redis command=get status=nil bytes=5", "Response redis command=set status=ok bytes=5",
			},
		},
		{
			Parser: redis.Name, Name: "a denied request in a transaction aborts it", Policy: policy,
			Steps: []parsertest.Step{
				client(requests("MULTI", "set pub:a x", "set secret x", "EXEC")),
				server("+OK\r\n+QUEUED\r\n" + unknown + "-EXECABORT Transaction discarded because of previous errors.\r\n"),
			},
			ToServer: requests("MULTI", "set pub:a x") + poison + requests("EXEC"),
			ToClient: "+OK\r\n+QUEUED\r\n" + noKey + "-EXECABORT Transaction discarded because of previous errors.\r\n",
			Log: []string{
				"Request redis command=multi", "Request redis command=set keys=pub:a bytes=1", "Denied redis command=set keys=secret bytes=1",
				"Request redis command=exec", "Response redis command=multi status=ok bytes=5", "Response redis command=set status=ok bytes=9",
				"Response redis command=exec status=error error=EXECABORT bytes=62",
			},
		},
		{
			Parser: redis.Name, Name: "subscriptions and messages pass in RESP 2", Policy: policy,
			Steps: []parsertest.Step{
				client(requests("SUBSCRIBE news.a news.b", "SUBSCRIBE secret", "PSUBSCRIBE *", "PSUBSCRIBE news.*", "PING")),
				server("*3\r\n$9\r\nsubscribe\r\n$6\r\nnews.a\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$6\r\nnews.a\r\n$1\r\nx\r\n" +
					"*3\r\n$9\r\nsubscribe\r\n$6\r\nnews.b\r\n:2\r\n*3\r\n$10\r\npsubscribe\r\n$6\r\nnews.*\r\n:3\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n"),
				client(requests("UNSUBSCRIBE", "PUNSUBSCRIBE", "UNSUBSCRIBE", "GET pub:a")),
				server("*3\r\n$11\r\nunsubscribe\r\n$6\r\nnews.a\r\n:2\r\n*3\r\n$11\r\nunsubscribe\r\n$6\r\nnews.b\r\n:1\r\n" +
					"*3\r\n$12\r\npunsubscribe\r\n$6\r\nnews.*\r\n:0\r\n*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n"),
			},
			ToServer: requests("SUBSCRIBE news.a news.b", "PSUBSCRIBE news.*", "PING", "UNSUBSCRIBE", "PUNSUBSCRIBE", "UNSUBSCRIBE", "GET pub:a"),
			ToClient: "*3\r\n$9\r\nsubscribe\r\n$6\r\nnews.a\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$6\r\nnews.a\r\n$1\r\nx\r\n" +
				"*3\r\n$9\r\nsubscribe\r\n$6\r\nnews.b\r\n:2\r\n" + noChannel + noChannel +
				"*3\r\n$10\r\npsubscribe\r\n$6\r\nnews.*\r\n:3\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n" +
				"*3\r\n$11\r\nunsubscribe\r\n$6\r\nnews.a\r\n:2\r\n*3\r\n$11\r\nunsubscribe\r\n$6\r\nnews.b\r\n:1\r\n" +
				"*3\r\n$12\r\npunsubscribe\r\n$6\r\nnews.*\r\n:0\r\n*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
			Log: []string{
				`Request redis command=subscribe channels="news.a, news.b"`, "Denied redis command=subscribe channels=secret",
				"Denied redis command=psubscribe channels=*", "Request redis command=psubscribe channels=news.*", "Request redis command=ping",
				"Response redis command=subscribe status=ok bytes=35", "Response redis command=psubscribe status=ok bytes=37",
				"Response redis command=ping status=ok bytes=20",
				"Request redis command=unsubscribe", "Request redis command=punsubscribe", "Request redis command=unsubscribe", "Request redis command=get keys=pub:a",
				"Response redis command=unsubscribe status=ok bytes=38", "Response redis command=punsubscribe status=ok bytes=39",
				"Response redis command=unsubscribe status=ok bytes=31", "Response redis command=get status=ok bytes=31",
			},
		},
		{
			Parser: redis.Name, Name: "long values pass as they come", Policy: "command=set key_prefix=pub:",
			Steps: []parsertest.Step{
				client(request("SET", "pub:a", strings.Repeat("x", 40000), "EX", "10")), client(requests("set secret 1")), server("+OK\r\n"),
			},
			ToServer: request("SET", "pub:a", strings.Repeat("x", 40000), "EX", "10"), ToClient: "+OK\r\n" + noKey,
			Log: []string{"Request redis command=set keys=pub:a bytes=40000", "Denied redis command=set keys=secret bytes=1", "Response redis command=set status=ok bytes=5"},
		},
		{
			Parser: redis.Name, Name: "pushes of RESP 3 are no replies", Policy: policy,
			Steps: []parsertest.Step{
				client(requests("HELLO 3", "SUBSCRIBE news.a", "GET pub:a")),
				server("%1\r\n$5\r\nproto\r\n:3\r\n>3\r\n$9\r\nsubscribe\r\n$6\r\nnews.a\r\n:1\r\n>3\r\n$7\r\nmessage\r\n$6\r\nnews.a\r\n$1\r\nx\r\n"),
				server(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n|1\r\n+ttl\r\n:3\r\n_\r\n>1\r\n+x\r\n"),
			},
			ToServer: requests("HELLO 3", "SUBSCRIBE news.a", "GET pub:a"),
			ToClient: "%1\r\n$5\r\nproto\r\n:3\r\n>3\r\n$9\r\nsubscribe\r\n$6\r\nnews.a\r\n:1\r\n>3\r\n$7\r\nmessage\r\n$6\r\nnews.a\r\n$1\r\nx\r\n" +
				">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n|1\r\n+ttl\r\n:3\r\n_\r\n>1\r\n+x\r\n",
			Log: []string{
				"Request redis command=hello bytes=1", "Request redis command=subscribe channels=news.a", "Request redis command=get keys=pub:a",
				"Response redis command=hello status=ok bytes=19", "Response redis command=subscribe status=ok bytes=35",
				"Response redis command=get status=nil bytes=17",
			},
		},
		{
			Parser: redis.Name, Name: "nested replies of every type pass", Policy: "command=get",
			Steps: []parsertest.Step{
				client(requests("get a", "get a")),
				server("*3\r\n~2\r\n#t\r\n,1.5\r\n%1\r\n(12\r\n=5\r\ntxt:a\r\n*1\r\n*1\r\n*1\r\n*1\r\n*2\r\n*-1\r\n$-1\r\n!9\r\nERR wrong\r\n"),
			},
			ToServer: requests("get a", "get a"),
			ToClient: "*3\r\n~2\r\n#t\r\n,1.5\r\n%1\r\n(12\r\n=5\r\ntxt:a\r\n*1\r\n*1\r\n*1\r\n*1\r\n*2\r\n*-1\r\n$-1\r\n!9\r\nERR wrong\r\n",
			Log: []string{
				"Request redis command=get keys=a", "Request redis command=get keys=a",
				"Response redis command=get status=ok bytes=68", "Response redis command=get status=error error=ERR bytes=15",
			},
		},
		{
			Parser: redis.Name, Name: "requests are judged by the database that the server has chosen", Policy: "command=@string db=0\ncommand=get db=1 key=a", Waits: true,
			Steps: []parsertest.Step{
				client(requests("SELECT 1", "GET a", "SET a 1")), server("+OK\r\n$-1\r\n"), client(requests("GET a", "GET b")), server("$-1\r\n"),
				client(requests("SELECT 0", "GET b")), server("-ERR no\r\n"), client(requests("GET b")),
			},
			ToServer: requests("SELECT 1", "GET a", "GET a", "SELECT 0"),
			ToClient: "+OK\r\n$-1\r\n" + noKey + "$-1\r\n" + noKey + "-ERR no\r\n" + noKey + noKey,
			Log: []string{"Request redis command=select",
				"Response redis command=select status=ok bytes=5",
				"Request redis command=get keys=a db=1",
				"Denied redis command=set keys=a db=1 bytes=1",
				"Response redis command=get status=nil bytes=5",
				"Request redis command=get keys=a db=1",
				"Denied redis command=get keys=b db=1",
				"Response redis command=get status=nil bytes=5",
				"Request redis command=select db=1",
				"Response redis command=select status=error error=ERR bytes=9",
				"Denied redis command=get keys=b db=1",
				"Denied redis command=get keys=b db=1"},
		},
		{
			Parser: redis.Name, Name: "a database chosen in a transaction is not certain", Waits: true, Policy: "command=@string db=0",
			Steps: []parsertest.Step{
				client(requests("MULTI", "SELECT 1", "EXEC")), server("+OK\r\n+QUEUED\r\n*-1\r\n"), client(requests("GET b", "SELECT 0")), server("+OK\r\n"),
				client(requests("GET b")), server("$-1\r\n"),
			},
			ToServer: requests("MULTI", "SELECT 1", "EXEC", "SELECT 0", "GET b"),
			ToClient: "+OK\r\n+QUEUED\r\n*-1\r\n" + noKey + "+OK\r\n$-1\r\n",
			Log: []string{"Request redis command=multi",
				"Request redis command=select",
				"Request redis command=exec",
				"Response redis command=multi status=ok bytes=5",
				"Response redis command=select status=ok bytes=9",
				"Response redis command=exec status=nil bytes=5",
				"Denied redis command=get keys=b",
				"Request redis command=select",
				"Response redis command=select status=ok bytes=5",
				"Request redis command=get keys=b",
				"Response redis command=get status=nil bytes=5"},
		},
		{
			Parser: redis.Name, Name: "inline requests are judged if no server reads them in another way", Policy: policy,
			Steps: []parsertest.Step{
				client("PING\r\n\r\n get  pub:a \nget secret\r\n\"get\" pub:a\r\n*0\r\n*-1\r\n"), server("+PONG\r\n$-1\r\n"),
			},
			ToServer: "PING\r\n get  pub:a \n", ToClient: "+PONG\r\n$-1\r\n" + noKey + "-NOPERM inline request that servers may split in another way\r\n",
			Log: []string{"Request redis command=ping",
				"Request redis command=get keys=pub:a",
				"Denied redis command=get keys=secret", `Denied redis reason="inline request that servers may split in another way"`, "Response redis command=ping status=ok bytes=7",
				"Response redis command=get status=nil bytes=5"},
		},
		{
			Parser: redis.Name, Name: "inline requests may be turned off", Policy: policy, Config: `{"inline": "off"}`,
			Steps:    []parsertest.Step{client("PING\r\nget pub:a\r\nQUIT\r\nget pub:a\r\n"), server("+PONG\r\n+OK\r\n")},
			ToServer: "PING\r\nQUIT\r\n", ToClient: "+PONG\r\n-NOPERM inline requests are turned off\r\n+OK\r\n",
			Log: []string{"Request redis command=ping", `Denied redis command=get keys=pub:a reason="inline requests are turned off"`, "Request redis command=quit",
				"Response redis command=ping status=ok bytes=7",
				"Response redis command=quit status=ok bytes=5"},
		},
		{
			Parser: redis.Name, Name: "scripts are for rules that trust them", Policy: "command=eval key_prefix=pub:\ncommand=evalsha key_prefix=pub: script=trusted",
			Steps: []parsertest.Step{
				client(request("EVAL", "return 1", "1", "pub:a") + request("EVALSHA", "00", "1", "pub:a") + request("EVALSHA", "00", "2", "pub:a", "x")), server(":1\r\n"),
			},
			ToServer: request("EVALSHA", "00", "1", "pub:a"), ToClient: noKey + ":1\r\n" + noKey,
			Log: []string{"Denied redis command=eval keys=pub:a bytes=8",
				"Request redis command=evalsha keys=pub:a bytes=2", `Denied redis command=evalsha keys="pub:a, x" bytes=2`, "Response redis command=evalsha status=ok bytes=4"},
		},
		{
			Parser: redis.Name, Name: "a rule that denies keys denies what may reach them", Policy: "script=trusted\ndeny key_prefix=secret:",
			Steps: []parsertest.Step{
				client(requests("GET pub:a", "GET secret:a", "KEYS *", "FLUSHALL", "EVAL return 0", "SORT pub:a BY w_*", "SORT pub:a BY nosort", "PING")),
				server("$-1\r\n*0\r\n+PONG\r\n"),
			},
			ToServer: requests("GET pub:a", "SORT pub:a BY nosort", "PING"),
			ToClient: "$-1\r\n" + noKey + noCommand("keys") + noCommand("flushall") + noCommand("eval") + noKey + "*0\r\n+PONG\r\n",
			Log: []string{"Request redis command=get keys=pub:a", `Denied redis command=get keys=secret:a reason="deny rule"`, `Denied redis command=keys keys=* reason="deny rule"`, "Denied redis command=flushall", `Denied redis command=eval bytes=6 reason="deny rule"`, `Denied redis command=sort keys="pub:a, w_*" bytes=2 reason="deny rule"`, "Request redis command=sort keys=pub:a bytes=2",
				"Request redis command=ping",
				"Response redis command=get status=nil bytes=5",
				"Response redis command=sort status=ok bytes=4",
				"Response redis command=ping status=ok bytes=7"},
		},
		{
			Parser: redis.Name, Name: "keys may be compared in several ways", Policy: "command=get key_glob=p[a-c]?\\*\ncommand=get key_regex=^x.*y$\ncommand=mget key=one max_keys=2",
			Steps: []parsertest.Step{
				client(requests("GET pb1*", "GET pd1*", "GET xAy", "GET x", "MGET one one", "MGET one one one")), server("$-1\r\n$-1\r\n*0\r\n"),
			},
			ToServer: requests("GET pb1*", "GET xAy", "MGET one one"), ToClient: "$-1\r\n" + noKey + "$-1\r\n" + noKey + "*0\r\n" + noKey,
			Log: []string{"Request redis command=get keys=pb1*",
				"Denied redis command=get keys=pd1*",
				"Request redis command=get keys=xAy",
				"Denied redis command=get keys=x", `Request redis command=mget keys="one, one"`, `Denied redis command=mget keys="one, one, one"`, "Response redis command=get status=nil bytes=5",
				"Response redis command=get status=nil bytes=5",
				"Response redis command=mget status=ok bytes=4"},
		},
		{
			Parser: redis.Name, Name: "commands of modules are for rules that name them", Policy: "module_command=json.get\nchannel=a",
			Steps:    []parsertest.Step{client(requests("JSON.GET doc $", "JSON.DEL doc", "PUBLISH a x")), server("$-1\r\n:0\r\n")},
			ToServer: requests("JSON.GET doc $", "PUBLISH a x"), ToClient: "$-1\r\n-NOPERM this command is not known to the proxy\r\n:0\r\n",
			Log: []string{"Request redis command=json.get bytes=3",
				"Denied redis command=json.del bytes=3",
				"Request redis command=publish channels=a bytes=1",
				"Response redis status=nil bytes=5",
				"Response redis command=publish status=ok bytes=4"},
		},
		{
			Parser: redis.Name, Name: "long values are limited as well", Policy: "command=rpush key=a max_value_bytes=20000",
			Steps: []parsertest.Step{
				client(request("RPUSH", "a", strings.Repeat("x", 19000), "y")), server(":2\r\n"),
				client(request("RPUSH", "a", strings.Repeat("x", 30000), "y")),
			},
			ToServer: request("RPUSH", "a", strings.Repeat("x", 19000), "y"), ToClient: ":2\r\n" + noKey,
			Log: []string{"Request redis command=rpush keys=a bytes=19000",
				"Response redis command=rpush status=ok bytes=4",
				"Denied redis command=rpush keys=a bytes=30000"},
		},
		{
			Parser: redis.Name, Name: "replies that are turned off are not waited for", Allocates: true, Policy: "command=client|reply\ncommand=get key=a\ncommand=@transaction",
			Steps: []parsertest.Step{
				client(requests("CLIENT REPLY SKIP", "GET a", "GET b", "CLIENT REPLY OFF", "GET a", "GET b", "CLIENT REPLY ON", "GET a")),
				server("+OK\r\n$-1\r\n"),
			},
			ToServer: requests("CLIENT REPLY SKIP", "GET a", "CLIENT REPLY OFF", "GET a", "CLIENT REPLY ON", "GET a"),
			ToClient: noKey + "+OK\r\n$-1\r\n",
			Log: []string{"Request redis command=client|reply bytes=4",
				"Request redis command=get keys=a",
				"Denied redis command=get keys=b",
				"Request redis command=client|reply bytes=3",
				"Request redis command=get keys=a",
				"Denied redis command=get keys=b",
				"Request redis command=client|reply bytes=2",
				"Request redis command=get keys=a",
				"Response redis command=client|reply status=ok bytes=5",
				"Response redis command=get status=nil bytes=5"},
		},
		{
			Parser: redis.Name, Name: "what servers take otherwise than it looks closes the connection", Policy: "",
			Steps:  []parsertest.Step{client("*1\r\n$4\r\nPINGyz*1\r\n$8\r\nFLUSHALL\r\n")},
			Closed: "argument does not end", ToClient: "-ERR Protocol error: argument does not end in CR LF where its length says\r\n",
		},
		{
			Parser: redis.Name, Name: "a client that speaks TLS is refused", Policy: "",
			Steps: []parsertest.Step{client("\x16\x03\x01\x00\x05hello")}, Closed: "TLS on a plaintext port",
		},
		{
			Parser: redis.Name, Name: "a reply that nothing asked for closes the connection", Policy: "",
			Steps: []parsertest.Step{server("+OK\r\n")}, Closed: "reply without a request",
		},
		{
			Parser: redis.Name, Name: "a server may refuse a connection", Policy: "",
			Steps: []parsertest.Step{server("-ERR max number of clients reached\r\n")}, ToClient: "-ERR max number of clients reached\r\n",
		},
		{
			Parser: redis.Name, Name: "requests wait for a login, and are judged as the user's", Waits: true, Allocates: true,
			Policy: "command=get key=a user=bob\ncommand=get key=b user_prefix=al\ncommand=get key=c user_regex=^bo",
			Steps: []parsertest.Step{
				client(requests("GET a", "AUTH bob secret", "GET a", "GET b", "GET c")), server("+OK\r\n"), server("$-1\r\n$-1\r\n"),
				client(requests("AUTH bob wrong", "GET a")), server("-WRONGPASS no\r\n$-1\r\n"),
				client(requests("HELLO 3 AUTH alice secret", "GET a", "GET b")), server("%0\r\n_\r\n"), client(requests("RESET", "GET b")), server("+RESET\r\n"),
			},
			ToServer: requests("AUTH bob secret", "GET a", "GET c", "AUTH bob wrong", "GET a", "HELLO 3 AUTH alice secret", "GET b", "RESET"),
			ToClient: noKey + "+OK\r\n$-1\r\n" + noKey + "$-1\r\n-WRONGPASS no\r\n$-1\r\n%0\r\n" + noKey + "_\r\n+RESET\r\n" + noKey,
			Log: []string{
				"Denied redis command=get keys=a", "Request redis command=auth bytes=6", "Response redis command=auth status=ok bytes=5 user=bob",
				"Request redis command=get keys=a user=bob", "Denied redis command=get keys=b user=bob", "Request redis command=get keys=c user=bob",
				"Response redis command=get status=nil bytes=5 user=bob", "Response redis command=get status=nil bytes=5 user=bob",
				"Request redis command=auth bytes=5 user=bob", "Response redis command=auth status=error error=WRONGPASS bytes=15 user=bob",
				"Request redis command=get keys=a user=bob", "Response redis command=get status=nil bytes=5 user=bob",
				"Request redis command=hello bytes=6 user=bob", "Response redis command=hello status=ok bytes=4 user=alice",
				"Denied redis command=get keys=a user=alice", "Request redis command=get keys=b user=alice",
				"Response redis command=get status=nil bytes=3 user=alice", "Request redis command=reset",
				"Response redis command=reset status=ok bytes=8", "Denied redis command=get keys=b",
			},
		},
		{
			Parser: redis.Name, Name: "a rule may be about what changes something", Policy: "access=read",
			Steps:    []parsertest.Step{client(requests("GET a", "SET a 1", "KEYS *", "CONFIG GET x")), server("$-1\r\n*0\r\n")},
			ToServer: requests("GET a", "KEYS *"), ToClient: "$-1\r\n" + noKey + "*0\r\n" + noCommand("config|get"),
			Log: []string{
				"Request redis command=get keys=a", "Denied redis command=set keys=a bytes=1", "Request redis command=keys keys=*",
				"Denied redis command=config|get bytes=1", "Response redis command=get status=nil bytes=5", "Response redis command=keys status=ok bytes=4",
			},
		},
		{
			Parser: redis.Name, Name: "a long list of values passes as it comes", Policy: "command=rpush key=a",
			Steps:    []parsertest.Step{client("*5002\r\n$5\r\nRPUSH\r\n$1\r\na\r\n" + strings.Repeat("$5\r\nvalue\r\n", 5000)), server(":5000\r\n")},
			ToServer: "*5002\r\n$5\r\nRPUSH\r\n$1\r\na\r\n" + strings.Repeat("$5\r\nvalue\r\n", 5000), ToClient: ":5000\r\n",
			Log: []string{"Request redis command=rpush keys=a bytes=5", "Response redis command=rpush status=ok bytes=7"},
		},
		{
			Parser: redis.Name, Name: "a database chosen in a later transaction is not forgotten", Policy: "command=get key=b db=0",
			Waits: true, Allocates: true, Without: []string{"command", "keys", "bytes", "db", "status"},
			Steps: []parsertest.Step{
				client(requests("MULTI", "SELECT 5", "EXEC", "SELECT 0", "MULTI", "SELECT 1", "EXEC")),
				server("+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n"), client(requests("GET b")),
			},
			ToServer: requests("MULTI", "SELECT 5", "EXEC", "SELECT 0", "MULTI", "SELECT 1", "EXEC"),
			ToClient: "+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n" + noKey,
			Log: []string{
				"Request redis", "Request redis", "Request redis", "Request redis", "Request redis", "Request redis", "Request redis",
				"Response redis", "Response redis", "Response redis", "Response redis", "Response redis", "Response redis", "Response redis",
				"Denied redis",
			},
		},
		{
			Parser: redis.Name, Name: "a SELECT without a number chooses no database", Policy: "", Waits: true, Allocates: true,
			Without: []string{"command", "keys", "bytes", "db", "status", "error"},
			Steps: []parsertest.Step{
				client(requests("SELECT abc")), server("-ERR no\r\n"), parsertest.NewPolicy("command=get key=b db=1"),
				client(requests("SELECT 1", "GET b")), server("+OK\r\n$-1\r\n"),
			},
			ToServer: requests("SELECT abc", "SELECT 1", "GET b"), ToClient: "-ERR no\r\n+OK\r\n$-1\r\n",
			Log: []string{
				"Request redis", "Response redis", "Request redis", "Response redis", "Request redis", "Response redis",
			},
		},
		{
			Parser: redis.Name, Name: "a RESET that is none chooses no database", Policy: "", Waits: true, Allocates: true,
			Without: []string{"command", "keys", "bytes", "db", "status", "error"},
			Steps: []parsertest.Step{
				client(requests("RESET now")), server("-ERR no\r\n"), parsertest.NewPolicy("command=get key=b db=1"),
				client(requests("SELECT 1", "GET b")), server("+OK\r\n$-1\r\n"),
			},
			ToServer: requests("RESET now", "SELECT 1", "GET b"), ToClient: "-ERR no\r\n+OK\r\n$-1\r\n",
			Log: []string{
				"Request redis", "Response redis", "Request redis", "Response redis", "Request redis", "Response redis",
			},
		},
		{
			Parser: redis.Name, Name: "a login without a reply is refused, and a database chosen so is not certain", Allocates: true,
			Policy: "command=client|reply\ncommand=get key=a user=bob\ncommand=get key=b db=0",
			Steps: []parsertest.Step{
				client(requests("CLIENT REPLY OFF", "AUTH bob wrong", "SELECT 1", "GET b", "CLIENT REPLY ON")), server("+OK\r\n"),
				client(requests("GET a", "GET b", "RESET")), server("+RESET\r\n"), client(requests("GET b")), server("$-1\r\n"),
			},
			ToServer: requests("CLIENT REPLY OFF", "SELECT 1", "CLIENT REPLY ON", "RESET", "GET b"),
			ToClient: "+OK\r\n" + noKey + noKey + "+RESET\r\n$-1\r\n",
			Log: []string{
				"Request redis command=client|reply bytes=3", `Denied redis command=auth bytes=5 reason="login in a transaction, or without a reply"`,
				"Request redis command=select", "Denied redis command=get keys=b", "Request redis command=client|reply bytes=2",
				"Response redis command=client|reply status=ok bytes=5", "Denied redis command=get keys=a", "Denied redis command=get keys=b",
				"Request redis command=reset", "Response redis command=reset status=ok bytes=8", "Request redis command=get keys=b",
				"Response redis command=get status=nil bytes=5",
			},
		},
		{
			Parser: redis.Name, Name: "what a replica gets is not judged", Policy: "command=psync\ncommand=get key=a", Waits: true, Allocates: true,
			Steps: []parsertest.Step{
				client(requests("GET a", "PSYNC ? -1", "ANYTHING")), server("$-1\r\n+FULLRESYNC x 0\r\n$5\r\nREDIS*1\r\n"), client("*bytes"),
			},
			ToServer: requests("GET a", "PSYNC ? -1", "ANYTHING") + "*bytes", ToClient: "$-1\r\n+FULLRESYNC x 0\r\n$5\r\nREDIS*1\r\n",
			Log: []string{"Request redis command=get keys=a", "Request redis command=psync bytes=2", "Response redis command=get status=nil bytes=5",
				"Response redis command=psync status=ok bytes=0"},
		},
		{
			Parser: redis.Name, Name: "a client that the server does not take for a replica is judged on", Policy: "command=psync", Waits: true,
			Steps:    []parsertest.Step{client(requests("PSYNC ? -1", "GET a")), server("-NOPERM no\r\n")},
			ToServer: requests("PSYNC ? -1"), ToClient: "-NOPERM no\r\n" + noKey,
			Log: []string{"Request redis command=psync bytes=2", "Response redis command=psync status=error error=NOPERM bytes=12", "Denied redis command=get keys=a"},
		},
		{
			Parser: redis.Name, Name: "everything that a server takes passes where everything is allowed", Policy: "",
			Steps: []parsertest.Step{
				client(requests("NEWCOMMAND a", "GET", "MONITOR")), server("-ERR unknown command\r\n-ERR wrong number\r\n+OK\r\n+1.0 [0 x] \"get\"\r\n+x\r\n"),
			},
			ToServer: requests("NEWCOMMAND a", "GET", "MONITOR"), ToClient: "-ERR unknown command\r\n-ERR wrong number\r\n+OK\r\n+1.0 [0 x] \"get\"\r\n+x\r\n",
			Log: []string{"Request redis command=newcommand bytes=1",
				"Request redis command=get",
				"Request redis command=monitor",
				"Response redis status=error error=ERR bytes=22",
				"Response redis command=get status=error error=ERR bytes=19",
				"Response redis command=monitor status=ok bytes=5"},
		},
	}...)
}

func TestAReplyNestedTooDeepClosesTheConnection(t *testing.T) {
	c := parsertest.Connect(t, parsertest.Case{Parser: redis.Name, Policy: "command=get"})
	c.Do(parsertest.Client(requests("get a")), parsertest.Server(strings.Repeat("*1\r\n", redis.MaxDepth-1)))
	if c.Closed() != "" {
		t.Fatalf("depth %d must pass: %s", redis.MaxDepth-1, c.Closed())
	}
	c.Do(parsertest.Server("*1\r\n*1\r\n"))
	if !strings.Contains(c.Closed(), "nested too deep") {
		t.Errorf("a deeper reply must close the connection: %q", c.Closed())
	}
}

func TestALongValueThatComesInPiecesPassesAsItComes(t *testing.T) {
	const begins = "*3\r\n$3\r\nSET\r\n$5\r\npub:a\r\n$2000000\r\nx"
	c := parsertest.Connect(t, parsertest.Case{Parser: redis.Name, Policy: "command=set key_prefix=pub:"})
	c.Do(parsertest.Client(begins))
	if got := c.ToServer(); got != begins {
		t.Fatalf("to the server %q, want %q", got, begins)
	}
	rest := strings.Repeat("x", 2000000-1) + "\r\n"
	c.Do(parsertest.Client(rest), parsertest.Server("+OK\r\n"))
	if c.ToServer() != rest || c.ToClient() != "+OK\r\n" || c.Closed() != "" {
		t.Errorf("the rest must pass as well: %q", c.Closed())
	}
}

// The server, which waits for the rest of the request, has nothing to say before the connection is closed.
func TestAMistakeInTheRestOfARequestClosesTheConnectionOnceOtherRepliesHaveCome(t *testing.T) {
	const (
		begins  = "*3\r\n$3\r\nSET\r\n$5\r\npub:a\r\n$100000\r\nx"
		mistake = "argument does not end in CR LF"
	)
	wrong := parsertest.Client(strings.Repeat("x", 100000-1) + "zz")
	c := parsertest.Connect(t, parsertest.Case{Parser: redis.Name, Policy: "command=set"})
	if c.Do(parsertest.Client(begins), wrong); !strings.Contains(c.Closed(), mistake) {
		t.Errorf("without another request: closed because of %q", c.Closed())
	}
	c = parsertest.Connect(t, parsertest.Case{Parser: redis.Name, Policy: "command=set\ncommand=get"})
	if c.Do(parsertest.Client(requests("GET a")), parsertest.Client(begins), wrong); c.Closed() != "" {
		t.Fatalf("closed before the reply to another request has come: %q", c.Closed())
	}
	if c.Do(parsertest.Server("$-1\r\n")); c.ToClient() != "$-1\r\n" || !strings.Contains(c.Closed(), mistake) {
		t.Errorf("after another request: %q to the client, closed because of %q", c.ToClient(), c.Closed())
	}
}
