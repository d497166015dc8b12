package architecture

import (
	"strings"
	"testing"
)

// The check is useful only if it finds what is wrong.
func TestViolations(t *testing.T) {
	tests := []struct {
		path, imported string
		generated      bool
		wrong          bool
	}{
		{path: "parsers/memcache/parser.go", imported: module + "proxylib"},
		{path: "parsers/memcache/parser.go", imported: "bytes"},
		{path: "parsers/memcache/parser.go", imported: module + "parsers/memcache/text"},
		{path: "parsers/memcache/parser_test.go", imported: module + "parsertest"},
		{path: "parsers/memcache/parser_test.go", imported: "os"},
		{path: "parsers/memcache/parser.go", imported: module + "parsertest", wrong: true},
		{path: "parsers/memcache/parser.go", imported: module + "policy", wrong: true},
		{path: "parsers/memcache/parser.go", imported: module + "proxylib/wire"},
		{path: "parsers/memcache/parser.go", imported: module + "proxylib/host", wrong: true},
		{path: "parsers/memcache/parser.go", imported: module + "internal/hostlink", wrong: true},
		{path: "parsers/memcache/parser_test.go", imported: module + "proxylib/host"},
		{path: "examples/greeting/greeting.go", imported: module + "proxylib/host", wrong: true},
		{path: "parsers/memcache/parser.go", imported: module + "parsers/r2d2", wrong: true},
		{path: "parsers/postgres/sql/lexer.go", imported: module + "parsers/internal/sqllex"},
		{path: "parsers/internal/sqllex/lexer.go", imported: module + "proxylib", wrong: true},
		{path: "cli/explain.go", imported: module + "parsers/internal/sqllex", wrong: true},
		{path: "parsers/memcache/parser.go", imported: module + "hosts/envoy", wrong: true},
		{path: "parsers/memcache/parser_test.go", imported: module + "hosts/envoy", wrong: true},
		{path: "parsers/memcache/parser.go", imported: "os", wrong: true},
		{path: "parsers/memcache/parser.go", imported: "net", wrong: true},
		{path: "parsers/memcache/parser.go", imported: "net/http", wrong: true},
		{path: "parsers/memcache/parser.go", imported: "unsafe", wrong: true},
		{path: "parsers/memcache/parser.go", imported: "C", wrong: true},
		{path: "parsers/memcache/parser_test.go", imported: "unsafe", wrong: true},
		{path: "parsers/all/all.go", imported: module + "parsers/r2d2"},
		{path: "parsers/all/all.go", imported: module + "proxylib", wrong: true},
		{path: "parsers/all/all.go", imported: module + "testparsers", wrong: true},
		{path: "libproxylib/main.go", imported: module + "testparsers", wrong: true},
		{path: "cmd/proxylib/main.go", imported: module + "testparsers", wrong: true},
		{path: "test/faulty/main.go", imported: module + "testparsers"},
		{path: "testparsers/passer.go", imported: module + "datapath", wrong: true},

		{path: "cli/capture/capture.go", imported: captures + "/pcapgo"},
		{path: "cli/replay.go", imported: module + "cli/capture"},
		{path: "datapath/datapath.go", imported: captures, wrong: true},
		{path: "hosts/envoy/session.go", imported: captures + "/layers", wrong: true},

		{path: "proxylib/connection.go", imported: module + "policy"},
		{path: "proxylib/connection.go", imported: "net/netip"},
		{path: "proxylib/connection.go", imported: module + "proxylib/host", wrong: true},
		{path: "proxylib/hostlink.go", imported: module + "internal/hostlink"},
		{path: "proxylib/host/link.go", imported: module + "internal/hostlink"},
		{path: "proxylib/host/instance.go", imported: module + "datapath", wrong: true},
		{path: "proxylib/wire/reader.go", imported: module + "proxylib/host", wrong: true},
		{path: "datapath/datapath.go", imported: module + "proxylib/host"},
		{path: "datapath/datapath.go", imported: module + "internal/hostlink", wrong: true},
		{path: "proxylib/connection.go", imported: module + "datapath", wrong: true},
		{path: "proxylib/connection.go", imported: module + "accesslog/sink", wrong: true},
		{path: "datapath/datapath.go", imported: module + "accesslog", wrong: true},
		{path: "datapath/datapath.go", imported: module + "hosts/envoy", wrong: true},
		{path: "policy/compile.go", imported: "google.golang.org/grpc/codes", wrong: true},
		{path: "policy/compile.go", imported: "github.com/envoyproxy/go-control-plane/envoy/config/core/v3", wrong: true},
		{path: "policy/compile.go", imported: module + "npds", wrong: true},
		{path: "policy/compile.go", imported: module + "policy/cnp", wrong: true},
		{path: "policy/cnp/policy.go", imported: module + "policy/identity"},
		{path: "policy/cnp/policy.go", imported: module + "policyserver", wrong: true},
		{path: "proxylib/connection.go", imported: module + "policy/cnp", wrong: true},
		{path: "hosts/envoy/config.go", imported: module + "policy/cnp", wrong: true},
		{path: "accesslog/queue.go", imported: "net", wrong: true},
		{path: "accesslog/queue.go", imported: module + "accesslog/sink", wrong: true},
		{path: "accesslog/sink/socket.go", imported: "net"},
		{path: "accesslog/otlp/sink.go", imported: "net/url"},
		{path: "accesslog/filter.go", imported: module + "accesslog/otlp", wrong: true},
		{path: "accesslog/sink/socket.go", imported: module + "proxylib", wrong: true},
		{path: "npds/client.go", imported: "google.golang.org/grpc"},
		{path: "npds/client.go", imported: module + "proxylib", wrong: true},
		{path: "npds/manifest.go", imported: module + "policy/cnp"},
		{path: "npds/manifest.go", imported: module + "policyserver", wrong: true},
		{path: "npds/manifest.go", imported: module + "policyserver/store", wrong: true},
		{path: "npds/file.go", imported: module + "internal/filewatch"},
		{path: "proxylib/connection.go", imported: module + "internal/filewatch", wrong: true},
		{path: "internal/filewatch/filewatch.go", imported: module + "policy", wrong: true},
		{path: "internal/filewatch/notifier_linux.go", imported: "unsafe", wrong: true},

		{path: "npds/client.go", imported: module + "internal/service"},
		{path: "npds/client.go", imported: module + "internal/xdstest", wrong: true},
		{path: "npds/client.go", imported: module + "internal/eventually", wrong: true},
		{path: "npds/client_test.go", imported: module + "internal/xdstest"},
		{path: "accesslog/sink/sink_test.go", imported: module + "internal/logtest"},
		{path: "accesslog/sink/sink.go", imported: module + "internal/logtest", wrong: true},
		{path: "hosts/envoy/log.go", imported: module + "internal/logbook", wrong: true},
		{path: "test/xds/server.go", imported: module + "internal/xdstest"},
		{path: "internal/xdstest/xdstest.go", imported: module + "npds", wrong: true},

		{path: "api/cilium/npds.pb.go", imported: "unsafe", generated: true},
		{path: "api/cilium/by_hand.go", imported: "unsafe", wrong: true},
		{path: "api/cilium/npds.pb.go", imported: "C", generated: true, wrong: true},
		{path: "api/cilium/npds.pb.go", imported: module + "policy", generated: true, wrong: true},
		{path: "policy/made.go", imported: "unsafe", generated: true, wrong: true},

		{path: "hosts/envoy/export.go", imported: "C"},
		{path: "hosts/envoy/export.go", imported: "unsafe"},
		{path: "hosts/envoy/export.go", imported: module + "datapath"},
		{path: "hosts/envoy/export.go", imported: module + "parsers/memcache", wrong: true},
		{path: "hosts/envoy/session_test.go", imported: module + "parsers/memcache"},
		{path: "hosts/envoy/module.go", imported: module + "httpfilter"},
		{path: "httpfilter/stream.go", imported: module + "internal/httplink"},
		{path: "httpfilter/stream.go", imported: "net/http"},
		{path: "httpfilter/stream.go", imported: "unsafe", wrong: true},
		{path: "httpfilter/stream.go", imported: module + "hosts/envoy", wrong: true},
		{path: "httpfilter/stream.go", imported: module + "proxylib", wrong: true},
		{path: "httpfilter/stream.go", imported: module + "httpfilter/httpfiltertest", wrong: true},
		{path: "examples/http/token/token.go", imported: module + "httpfilter"},
		{path: "examples/http/token/token.go", imported: "net/http"},
		{path: "examples/http/token/token.go", imported: module + "internal/httplink", wrong: true},
		{path: "examples/kv/kv.go", imported: module + "httpfilter", wrong: true},
		{path: "examples/kv/kv.go", imported: "net/http", wrong: true},
		{path: "parsers/redis/redis.go", imported: module + "httpfilter", wrong: true},
		{path: "libproxylib/main.go", imported: module + "hosts/envoy"},
		{path: "cmd/proxylib/main.go", imported: module + "parsers/all"},
		{path: "cmd/proxylib/main.go", imported: module + "cli"},
		{path: "cmd/proxylib/main.go", imported: module + "policyserver", wrong: true},
		{path: "cli/serve.go", imported: module + "policyserver"},
		{path: "cli/parsers.go", imported: module + "parsers/all", wrong: true},
		{path: "cli/command_test.go", imported: module + "parsers/all"},
		{path: "cli/serve.go", imported: module + "hosts/envoy", wrong: true},
		{path: "cmd/proxylib/main.go", imported: module + "hosts/internal/instance", wrong: true},
		{path: "test/demo/main.go", imported: module + "test/envoy"},
		{path: "internal/xdstest/server.go", imported: module + "internal/service"},
		{path: "internal/filewatch/watch.go", imported: module + "npds", wrong: true},
		{path: "npds/client.go", imported: module + "internal/xdstest", wrong: true},
		{path: "test/demo/main.go", imported: module + "hosts/envoy", wrong: true},
		{path: "test/demo/main.go", imported: "unsafe", wrong: true},
		{path: "elsewhere/new.go", imported: "bytes", wrong: true},
		{path: "root.go", imported: "bytes", wrong: true},
		{path: "doc.go", imported: "bytes", wrong: true},
	}
	for _, test := range tests {
		t.Run(test.path+" "+test.imported, func(t *testing.T) {
			got := violations([]file{{path: test.path, imports: []string{test.imported}, generated: test.generated}})
			if wrong := len(got) > 0; wrong != test.wrong {
				t.Errorf("wrong: %v, want %v: %q", wrong, test.wrong, got)
			}
		})
	}
}

func TestConcurrent(t *testing.T) {
	tests := []struct {
		path, body string
		want       string
	}{
		{"policy/x.go", "go f()", "policy/x.go:3: goroutine"},
		{"policy/x.go", "wg.Go(f)", "policy/x.go:3: goroutine"},
		{"parsers/r2d2/x.go", "time.AfterFunc(1, f)", "parsers/r2d2/x.go:3: time.AfterFunc"},
		{"parsers/r2d2/x.go", "time.Now()", ""},
		{"parsers/r2d2/x_test.go", "go f()", ""},
		{"accesslog/sink/x.go", "go f()", ""},
		{"npds/x.go", "go f()", ""},
	}
	for _, test := range tests {
		t.Run(test.path+" "+test.body, func(t *testing.T) {
			s, err := parseSource(test.path, test.path, "package x\nfunc g() {\n"+test.body+"\n}\n")
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(concurrent(s), "\n")
			if (got == "") != (test.want == "") || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
