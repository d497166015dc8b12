//go:build e2e

package httpfilters

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proxylib/proxylib/examples/http/security/signer"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
)

// portOf is the port of a server of a test.
func portOf(t *testing.T, s *httptest.Server) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

func TestGetheaderFetchesAHeaderWhileTheRequestWaits(t *testing.T) {
	var down atomic.Bool
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(500)
			return
		}
		w.Header().Set("X-Key", "the key for "+r.URL.Path)
	}))
	t.Cleanup(keys.Close)
	// It has the header as well, for requests by the cluster.
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !down.Load() {
			w.Header().Set("X-Key", "the server's for "+r.URL.Path)
		}
	})
	own := example(t, "getheader")
	for _, test := range []struct{ config, want string }{
		{own, "the key for /key"},
		{strings.Replace(own, "header: x-key}", "header: x-key, cluster: server}", 1), "the server's for /key"},
	} {
		down.Store(false)
		p := start(t, t.TempDir(), test.config, map[string]string{"8001": o.port(), "8002": portOf(t, keys)})
		for _, http2 := range []bool{false, true} {
			got := p.mustAsk(client(t, http2), "POST", "/x", strings.NewReader("a body"), "X-Key", "forged")
			if last := o.last(); got.code != 200 || !slices.Equal(last.Header.Values("X-Key"), []string{test.want}) || last.URL.Path != "/x" || last.body != "a body" {
				t.Errorf("%s, http2 %v: got %+v, the server %q with %q", test.want, http2, got, last.Header, last.body)
			}
		}
		down.Store(true)
		if got := p.mustAsk(client(t, false), "GET", "/x", nil); got.code != 503 || o.last().URL.Path == "/x" && o.last().Method == "GET" {
			t.Errorf("%s: without the header: %+v", test.want, got)
		}
	}
}

