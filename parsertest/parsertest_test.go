package parsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	_ "github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/proxylib"
	_ "github.com/proxylib/proxylib/testparsers"
)

func TestTranscriptsOfGoodParsersPass(t *testing.T) {
	Run(t, Case{
		Name: "all bytes pass", Parser: "test.passer",
		Steps:    []Step{Client("hello"), Server("welcome"), Client([]byte{0, 1}), ClientEnd(), ServerEnd()},
		ToServer: "hello\x00\x01", ToClient: "welcome",
		Ops: []string{"client PASS 5", "server PASS 7", "client PASS 2"},
	}, Case{
		Name: "lines are dropped, inserted and sent back", Parser: "test.lineparser",
		Steps: []Step{Client("PASS 1\nDROP 2\nINJECT 3\nINSERT 4\nPA"), Server("PASS a\nINJECT b\n"), Client("SS 5\n")},
		// The server's line overtakes the part of a line that the client has sent, for no verdict on that is half done.
		ToServer: "PASS 1\nINSERT 4\nINJECT b\nPASS 5\n", ToClient: "INJECT 3\nPASS a\n",
	}, Case{
		Name: "an error closes", Parser: "test.lineparser",
		Steps:    []Step{Client("PASS 1\nINJECT 2\nWHAT\nPASS 3\n")},
		ToServer: "PASS 1\n", ToClient: "INJECT 2\n", Closed: "unknown word",
	}, Case{
		Name: "a message without an end closes", Parser: "test.lineparser",
		Steps: []Step{Client("PASS 1\nPASS"), ClientEnd()}, ToServer: "PASS 1\n", Closed: "end of stream",
	}, Case{
		Name: "verdicts reach past the input", Parser: "test.blockparser",
		Steps:    []Step{Client("12:PASSabcde7:DROP\n9:INJECT\n"), Server("7:PASS\n")},
		ToServer: "12:PASSabcde", ToClient: "9:INJECT\n7:PASS\n",
		Log: []string{"Request test.blockparser status=200", `Denied test.blockparser status=503 reason="refused by the parser"`,
			"Request test.blockparser status=200"},
	}, Case{
		Name: "a verdict ends with the connection", Parser: "test.blockparser",
		Steps:    []Step{Server("20:PASS"), Client("x"), Server("abc")},
		ToClient: "20:PASS", Closed: "malformed", Log: []string{"Request test.blockparser status=200"},
	}, Case{
		Name: "more than an inject buffer holds goes out", Parser: "test.lineparser",
		Steps: []Step{
			Client("INSERT " + strings.Repeat("x", 3000) + "\n"), Client("INJECT " + strings.Repeat("y", 2500) + "\n"),
		},
		ToServer: "INSERT " + strings.Repeat("x", 3000) + "\n", ToClient: "INJECT " + strings.Repeat("y", 2500) + "\n",
	}, Case{
		Name: "a policy decides, and a new one at the next request", Parser: "r2d2",
		Policy: "cmd=READ file=^public/",
		Steps: []Step{
			Client("READ public/a\r\nREAD secret\r\n"), Server("OK\r\n"), NewPolicy("deny cmd=READ"),
			Client("READ public/a\r\nHALT\r\n"), Server("OK\r\n"),
		},
		ToServer: "READ public/a\r\nHALT\r\n", ToClient: "OK\r\nERROR\r\nERROR\r\nOK\r\n",
		Log: []string{
			"Request r2d2 cmd=READ file=public/a", "Denied r2d2 cmd=READ file=secret",
			`Denied r2d2 cmd=READ file=public/a reason="deny rule"`, "Request r2d2 cmd=HALT",
		},
	})
}

// recorder is a testing.TB that keeps what is reported.
type recorder struct {
	testing.TB
	reports []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.reports = append(r.reports, fmt.Sprintf(format, args...))
}
func (r *recorder) Error(args ...any)                 { r.Errorf("%s", fmt.Sprint(args...)) }
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...) }

// badFactory makes parsers that do what no parser may.
type badFactory func(c *proxylib.Connection) func(reply bool, data [][]byte) (proxylib.OpType, int)

type badParser func(reply bool, data [][]byte) (proxylib.OpType, int)

func (f badFactory) Create(c *proxylib.Connection) proxylib.Parser { return badParser(f(c)) }

func (p badParser) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	if len(data) == 0 {
		return proxylib.NOP, 0
	}
	return p(reply, data)
}

