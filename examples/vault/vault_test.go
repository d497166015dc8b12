package vault_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/examples/vault"
	"github.com/proxylib/proxylib/parsertest"
)

const (
	policy = `
		command=READ path=public/
		[alice] user=alice path=alice/
	`
	login = "LOGIN alice secret\r\n"
)

func client(lines ...string) parsertest.Step { return parsertest.Client(text(lines...)) }
func server(lines ...string) parsertest.Step { return parsertest.Server(text(lines...)) }

func text(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

func transcripts() []parsertest.Case {
	cases := []parsertest.Case{
		{
			Name:     "a request and its reply pass",
			Steps:    []parsertest.Step{parsertest.Client(login), server("OK"), client("READ alice/a"), server("OK a")},
			ToServer: login + text("READ alice/a"), ToClient: text("OK", "OK a"),
			Log: []string{"Request vault command=LOGIN", "Request vault command=READ path=alice/a user=alice rule=alice"},
		},
		{
			Name: "rules depend on who has logged in, and denials say what they deny",
			Steps: []parsertest.Step{
				parsertest.Client(login), server("OK"),
				client("READ public/a", "WRITE alice/b a secret value", "WRITE public/a x", "READ bob/c", "DANCE"), server("OK a", "OK"),
			},
			ToServer: login + text("READ public/a", "WRITE alice/b a secret value"),
			ToClient: text("OK", "OK a", "OK", "ERR denied: WRITE public/a", "ERR denied: READ bob/c", "ERR denied: DANCE"),
			Log: []string{
				"Request vault command=LOGIN", "Request vault command=READ path=public/a user=alice",
				"Request vault command=WRITE path=alice/b user=alice rule=alice",
				"Denied vault command=WRITE path=public/a user=alice", "Denied vault command=READ path=bob/c user=alice",
				`Denied vault command=DANCE user=alice reason="unknown command"`,
			},
		},
		{
			Name: "requests wait for the reply to LOGIN", Waits: true,
			Steps: []parsertest.Step{
				parsertest.Client(login + text("READ alice/a")), server("OK"), server("OK a"),
			},
			ToServer: login + text("READ alice/a"), ToClient: text("OK", "OK a"),
			Log: []string{"Request vault command=LOGIN", "Request vault command=READ path=alice/a user=alice rule=alice"},
		},
		{
			Name: "where requests cannot wait, a client that does not wait for the reply to LOGIN is cut off", CannotWait: true,
			Steps:    []parsertest.Step{parsertest.Client(login), client("READ alice/a"), server("OK"), client("x")},
			ToServer: login, ToClient: text("OK"), Closed: "before the reply to LOGIN", Log: []string{"Request vault command=LOGIN"},
		},
		{
			Name:     "after a login that the server does not accept, the client is refused with last words",
			Steps:    []parsertest.Step{parsertest.Client(login), server("ERR wrong password"), client("READ public/a"), client("x")},
			ToServer: login, ToClient: text("ERR wrong password", "ERR log in first"), Closed: "not logged in",
			Log: []string{"Request vault command=LOGIN", `Denied vault command=READ path=public/a reason="not logged in"`},
		},
		{
			Name:     "a new login takes the place of an earlier one",
			Steps:    []parsertest.Step{parsertest.Client(login), server("OK"), client("LOGIN bob x"), server("OK"), client("READ alice/a")},
			ToServer: login + text("LOGIN bob x"), ToClient: text("OK", "OK", "ERR denied: READ alice/a"),
			Log: []string{"Request vault command=LOGIN", "Request vault command=LOGIN user=alice", "Denied vault command=READ path=alice/a user=bob"},
		},
		{
			Name:   "a reply that nobody asked for closes the connection",
			Steps:  []parsertest.Step{server("OK")},
			Closed: "reply without a request",
		},
	}
	for i := range cases {
		cases[i].Protocol, cases[i].Policy = &vault.Protocol, policy
	}
	return cases
}

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts()...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts()...) }

func FuzzParser(f *testing.F) { parsertest.FuzzTranscripts(f, transcripts()...) }

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, transcripts()[0]) }

// serve is a server with one user and one password.
func serve(conn net.Conn) {
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		reply := "OK " + lines.Text()
		if strings.HasPrefix(lines.Text(), "LOGIN ") && lines.Text()+"\r\n" != login {
			reply = "ERR wrong password"
		}
		io.WriteString(conn, text(reply))
	}
}

func TestAClientAndAServerTalkThroughIt(t *testing.T) {
	for name, c := range map[string]struct{ send, want string }{
		"a login and requests at once": {login + text("READ alice/a", "READ bob/b"),
			text("OK LOGIN alice secret", "OK READ alice/a", "ERR denied: READ bob/b")},
		"a wrong password": {text("LOGIN alice guess", "READ alice/a"), text("ERR wrong password", "ERR log in first")},
		"no login":         {text("READ public/a"), text("ERR log in first")},
	} {
		t.Run(name, func(t *testing.T) {
			conn := parsertest.Dial(t, parsertest.Case{Protocol: &vault.Protocol, Policy: policy}, serve)
			io.WriteString(conn, c.send)
			got := make([]byte, len(c.want))
			if _, err := io.ReadFull(conn, got); string(got) != c.want {
				t.Errorf("got %q, error %v, want %q", got, err, c.want)
			}
		})
	}
}
