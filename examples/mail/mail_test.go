package mail_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/examples/mail"
	"github.com/proxylib/proxylib/parsertest"
)

const (
	policy = `
		command=MAIL address=^alice@
		command=RCPT address=@example\.com$
		command=DATA
	`
	greeting = "220 mail.example.com\r\n"
	denied   = "550 denied by policy\r\n"
)

func client(lines ...string) parsertest.Step { return parsertest.Client(text(lines...)) }
func server(lines ...string) parsertest.Step { return parsertest.Server(text(lines...)) }

func text(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

func transcripts() []parsertest.Case {
	cases := []parsertest.Case{
		{
			Name: "a mail passes",
			Steps: []parsertest.Step{
				parsertest.Server(greeting), client("HELO a"), server("250-hello", "250 a"),
				client("MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.com>"), server("250 ok", "250 ok"),
				client("DATA"), server("354 go on"), client("Subject: DATA", "", "..", "."), server("250 sent"),
				client("QUIT"), server("221 bye"),
			},
			ToServer: text("HELO a", "MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.com>", "DATA", "Subject: DATA", "", "..", ".",
				"QUIT"),
			ToClient: greeting + text("250-hello", "250 a", "250 ok", "250 ok", "354 go on", "250 sent", "221 bye"),
			Log: []string{
				"Request mail command=HELO", "Request mail command=MAIL address=alice@example.org",
				"Request mail command=RCPT address=bob@example.com", "Request mail command=DATA", "Request mail command=QUIT",
			},
		},
		{
			Name: "denials take their turn among the replies",
			Steps: []parsertest.Step{
				parsertest.Server(greeting),
				client("NOOP", "MAIL FROM:<eve@example.org>", "NOOP", "RCPT TO:<x@example.com.evil>", "STARTTLS", "RCPT TO:<a> <b>"),
				server("250 1", "250 2"),
			},
			ToServer: text("NOOP", "NOOP"), ToClient: greeting + "250 1\r\n" + denied + "250 2\r\n" + denied + denied + denied,
			Log: []string{
				"Request mail command=NOOP", "Denied mail command=MAIL address=eve@example.org", "Request mail command=NOOP",
				"Denied mail command=RCPT address=x@example.com.evil", `Denied mail command=STARTTLS reason="unknown command"`,
				`Denied mail command=RCPT reason="unknown command"`,
			},
		},
		{
			Name:     "a client that speaks first gets the greeting before a denial",
			Steps:    []parsertest.Step{client("EXPN"), parsertest.Server(greeting)},
			ToClient: greeting + denied, Log: []string{`Denied mail command=EXPN reason="unknown command"`},
		},
		{
			Name: "what follows DATA waits for the reply: a mail", Waits: true,
			Steps: []parsertest.Step{
				parsertest.Server(greeting), client("DATA", "RCPT TO:<eve>", ".", "NOOP"), server("354 go on"), server("250 sent", "250 ok"),
			},
			ToServer: text("DATA", "RCPT TO:<eve>", ".", "NOOP"), ToClient: greeting + text("354 go on", "250 sent", "250 ok"),
			Log: []string{"Request mail command=DATA", "Request mail command=NOOP"},
		},
		{
			Name: "what follows DATA waits for the reply: commands", Waits: true,
			Steps: []parsertest.Step{
				parsertest.Server(greeting), client("DATA", "RCPT TO:<eve>"), server("503 no recipient"),
			},
			ToServer: text("DATA"), ToClient: greeting + text("503 no recipient") + denied,
			Log: []string{"Request mail command=DATA", "Denied mail command=RCPT address=eve"},
		},
		{
			Name: "where requests cannot wait, a client that does not wait for the reply to DATA is cut off", CannotWait: true,
			Steps:    []parsertest.Step{parsertest.Server(greeting), client("DATA"), client("RCPT TO:<eve>"), server("354 go on"), client("x")},
			ToServer: text("DATA"), ToClient: greeting + text("354 go on"), Closed: "before the reply to DATA",
			Log: []string{"Request mail command=DATA"},
		},
		{
			Name:     "a bare line feed closes the connection",
			Steps:    []parsertest.Step{parsertest.Server(greeting), parsertest.Client("NOOP\nNOOP\r\n")},
			ToClient: greeting, Closed: "line",
		},
		{
			Name:     "a reply that nobody asked for closes the connection",
			Steps:    []parsertest.Step{parsertest.Server(greeting + greeting)},
			ToClient: greeting, Closed: "reply without a request",
		},
	}
	for i := range cases {
		cases[i].Protocol, cases[i].Policy = &mail.Protocol, policy
	}
	return cases
}

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts()...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts()...) }

func FuzzParser(f *testing.F) { parsertest.FuzzTranscripts(f, transcripts()...) }

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, transcripts()[0]) }

// serve is a server that takes any mail.
func serve(conn net.Conn) {
	io.WriteString(conn, greeting)
	lines, inBody := bufio.NewScanner(conn), false
	for lines.Scan() {
		switch line := lines.Text(); {
		case inBody && line != ".":
		case line == "DATA":
			inBody = true
			io.WriteString(conn, text("354 go on"))
		default:
			inBody = false
			io.WriteString(conn, text("250-ok", "250 "+line))
		}
	}
}

func TestAClientAndAServerTalkThroughIt(t *testing.T) {
	conn := parsertest.Dial(t, parsertest.Case{Protocol: &mail.Protocol, Policy: policy}, serve)
	lines := bufio.NewScanner(conn)
	for _, x := range []struct{ send, want string }{
		{"", "220 mail.example.com"},
		{text("HELO a"), "250-ok|250 HELO a"},
		{text("RCPT TO:<eve@elsewhere.example>"), "550 denied by policy"},
		{text("DATA"), "354 go on"},
		{text("RCPT TO:<eve@elsewhere.example>", "."), "250-ok|250 ."},
	} {
		io.WriteString(conn, x.send)
		for _, want := range strings.Split(x.want, "|") {
			if lines.Scan(); lines.Text() != want {
				t.Fatalf("after %q: got %q, want %q", x.send, lines.Text(), want)
			}
		}
	}
}