func init() {
	for name, p := range map[string]badParser{
		"test.bad.writer": func(_ bool, data [][]byte) (proxylib.OpType, int) {
			data[0][0] = 'X'
			return proxylib.PASS, len(data[0])
		},
		"test.bad.panic":   func(bool, [][]byte) (proxylib.OpType, int) { panic("lost") },
		"test.bad.zero":    func(bool, [][]byte) (proxylib.OpType, int) { return proxylib.PASS, 0 },
		"test.bad.hoarder": func(bool, [][]byte) (proxylib.OpType, int) { return proxylib.MORE, 1 },
		// It takes a chunk for a message.
		"test.bad.chunks": func(_ bool, data [][]byte) (proxylib.OpType, int) {
			if len(data[0]) < 4 {
				return proxylib.DROP, len(data[0])
			}
			return proxylib.PASS, len(data[0])
		},
	} {
		proxylib.RegisterParserFactory(name, badFactory(
			func(*proxylib.Connection) func(bool, [][]byte) (proxylib.OpType, int) { return p }))
	}
	proxylib.RegisterParserFactory("test.bad.keeper", badFactory(
		func(*proxylib.Connection) func(bool, [][]byte) (proxylib.OpType, int) {
			var kept []byte
			return func(_ bool, data [][]byte) (proxylib.OpType, int) {
				first := kept == nil
				if first {
					kept = data[0][:1]
				}
				if first || kept[0] == 'a' {
					return proxylib.PASS, len(data[0])
				}
				return proxylib.ERROR, int(proxylib.ERROR_INVALID_FRAME_TYPE)
			}
		}))
}

func TestWhatIsWrongIsReported(t *testing.T) {
	steps := []Step{Client("abcdef"), Client("ghi")}
	for _, c := range []struct {
		name string
		Case
		want []string
	}{
		{"bytes", Case{Parser: "test.passer", Steps: steps, ToServer: "abcdefgh"},
			[]string{"test.passer, stream engine, unsplit:", `to server, from byte 8 on: "abcdefghi" (9 bytes)`, "want:",
				"    got 000000  61 62 63 64 65 66 67 68>69                       abcdefghi", "   want 000008 ends here"}},
		{"a connection that should have closed",
			Case{Parser: "test.passer", Steps: steps, ToServer: "abcdefghi", Closed: "x"},
			[]string{"connection: open", "want: closed: x"}},
		{"another reason", Case{Parser: "test.lineparser", Steps: []Step{Client("WHAT\n")}, Closed: "too long"},
			[]string{"unknown word", "want: closed: too long"}},
		{"a missing entry", Case{Parser: "r2d2", Steps: []Step{Client("HALT\r\n")}, ToServer: "HALT\r\n"},
			[]string{"access log, line 1: Request r2d2 cmd=HALT (1 lines in all)", "want: nothing after 0 lines",
				`to server  "HALT\r\n" (6 bytes)`, "client PASS 6"}},
		{"operations", Case{Parser: "test.passer", Steps: steps, ToServer: "abcdefghi", Ops: []string{"client PASS 9"}},
			[]string{"operations, line 1: client PASS 6 | client PASS 3"}},
		{"a parser that writes to its input", Case{Parser: "test.bad.writer", Steps: steps, ToServer: "XbcdefXhi"},
			[]string{"the parser wrote to its input"}},
		{"a parser that panics", Case{Parser: "test.bad.panic", Steps: steps, Closed: "panicked"},
			[]string{"parser panicked", `status="Panic: lost"`}},
		{"a parser that answers nothing", Case{Parser: "test.bad.zero", Steps: steps, Closed: "length"},
			[]string{"PASS with an invalid length"}},
		{"a parser that depends on chunks", Case{Parser: "test.bad.chunks", Steps: steps[:1], ToServer: "abcdef"},
			[]string{"byte by byte", `to server, from byte 0 on: "" (0 bytes)`}},
		{"a parser that keeps its input", Case{Parser: "test.bad.keeper", Steps: steps, ToServer: "abcdefghi"},
			[]string{"connection: closed: test.bad.keeper: invalid frame type", "the parser used input after the call"}},
		{"an unknown parser", Case{Parser: "nobody", Steps: steps}, []string{"unknown parser"}},
		{"a policy for a parser that does not exist", Case{Parser: "r2d2", Policy: `{"endpointIps": ["127.0.0.1"],
			"ingressPerPortPolicies": [{"port": 10000, "rules": [{"l7Proto": "r2d", "l7Rules": {"l7AllowRules": [{}]}}]}]}`},
			[]string{`no parser "r2d"`, "did you mean r2d2?"}},
		{"a mistake in the policy", Case{Parser: "r2d2", Policy: "cmd=FLY"}, []string{`r2d2: policy`, `"FLY" is unknown`}},
	} {
		r := &recorder{TB: t}
		func() {
			defer func() { _ = recover() }()
			Check(r, c.Case)
		}()
		all := strings.Join(r.reports, "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: want %q in:\n%s", c.name, want, all)
			}
		}
		if len(r.reports) != 1 {
			t.Errorf("%s: %d reports", c.name, len(r.reports))
		}
		if strings.Contains(all, "used input after the call") != (c.Parser == "test.bad.keeper") {
			t.Errorf("%s: says that input was used after the call, or does not:\n%s", c.name, all)
		}
	}
}

