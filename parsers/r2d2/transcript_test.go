package r2d2_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/parsertest"
)

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts()...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts()...) }

func transcripts() []parsertest.Case {
	const policy = `
		cmd=READ file=^public/
		cmd=HALT
	`
	many := strings.Repeat("WRITE secret\r\n", 300)
	return []parsertest.Case{
		{
			Parser: r2d2.Name, Name: "an allowed request and its reply pass", Policy: policy,
			Steps:    []parsertest.Step{parsertest.Client("READ public/a\r\n"), parsertest.Server("OK data\r\n")},
			ToServer: "READ public/a\r\n", ToClient: "OK data\r\n",
			Log: []string{"Request r2d2 cmd=READ file=public/a"},
			Ops: []string{"client PASS 15", "server PASS 9"},
		},
		{
			Parser: r2d2.Name, Name: "in audit mode a request that policy denies passes and says so", Policy: policy, Audit: true,
			Steps:    []parsertest.Step{parsertest.Client("RESET\r\nHALT\r\nDANCE\r\n"), parsertest.Server("OK\r\nOK\r\n")},
			ToServer: "RESET\r\nHALT\r\n", ToClient: "OK\r\nOK\r\nERROR\r\n",
			Log: []string{"Request r2d2 cmd=RESET audit=denied", "Request r2d2 cmd=HALT",
				`Denied r2d2 cmd=DANCE reason="unknown command"`},
		},
		{
			Parser: r2d2.Name, Name: "a rule for an access allows what does no more", Policy: "[writers] access=write",
			Steps: []parsertest.Step{
				parsertest.Client("READ a\r\nWRITE b\r\nHALT\r\n"), parsertest.Server("OK 1\r\nOK 2\r\n"),
			},
			ToServer: "READ a\r\nWRITE b\r\n", ToClient: "OK 1\r\nOK 2\r\nERROR\r\n",
			Log: []string{"Request r2d2 cmd=READ file=a rule=writers", "Request r2d2 cmd=WRITE file=b rule=writers", "Denied r2d2 cmd=HALT"},
		},
		{
			Parser: r2d2.Name, Name: "a connection that is read-only changes nothing, also in audit mode", ReadOnly: true, Audit: true,
			Steps: []parsertest.Step{
				parsertest.Client("WRITE a\r\nREAD b\r\nRESET\r\n"), parsertest.Server("OK\r\n"),
			},
			ToServer: "READ b\r\n", ToClient: "ERROR\r\nOK\r\nERROR\r\n",
			Log: []string{"Denied r2d2 cmd=WRITE file=a reason=readonly", "Request r2d2 cmd=READ file=b",
				"Denied r2d2 cmd=RESET reason=readonly"},
		},
		{
			Parser: r2d2.Name, Name: "a denied request is answered and the connection goes on", Policy: policy,
			Steps: []parsertest.Step{
				parsertest.Client("READ secret\r\n"), parsertest.Client("HALT\r\n"), parsertest.Server("OK\r\n"),
			},
			ToServer: "HALT\r\n", ToClient: "ERROR\r\nOK\r\n",
			Log: []string{"Denied r2d2 cmd=READ file=secret", "Request r2d2 cmd=HALT"},
		},
		{
			Parser: r2d2.Name, Name: "denials take their place among the replies of pipelined requests", Policy: policy,
			Steps: []parsertest.Step{
				parsertest.Client("READ public/1\r\nRESET\r\nREAD public/2\r\nWRITE x\r\n"),
				parsertest.Server("OK 1\r\nOK 2\r\n"),
			},
			ToServer: "READ public/1\r\nREAD public/2\r\n", ToClient: "OK 1\r\nERROR\r\nOK 2\r\nERROR\r\n",
			Log: []string{"Request r2d2 cmd=READ file=public/1", "Denied r2d2 cmd=RESET",
				"Request r2d2 cmd=READ file=public/2", "Denied r2d2 cmd=WRITE file=x"},
		},
		{
			Parser: r2d2.Name, Name: "a line that is not a request is denied", Policy: "",
			Steps:    []parsertest.Step{parsertest.Client("READ\r\nDANCE now\r\nHALT\r\n"), parsertest.Server("OK\r\n")},
			ToServer: "HALT\r\n", ToClient: "ERROR\r\nERROR\r\nOK\r\n",
			Log: []string{`Denied r2d2 cmd=READ reason="unknown command"`,
				`Denied r2d2 cmd=DANCE file=now reason="unknown command"`, "Request r2d2 cmd=HALT"},
		},
		{
			Parser: r2d2.Name, Name: "more denials than the inject buffer holds all arrive", Policy: policy,
			Steps:    []parsertest.Step{parsertest.Client(many)},
			ToClient: strings.Repeat("ERROR\r\n", 300),
			Log:      strings.Split(strings.TrimSuffix(strings.Repeat("Denied r2d2 cmd=WRITE file=secret\n", 300), "\n"), "\n"),
		},
		{
			Parser: r2d2.Name, Name: "a new policy holds from the next request on", Policy: policy,
			Steps: []parsertest.Step{
				parsertest.Client("READ public/a\r\n"), parsertest.Server("OK\r\n"),
				parsertest.NewPolicy("cmd=HALT"), parsertest.Client("READ public/a\r\n"),
			},
			ToServer: "READ public/a\r\n", ToClient: "OK\r\nERROR\r\n",
			Log: []string{"Request r2d2 cmd=READ file=public/a", "Denied r2d2 cmd=READ file=public/a"},
		},
		{
			Parser: r2d2.Name, Name: "a deny rule wins over an allow rule", Policy: "cmd=READ\ndeny file=secret",
			Steps:    []parsertest.Step{parsertest.Client("READ secret\r\nREAD b\r\n")},
			ToServer: "READ b\r\n", ToClient: "ERROR\r\n",
			Log: []string{`Denied r2d2 cmd=READ file=secret reason="deny rule"`, "Request r2d2 cmd=READ file=b"},
		},
		{
			Parser: r2d2.Name, Name: "a bare line feed closes the connection", Policy: "",
			Steps:  []parsertest.Step{parsertest.Client("READ a\nHALT\r\n")},
			Closed: "malformed line",
		},
		{
			Parser: r2d2.Name, Name: "a line without end closes the connection", Policy: "",
			Steps:  []parsertest.Step{parsertest.Client("READ " + strings.Repeat("a", r2d2.MaxLine))},
			Closed: "line too long",
		},
		{
			Parser: r2d2.Name, Name: "a reply that is owed comes before a malformed line closes the connection", Policy: "",
			Steps: []parsertest.Step{
				parsertest.Client("HALT\r\nREAD a\nHALT\r\n"), parsertest.Server("OK\r\n"), parsertest.Client("HALT\r\n"),
			},
			ToServer: "HALT\r\n", ToClient: "OK\r\n", Log: []string{"Request r2d2 cmd=HALT"}, Closed: "malformed line",
		},
		{
			Parser: r2d2.Name, Name: "a reply that nobody asked for closes the connection", Policy: "",
			Steps:  []parsertest.Step{parsertest.Server("OK\r\n")},
			Closed: "reply without a request",
		},
		{
			Parser: r2d2.Name, Name: "a stream that ends inside a request closes the connection", Policy: "",
			Steps:  []parsertest.Step{parsertest.Client("READ a"), parsertest.ClientEnd()},
			Closed: "end of stream inside a message",
		},
		{
			Parser: r2d2.Name, Name: "the reply still comes after the client has ended its stream", Policy: "",
			Steps: []parsertest.Step{
				parsertest.Client("HALT\r\n"), parsertest.ClientEnd(), parsertest.Server("OK\r\n"), parsertest.ServerEnd(),
			},
			ToServer: "HALT\r\n", ToClient: "OK\r\n", Log: []string{"Request r2d2 cmd=HALT"},
		},
	}
}
