//go:build e2e

package wasmfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/tetratelabs/wazero"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/cli/builder"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib/host"
)

var parsersFlag = flag.String("parsers", "r2d2,memcache,redis", "parsers whose transcripts are played")

const root = "../../.."

// build builds the file of a parser.
func build(t testing.TB, name string) string {
	t.Helper()
	source, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".wasm")
	var log bytes.Buffer
	if err := builder.Run(t.Context(), builder.Config{Parser: name, Library: path, Source: source, Log: &log}); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	age(t, path)
	return path
}

// entries are those of a call, in wire form.
type entries struct{ list [][]byte }

// Log implements [accesslog.Logger].
func (e *entries) Log(entry accesslog.Entry) { e.list = append(e.list, entry.Append(nil)) }

// compiled keeps what has been compiled, for all tests.
var compiled = wazero.NewCompilationCache()

// files are the open files, by the configuration of the parser.
type files struct {
	path   string
	byText map[string]*File
}

func (l *files) of(t *testing.T, config json.RawMessage) *File {
	f := l.byText[string(config)]
	if f == nil {
		var err error
		f, err = open(Config{Path: l.path, Configure: func(string) []byte { return config }, Log: logrus.New()}, maxWork, compiled)
		if err != nil {
			t.Fatalf("%s: %v", config, err)
		}
		t.Cleanup(f.Close)
		l.byText[string(config)] = f
	}
	return f
}

// play plays a recording with the parser of a file, and returns the first difference.
func play(t *testing.T, f *File, r *parsertest.Recording) string {
	parsers := policy.Registered()
	parsers[r.Parser] = f.RuleParser()
	snapshot, err := inline.Compile(map[string]inline.Policy{r.Parser: {Allow: r.Allow, Deny: r.Deny}}, parsers)
	if err != nil {
		return "the policy is refused: " + err.Error()
	}
	log := &entries{}
	config := host.InstanceConfig{ID: 1, Audit: r.Audit, ReadOnly: r.ReadOnly, Policies: new(policy.Store), AccessLog: log}
	config.Policies.Replace(snapshot)
	conn, err := host.NewConnection(host.NewInstance(config), r.Parser, host.ConnectionInfo{
		Id: 1, Ingress: !r.Conn.Egress, SrcId: r.Conn.SrcID, DstId: r.Conn.DstID, ProxyID: r.Conn.ProxyID, ServerName: r.Conn.ServerName,
		SrcAddr: cmp.Or(r.Conn.SrcAddr, "127.0.0.2:20000"), DstAddr: cmp.Or(r.Conn.DstAddr, fmt.Sprintf("%s:%d", parsertest.Endpoint, parsertest.Port)),
		PolicyName: cmp.Or(r.Conn.PolicyName, parsertest.Endpoint), Port: parsertest.Port, Protocol: f.Protocol(),
	})
	if err != nil {
		return err.Error()
	}
	engine := datapath.NewInTurns(conn, datapath.Limits{})
	defer engine.Close()
	var plan datapath.Plan
	for i, c := range r.Calls {
		log.list = nil
		var chunks [][]byte
		if len(c.Data) > 0 {
			chunks = [][]byte{c.Data}
		}
		engine.Data(c.Reply, c.End, chunks, &plan)
		out := plan.Out
		if plan.Leave {
			out = c.Data
		}
		if !bytes.Equal(out, c.Out) {
			return fmt.Sprintf("call %d: %q becomes %q, want %q; %s", i, c.Data, out, c.Out, plan.Reason)
		}
		if got, want := parsertest.LogLines(t, log.list), parsertest.LogLines(t, c.Log); !slices.Equal(got, want) {
			return fmt.Sprintf("call %d: entries\n%s\nwant\n%s", i, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		closed := ""
		if plan.Close {
			closed = plan.Reason
		}
		if closed != c.Closed {
			return fmt.Sprintf("call %d: closed because of %q, want %q", i, closed, c.Closed)
		}
		if plan.Close {
			break
		}
	}
	return ""
}

func TestTranscriptsComeOutTheSameWithAParserFromAFile(t *testing.T) {
	for name := range strings.SplitSeq(*parsersFlag, ",") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := parsertest.Recordings(t, root, name)
			loaded := files{build(t, name), map[string]*File{}}
			failures := 0
			for i := range list {
				if problem := play(t, loaded.of(t, list[i].Config), &list[i]); problem != "" {
					if failures++; failures < 20 {
						t.Errorf("%s: %s", list[i].Name, problem)
					}
				}
			}
			t.Logf("%d recordings, %d configurations", len(list), len(loaded.byText))
			if failures > 0 || len(list) == 0 {
				t.Errorf("%d of %d recordings come out another way", failures, len(list))
			}
		})
	}
}