func TestFuzzedTranscriptsAreTheirSeeds(t *testing.T) {
	steps := []Step{Client("abc"), Server(strings.Repeat("x", 300)), Client("d"), ClientEnd(), ServerEnd()}
	client, server, turns := encode(steps)
	if got, want := inOneLine(decode(client, server, turns, true)), inOneLine(steps); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFuzzingFindsAParserThatDependsOnSplits(t *testing.T) {
	for _, parser := range []string{"test.bad.chunks", "test.bad.panic", "test.bad.zero", "test.bad.keeper"} {
		s, err := newScript(Case{Parser: parser, Steps: []Step{Client("abcdef"), Client("ghi")}})
		if err != nil {
			t.Fatal(err)
		}
		if s.compare(1, hosts) == "" {
			t.Errorf("%s: found nothing", parser)
		}
	}
}

func TestBytesThatNobodyPassedAreFound(t *testing.T) {
	for _, c := range []struct {
		name string
		outcome
		found bool
	}{
		{"all passed", outcome{toServer: "abc", accounts: [2]account{{in: 3, passed: 3}}}, false},
		{"a pass past the input", outcome{toServer: "abc", accounts: [2]account{{in: 3, passed: 9}}}, false},
		{"a drop past the input",
			outcome{toServer: "a", accounts: [2]account{{in: 3, passed: 1, dropped: 9, dropping: true}}}, false},
		{"injected", outcome{toClient: "abc", accounts: [2]account{1: {injected: 4, waiting: 1}}}, false},
		{"lost in the end", outcome{closed: "x", accounts: [2]account{{in: 3, passed: 3}}}, false},
		{"lost", outcome{toServer: "ab", accounts: [2]account{{in: 3, passed: 3}}}, true},
		{"not passed", outcome{toServer: "abc", accounts: [2]account{{in: 3, passed: 2}}}, true},
		{"dropped", outcome{toServer: "ab", accounts: [2]account{{in: 3, passed: 1, dropped: 9, dropping: true}}}, true},
		{"not passed before the end", outcome{closed: "x", toClient: "a"}, true},
	} {
		if got := c.unaccounted(); (got != "") != c.found {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func FuzzLines(f *testing.F) {
	Fuzz(f, "test.lineparser", "", []Step{
		Client("PASS 1\nDROP 2\nINJECT 3\n"), Server("INSERT 4\nINJECT b\n"), Client("PASS\n"),
	})
}

func FuzzR2D2(f *testing.F) {
	Fuzz(f, "r2d2", "cmd=READ file=^public/", []Step{
		Client("READ public/a\r\nREAD b\r\n"), Server("OK\r\n"), Client("HALT\r\n"),
	})
}

func TestPoliciesAreReadFromText(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"rules", "# comment\n\nallow cmd=READ file=\"a b\"\ndeny cmd=HALT\ncmd=RESET\nallow", ""},
		{"a full policy", `{"endpointIps": ["127.0.0.1"], "ingressPerPortPolicies": [{"port": 10000}]}`, ""},
		{"a full policy with a mistake", `{"endpointIp": ["127.0.0.1"]}`, "endpointIp"},
		{"no value", "cmd=READ\nfile", `policy line 2: want key=value, have "file"`},
		{"a key twice", "cmd=READ cmd=HALT", "policy line 1: key cmd is given twice"},
		{"a value without an end", `file="a`, "policy line 1: key file: the quoted value has no end"},
		{"an unknown key", "colour=red", `key colour: is unknown`},
	} {
		_, err := CompilePolicy("r2d2", c.text)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestLogLinesCanBeRead(t *testing.T) {
	log := &Log{}
	for _, l7 := range []accesslog.L7{
		nil,
		accesslog.NewGeneric("p").Add("a", "plain").AddBytes(accesslog.NewKey("b"), []byte("two words")).Add("c", "").Add("d", "\x00é"),
		accesslog.L7Of(&cilium.LogEntry_Kafka{Kafka: &cilium.KafkaLogEntry{ApiKey: 1, Topics: []string{"x", "y"}}}),
	} {
		log.Log(accesslog.Entry{Type: cilium.EntryType_Denied, L7: l7})
	}
	want := []string{"Denied", `Denied p a=plain b="two words" c="" d="\\x00\u00e9"`, "Denied kafka api_key=1 topics=x,y"}
	if problem := differsInLines("log", log.Lines, want); problem != "" {
		t.Error(problem)
	}
}

func TestTheNumberOfRunsIsBounded(t *testing.T) {
	turns := []turn{{data: strings.Repeat("x", 100000)}, {reply: true, data: "yy"}}
	if n := len(segmentations(turns, turns)) * len(hosts); n > 700*len(hosts) {
		t.Errorf("%d runs", n)
	}
	if n := len(every(1)(0, turns[0].data)); n > maxPieces {
		t.Errorf("%d pieces", n)
	}
}
