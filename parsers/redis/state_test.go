package redis_test

import (
	"strings"

	"github.com/proxylib/proxylib/parsers/redis"
	"github.com/proxylib/proxylib/parsertest"
)

// twoUsers allows one key to bob, whose password the client of these transcripts does not know, and what it needs to
// confuse the parser.
const twoUsers = "command=get key=bobs user=bob\ncommand=@pubsub channel=c\ncommand=client|reply\ncommand=@list\ncommand=replconf\ncommand=monitor"

// entries makes lines of the log without fields, from a letter each: q for Request, d for Denied, r for Response, in
// capitals with what the next of the texts says.
func entries(letters string, texts ...string) []string {
	types := map[string]string{"q": "Request redis", "d": "Denied redis", "r": "Response redis"}
	var lines []string
	for _, letter := range strings.Split(letters, "") {
		line := types[strings.ToLower(letter)]
		if line != types[letter] {
			line += " " + texts[0]
			texts = texts[1:]
		}
		lines = append(lines, line)
	}
	return lines
}

// stateTranscripts are about what the parser believes of the connection, such as who has logged in, and what makes the
// server see that otherwise.
func stateTranscripts() []parsertest.Case {
	client, server := parsertest.Client[string], parsertest.Server[string]
	const (
		subscribed   = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"
		unsubscribed = "*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n"
		noLogin      = "-NOPERM login in a transaction, or without a reply\r\n"
		wrong        = "-WRONGPASS invalid\r\n"
		cannot       = "-ERR Can't execute 'client|reply'\r\n"
		pong         = "*2\r\n$4\r\npong\r\n$0\r\n\r\n"
		refused      = `reason="login in a transaction, or without a reply"`
		notThere     = `reason="subscription, or MONITOR, in a transaction"`
		hello        = `reason="HELLO that servers may take as a login although they refuse it"`
		bob, eve     = "user=bob", "user=eve"
		push         = ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n"
	)
	cases := []parsertest.Case{
		{
			Name: "no login is learned after the server has refused to turn replies off", Policy: twoUsers, Closed: "reply without a request",
			Steps: []parsertest.Step{
				client(requests("SUBSCRIBE c", "CLIENT REPLY OFF", "PING", "PING", "CLIENT REPLY ON", "UNSUBSCRIBE c", "AUTH bob guess")),
				server(subscribed + cannot + pong + pong + cannot + unsubscribed),
			},
			ToServer: requests("SUBSCRIBE c", "CLIENT REPLY OFF", "PING", "PING", "CLIENT REPLY ON", "UNSUBSCRIBE c"),
			ToClient: subscribed + cannot + pong + noLogin, Log: entries("qqqqqqDrrr", refused),
		},
		{
			Name: "the reply that the server skips is that of the denied request", Policy: twoUsers,
			Steps: []parsertest.Step{
				client(requests("CLIENT REPLY SKIP", "GET bobs", "PING", "AUTH bob guess")), server("+PONG\r\n"),
			},
			ToServer: requests("CLIENT REPLY SKIP") + poison + requests("PING"), ToClient: "+PONG\r\n" + noLogin, Log: entries("qdqDr", refused),
		},
		{
			Name: "an array that looks like a message is a reply in RESP 3", Policy: twoUsers, Waits: true,
			Steps: []parsertest.Step{
				client(requests("HELLO 3", "SUBSCRIBE c", "RPUSH l message c x", "LRANGE l 0 -1", "AUTH bob guess")),
				server("%0\r\n>" + subscribed[1:] + ":3\r\n*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n" + wrong),
				client(requests("PING", "GET bobs")), server("+PONG\r\n"),
			},
			ToServer: requests("HELLO 3", "SUBSCRIBE c", "RPUSH l message c x", "LRANGE l 0 -1", "AUTH bob guess", "PING"),
			ToClient: "%0\r\n>" + subscribed[1:] + ":3\r\n*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n" + wrong + "+PONG\r\n" + noKey,
			Log:      entries("qqqqqrrrrrqdr"),
		},
		{
			Name: "a message within the reply to EXEC is not a member of it", Policy: twoUsers, Waits: true,
			Steps: []parsertest.Step{
				client(requests("HELLO 3", "SUBSCRIBE c", "MULTI", "PUBLISH c x", "EXEC", "AUTH bob guess")),
				server("%0\r\n>" + subscribed[1:] + "+OK\r\n+QUEUED\r\n*1\r\n" + push + ":1\r\n" + wrong), client(requests("GET bobs")),
			},
			ToServer: requests("HELLO 3", "SUBSCRIBE c", "MULTI", "PUBLISH c x", "EXEC", "AUTH bob guess"),
			ToClient: "%0\r\n>" + subscribed[1:] + "+OK\r\n+QUEUED\r\n*1\r\n" + push + ":1\r\n" + wrong + noKey, Log: entries("qqqqqqrrrrrrd"),
		},
		{
			Name: "subscriptions and MONITOR are refused in a transaction, as EXEC has other replies than it says", Policy: twoUsers,
			Steps: []parsertest.Step{
				client(requests("MULTI", "SUBSCRIBE c c", "UNSUBSCRIBE", "MONITOR", "EXEC")),
				server("+OK\r\n" + unknown + unknown + unknown + "-EXECABORT Transaction discarded\r\n"),
			},
			ToServer: requests("MULTI") + poison + poison + poison + requests("EXEC"),
			ToClient: "+OK\r\n" + strings.Repeat("-NOPERM subscription, or MONITOR, in a transaction\r\n", 3) + "-EXECABORT Transaction discarded\r\n",
			Log:      entries("qDDDqrr", notThere, notThere, notThere),
		},
		{
			Name: "who may send everything may subscribe in a transaction", Policy: "",
			Steps: []parsertest.Step{
				client(requests("HELLO 3", "MULTI", "UNSUBSCRIBE c", "PING", "EXEC", "PING")),
				server("%0\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n>" + unsubscribed[1:] + "+PONG\r\n+PONG\r\n"),
				client(requests("RESET", "MULTI", "SUBSCRIBE c d", "EXEC", "PING")),
				server("+RESET\r\n+OK\r\n+QUEUED\r\n*1\r\n" + subscribed + subscribed + pong),
			},
			ToServer: requests("HELLO 3", "MULTI", "UNSUBSCRIBE c", "PING", "EXEC", "PING", "RESET", "MULTI", "SUBSCRIBE c d", "EXEC", "PING"),
			ToClient: "%0\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n>" + unsubscribed[1:] + "+PONG\r\n+PONG\r\n" +
				"+RESET\r\n+OK\r\n+QUEUED\r\n*1\r\n" + subscribed + subscribed + pong,
			Log: entries("qqqqqqrrrrrrqqqqqrrrrr"),
		},
		{
			Name: "a login that the server queues is none", Policy: twoUsers, Waits: true, Closed: "reply of another kind",
			Steps: []parsertest.Step{
				client(requests("MULTI", "RESET", "AUTH bob guess", "GET bobs")), server("+OK\r\n-ERR unknown command 'RESET'\r\n+QUEUED\r\n"),
			},
			ToServer: requests("MULTI", "RESET", "AUTH bob guess"), ToClient: "+OK\r\n-ERR unknown command 'RESET'\r\n", Log: entries("qqqrr"),
		},
		{
			Name: "a choice of a database that the server queues is none", Policy: "command=get key=b db=5", Closed: "reply of another kind",
			Steps: []parsertest.Step{
				client(requests("MULTI", "DISCARD", "SELECT 5")), server("+OK\r\n-NOPERM no permission\r\n+QUEUED\r\n"), client(requests("GET b")),
			},
			ToServer: requests("MULTI", "DISCARD", "SELECT 5"), ToClient: "+OK\r\n-NOPERM no permission\r\n", Log: entries("qqqrr"),
		},
		{
			Name: "a HELLO that servers may refuse after its login is refused", Policy: twoUsers,
			Steps: []parsertest.Step{client(
				requests("HELLO 3 AUTH alice right AUTH bob guess", "HELLO 3 AUTH alice right FOO") +
					request("HELLO", "3", "AUTH", "alice", "right", "SETNAME", "a b") + request("HELLO", "3", "AUTH", "", "x") + request("AUTH", "", "x")),
			},
			ToClient: strings.Repeat("-NOPERM HELLO that servers may take as a login although they refuse it\r\n", 3) + noLogin + noLogin, Log: entries("DDDDD", hello, hello, hello, refused, refused),
		},
		{
			Name: "who has been reset is nobody, although a login was on the way", Policy: twoUsers, CannotWait: true, Allocates: true,
			Steps: []parsertest.Step{
				client(requests("AUTH bob right", "RESET")), server("+OK\r\n+RESET\r\n"), client(requests("GET bobs")),
			},
			ToServer: requests("AUTH bob right", "RESET"), ToClient: "+OK\r\n+RESET\r\n" + noKey, Log: entries("qqrrd"),
		},
		{
			Name: "a RESET that the server refuses leaves the user", Policy: twoUsers + "\ndeny user=bob command=llen", Waits: true, Allocates: true,
			Steps: []parsertest.Step{
				client(requests("AUTH bob right", "RESET", "LLEN l", "GET bobs")), server("+OK\r\n"), server("-ERR unknown command 'RESET'\r\n$-1\r\n"),
			},
			ToServer: requests("AUTH bob right", "RESET", "GET bobs"), ToClient: "+OK\r\n-ERR unknown command 'RESET'\r\n" + noKey + "$-1\r\n", Log: entries("qRqRDQR", bob, bob, bob+` reason="deny rule"`, bob, bob),
		},
		{
			Name: "while logins are on the way, a request is judged as that of each user", CannotWait: true, Allocates: true,
			Policy: "\ncommand=get\ncommand=llen user=bob\ndeny user=eve command=get key=b",
			Steps: []parsertest.Step{
				client(requests("AUTH bob right", "LLEN l")), server("+OK\r\n"), client(requests("LLEN l")), server(":1\r\n"),
				client(requests("AUTH eve right", "GET a", "GET b", "LLEN l")), server("+OK\r\n$-1\r\n"),
				client(requests("LLEN l", "GET b", "GET a")), server("$-1\r\n"),
			},
			ToServer: requests("AUTH bob right", "LLEN l", "AUTH eve right", "GET a", "GET a"),
			ToClient: "+OK\r\n" + noKey + ":1\r\n+OK\r\n$-1\r\n" + noKey + noKey + noKey + noKey + "$-1\r\n",
			Log:      entries("qdRQRqqDdrrdDqr", bob, bob, bob, `reason="deny rule"`, `reason="deny rule"`),
		},
		{
			Name: "a reply that may be another request's is not that of a login", Policy: twoUsers, CannotWait: true, Allocates: true,
			Steps: []parsertest.Step{
				client(requests("AUTH bob guess", "LTRIM l 0 1")), server("+OK\r\n"), client(requests("GET bobs")),
			},
			ToServer: requests("AUTH bob guess", "LTRIM l 0 1"), ToClient: "+OK\r\n", Log: entries("qqrd"),
		},
		{
			Name: "a login is waited for where only a rule that denies is about users", Waits: true, Allocates: true, Policy: "\n\ndeny user=eve command=get",
			Steps:    []parsertest.Step{client(requests("AUTH eve right", "GET a")), server("+OK\r\n")},
			ToServer: requests("AUTH eve right"), ToClient: "+OK\r\n" + noKey, Log: entries("qRD", eve, eve+` reason="deny rule"`),
		},
		{
			Name: "scripts and FLUSHALL are not for rules about one database", Policy: "command=@all db=0",
			Steps: []parsertest.Step{
				client(requests("EVAL return 0", "FLUSHALL", "FLUSHDB", "FCALL f 0")), server("+OK\r\n"),
			},
			ToServer: requests("FLUSHDB"), ToClient: noCommand("eval") + noCommand("flushall") + "+OK\r\n" + noCommand("fcall"), Log: entries("ddqdr"),
		},
		{
			Name: "a RESET that is longer than it may be is none", Policy: "command=get key=b db=0", Waits: true,
			Steps: []parsertest.Step{
				client(request("RESET", strings.Repeat("x", 20000)) + requests("PING")), server("+PONG\r\n"),
			},
			ToServer: requests("PING"), ToClient: "-NOPERM too many arguments\r\n+PONG\r\n", Log: entries("Dqr", `reason="too many arguments"`),
		},
		{
			Name: "no login is learned where the number of replies is not certain", Policy: twoUsers,
			Steps: []parsertest.Step{
				client(requests("REPLCONF ACK 0", "AUTH bob guess", "PING")), server("+PONG\r\n"),
			},
			ToServer: requests("REPLCONF ACK 0", "PING"), ToClient: "+PONG\r\n" + noLogin, Log: entries("qDqr", refused),
		},
		{
			Name: "no login is learned while the server sends what it does", Policy: twoUsers, Closed: "request denied while the server sends what it does",
			Steps: []parsertest.Step{
				client(requests("MONITOR")), server("+OK\r\n+1.0 [0 x] \"ping\"\r\n"), client(requests("AUTH bob guess")),
			},
			ToServer: requests("MONITOR"), ToClient: "+OK\r\n+1.0 [0 x] \"ping\"\r\n", Log: entries("qrD", refused),
		},
		{
			Name: "who could not begin a transaction may log in", Policy: twoUsers, Waits: true, Allocates: true,
			Steps: []parsertest.Step{
				client(requests("MULTI")), server("-NOAUTH Authentication required.\r\n"), client(requests("AUTH bob right", "GET bobs")), server("+OK\r\n$-1\r\n"),
			},
			ToServer: requests("MULTI", "AUTH bob right", "GET bobs"), ToClient: "-NOAUTH Authentication required.\r\n+OK\r\n$-1\r\n", Log: entries("qrqRQR", bob, bob, bob),
		},
		{
			Name: "a second MULTI, which is refused, ends no transaction", Policy: twoUsers,
			Steps: []parsertest.Step{
				client(requests("MULTI", "MULTI")), server("+OK\r\n-ERR MULTI in MULTI\r\n"), client(requests("AUTH bob guess")), server(unknown),
			},
			ToServer: requests("MULTI", "MULTI") + poison, ToClient: "+OK\r\n-ERR MULTI in MULTI\r\n" + noLogin, Log: entries("qqrrD", refused),
		},
		{
			Name: "a database that the server does not choose is forgotten", Policy: "command=get key=b db=0",
			Steps: []parsertest.Step{
				client(requests("SELECT 99", "SELECT 0", "SELECT 98")), server("-ERR no\r\n+OK\r\n-ERR no\r\n"), client(requests("GET b")), server("$-1\r\n"),
			},
			ToServer: requests("SELECT 99", "SELECT 0", "SELECT 98", "GET b"), ToClient: "-ERR no\r\n+OK\r\n-ERR no\r\n$-1\r\n", Log: entries("qqqrrrqr"),
		},
		{
			Name: "a database that a transaction may have chosen is not forgotten when the server refuses another", Policy: "command=get key=b db=0",
			Steps: []parsertest.Step{
				client(requests("MULTI", "SELECT 5", "EXEC", "SELECT 99")), server("+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n-ERR no\r\n"), client(requests("GET b")),
			},
			ToServer: requests("MULTI", "SELECT 5", "EXEC", "SELECT 99"), ToClient: "+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n-ERR no\r\n" + noKey, Log: entries("qqqqrrrrd"),
		},
		{
			Name: "a replica's request in a transaction is refused", Policy: "command=psync",
			Steps: []parsertest.Step{
				client(requests("MULTI", "PSYNC ? -1", "GET a")), server("+OK\r\n" + unknown + unknown),
			},
			ToServer: requests("MULTI") + poison + poison, ToClient: "+OK\r\n-NOPERM request of a replica in a transaction\r\n" + noKey, Log: entries("qDdr", `reason="request of a replica in a transaction"`),
		},
		{
			Name: "a denial waits for the end of a message", Policy: twoUsers,
			Steps: []parsertest.Step{
				client(requests("HELLO 3", "SUBSCRIBE c")), server("%0\r\n>" + subscribed[1:] + push[:21]), client(requests("GET bobs")), server(push[21:]),
			},
			ToServer: requests("HELLO 3", "SUBSCRIBE c"), ToClient: "%0\r\n>" + subscribed[1:] + push + noKey, Log: entries("qqrrd"),
		},
	}
	for n := range cases {
		c := &cases[n]
		c.Parser = redis.Name
		c.Without = []string{"command", "keys", "channels", "bytes", "db", "status", "error"}
	}
	return cases
}