func TestSecurityAuthenticatesByRoute(t *testing.T) {
	const secret = "swordfish"
	dir := t.TempDir()
	for name, text := range map[string]string{"secret": secret + "\n", "key": "opensesame"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	signing := httptest.NewServer(signer.Handler(secret))
	t.Cleanup(signing.Close)
	o := serve(t, nil)
	p := start(t, dir, example(t, "security"), map[string]string{"8001": o.port()})
	for _, http2 := range []bool{false, true} {
		c := client(t, http2)
		sign := func(method, path, body string) []string {
			answer, err := http.Post(signing.URL+"/sign?"+url.Values{"method": {method}, "path": {path}}.Encode(), "text/plain", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			return []string{signer.Header, answer.Header.Get(signer.Header), signer.Date, answer.Header.Get(signer.Date)}
		}
		for _, test := range []struct {
			path, body string
			headers    []string
			code       int
		}{
			{"/open", "", nil, 200},
			{"/partner", "", nil, 401},
			{"/partner", "", sign("POST", "/partner", ""), 200},
			{"/partner/x?y=1", "order", sign("POST", "/partner/x?y=1", "order"), 200},
			{"/partner/x?y=1", "orders", sign("POST", "/partner/x?y=1", "order"), 401},
			{"/partner/x?y=2", "order", sign("POST", "/partner/x?y=1", "order"), 401},
			{"/partner/x", "order", append(sign("POST", "/partner/x", "order"), signer.Header, "0"), 401},
			{"/operator", "", nil, 401},
			{"/operator", "", []string{"X-Key", "opensesame"}, 200},
			{"/operator", "", sign("POST", "/operator", ""), 401},
		} {
			before := o.served()
			got := p.mustAsk(c, "POST", test.path, strings.NewReader(test.body), test.headers...)
			if got.code != test.code || (o.served() > before) != (test.code == 200) || test.code == 200 && o.last().body != test.body {
				t.Errorf("http2 %v: %s %q: got %+v, want %d", http2, test.path, test.headers, got, test.code)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "the new key is in force", func() bool {
		got, err := p.ask(http.DefaultClient, "POST", "/operator", nil, "X-Key", "another")
		return err == nil && got.code == 200
	})
}

func TestTokenServesTheLastGoodToken(t *testing.T) {
	var mode atomic.Int32
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch mode.Load() {
		case 0:
			w.Write([]byte("head.one.signature\n"))
		case 1:
			w.Write([]byte("no token"))
		case 2:
			w.Write([]byte("head.two.signature"))
		}
	}))
	o := serve(t, nil)
	config := strings.Replace(example(t, "token"), "every: 15s", "every: 20ms", 1)
	p := start(t, t.TempDir(), config, map[string]string{"8001": o.port(), "8002": portOf(t, issuer)})
	c := client(t, false)
	serves := func(token string) func() bool {
		return func() bool { return p.mustAsk(c, "GET", "/", nil).header.Get("X-Token") == token }
	}
	eventually.Holds(t, "the token is served", serves("head.one.signature"))
	mode.Store(1)
	failed := p.stat("token_fetches.result.failed")
	eventually.Holds(t, "a fetch has failed", func() bool {
		p.mustAsk(c, "GET", "/", nil)
		return p.stat("token_fetches.result.failed") > failed+1
	})
	if got := p.mustAsk(c, "GET", "/", nil); got.header.Get("X-Token") != "head.one.signature" || got.header.Get("X-Token-State") != "served" {
		t.Errorf("without a new token: %+v", got)
	}
	mode.Store(2)
	eventually.Holds(t, "the next token is served", serves("head.two.signature"))
	issuer.Close()
	if got := p.mustAsk(c, "GET", "/", nil); got.header.Get("X-Token") != "head.two.signature" {
		t.Errorf("without an issuer: %+v", got)
	}
}

func TestCounterCountsByMethodAndStatus(t *testing.T) {
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			w.WriteHeader(404)
		}
	})
	p := start(t, t.TempDir(), example(t, "counter"), map[string]string{"8001": o.port()})
	for _, http2 := range []bool{false, true} {
		c := client(t, http2)
		for range 3 {
			p.mustAsk(c, "GET", "/", nil)
		}
		p.mustAsk(c, "POST", "/missing", strings.NewReader("12345"))
	}
	want := map[string]uint64{
		"counter_requests.method.GET.status.200": 6, "counter_requests.method.POST.status.404": 2, "counter_open": 0,
	}
	eventually.Holds(t, "all requests are counted", func() bool {
		for name, n := range want {
			if p.stat(name) != n {
				return false
			}
		}
		return true
	})
}

func TestCasbinDecidesByRoles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"model.conf", "policy.csv"} {
		text, err := os.ReadFile("../../examples/http/casbin/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := serve(t, nil)
	p := start(t, dir, example(t, "casbin"), map[string]string{"8001": o.port()})
	for _, http2 := range []bool{false, true} {
		c := client(t, http2)
		for _, test := range []struct {
			user, method, path string
			code               int
		}{
			{"ann", "GET", "/orders/7", 200}, {"ann", "POST", "/orders/7", 403}, {"ben", "POST", "/orders/7", 200}, {"eve", "DELETE", "/users", 200},
			{"joe", "GET", "/orders/7", 403}, {"ann", "GET", "/orders/%2e%2e/users", 403},
		} {
			before := o.served()
			got := p.mustAsk(c, test.method, test.path, nil, "X-User", test.user)
			if got.code != test.code || (o.served() > before) != (test.code == 200) {
				t.Errorf("http2 %v: %s %s by %s: got %+v", http2, test.method, test.path, test.user, got)
			}
		}
	}
	eventually.Holds(t, "decisions are counted", func() bool {
		return p.stat("casbin_decisions.result.allowed") == 6 && p.stat("casbin_decisions.result.denied") == 6
	})
}

// writeSecret makes a file for SDS, or replaces it as a whole.
func writeSecret(t *testing.T, path, value string) {
	t.Helper()
	text := `resources:
- "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: operator
  generic_secret: {secret: {inline_string: "` + value + `"}}
`
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestSecurityTakesSecretsFromSDSWhereEnvoyHasThem(t *testing.T) {
	dir := t.TempDir()
	sds := filepath.Join(dir, "sds.yaml")
	writeSecret(t, sds, "opensesame")
	o := serve(t, nil)
	config := strings.Replace(example(t, "security"), "{file: key}", "{sds: operator, sds_config: {path_config_source: {path: "+sds+", watched_directory: {path: "+dir+"}}}}", 1)
	if *version != "1.40.0" {
		p, err := launch(t, dir, config, map[string]string{"8001": o.port()})
		if err == nil {
			p.process.Stop()
		}
		if err == nil || !strings.Contains(p.process.Log(), "providers: operator: sds: operator: this Envoy has no secrets for filters: take Envoy 1.40") {
			t.Errorf("an Envoy without secrets: %v", err)
		}
		return
	}
	p := start(t, dir, config, map[string]string{"8001": o.port()})
	for _, key := range []string{"opensesame", "another"} {
		writeSecret(t, sds, key)
		eventually.Holds(t, "the key is in force", func() bool {
			got, err := p.ask(http.DefaultClient, "GET", "/operator", nil, "X-Key", key)
			return err == nil && got.code == 200
		})
	}
	if got := p.mustAsk(http.DefaultClient, "GET", "/operator", nil, "X-Key", "opensesame"); got.code != 401 {
		t.Errorf("with the key of before: %+v", got)
	}
}

func TestTokenAsksItsIssuerByACluster(t *testing.T) {
	o := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("head.by-cluster.signature")) })
	config := strings.Replace(example(t, "token"), "every: 15s", "every: 50ms, cluster: server", 1)
	p := start(t, t.TempDir(), config, map[string]string{"8001": o.port(), "8002": "1"})
	c := client(t, false)
	if *version == "1.37.0" {
		eventually.Holds(t, "the log says what it takes", func() bool { return strings.Contains(p.process.Log(), "take Envoy 1.38 or newer") })
		return
	}
	eventually.Holds(t, "the token is served", func() bool {
		return p.mustAsk(c, "GET", "/", nil).header.Get("X-Token") == "head.by-cluster.signature"
	})
}

// A filter from a module of its own is built into a library by the command line.
func TestAnOutOfTreeFilterIsBuiltIn(t *testing.T) {
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source, err := os.ReadFile("../../examples/http/getheader/getheader.go")
	if err != nil {
		t.Fatal(err)
	}
	module := "module example.com/fetched\n\ngo 1.26.0\n\nrequire github.com/proxylib/proxylib v0.0.0\n"
	for name, text := range map[string]string{"fetched.go": strings.ReplaceAll(string(source), `Register("getheader"`, `Register("fetched"`), "go.mod": module} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	library := t.TempDir()
	build := exec.Command(filepath.Join(root, "build", "proxylib"), "build", "--source", root, "--with", "example.com/fetched="+dir,
		"--without", "cassandra,postgres,redis", "-o", filepath.Join(library, "libproxylib.so"))
	out, err := build.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "fetched (HTTP filter)") {
		t.Fatalf("%v\n%s", err, out)
	}
	before := built
	built = library
	t.Cleanup(func() { built = before })
	keys := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Key", "fetched") })
	o := serve(t, nil)
	config := strings.ReplaceAll(example(t, "getheader"), "filter_name: getheader", "filter_name: fetched")
	p := start(t, t.TempDir(), config, map[string]string{"8001": o.port(), "8002": keys.port()})
	if got := p.mustAsk(client(t, false), "GET", "/x", nil); got.code != 200 || o.last().Header.Get("X-Key") != "fetched" {
		t.Errorf("got %+v, the server %q", got, o.last().Header)
	}
}
