package extauthz

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"go.uber.org/goleak"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
)

// service is an authorizer. It denies keys that begin with secret/, and does not answer for those that begin with slow/.
type service struct {
	auth.UnimplementedAuthorizationServer
	mu    sync.Mutex
	asked []string
}

func (s *service) Check(ctx context.Context, check *auth.CheckRequest) (*auth.CheckResponse, error) {
	about := check.GetAttributes().GetContextExtensions()
	s.mu.Lock()
	s.asked = append(s.asked, fmt.Sprint(check.GetAttributes().GetSource().GetAddress().GetSocketAddress().GetAddress(), " ", about["command"], " ", about["key"]))
	s.mu.Unlock()
	code := codes.OK
	switch key := about["key"]; {
	case strings.HasPrefix(key, "secret/"):
		code = codes.PermissionDenied
	case strings.HasPrefix(key, "slow/"):
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	return &auth.CheckResponse{Status: &rpc.Status{Code: int32(code)}}, nil
}

// questions returns what it has been asked since the last call.
func (s *service) questions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// serve runs an authorizer until the test ends.
func serve(tb testing.TB) (*service, string) {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s, server := &service{}, grpc.NewServer()
	auth.RegisterAuthorizationServer(server, s)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	tb.Cleanup(func() {
		server.Stop()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	})
	return s, listener.Addr().String()
}

// configured is a parser_config.
func configured(authorizer, more string) string {
	return fmt.Sprintf(`{"authorizer": %q, "milliseconds": 20000%s}`, authorizer, more)
}

// transcripts need an authorizer.
func transcripts(authorizer string) []parsertest.Case {
	cases := []parsertest.Case{
		{
			Name: "the authorizer decides about what the policy allows", Policy: "command=GET\ncommand=PUT key=public/",
			Steps: []parsertest.Step{
				parsertest.Client("GET public/a\r\nGET secret/b\r\nPUT secret/c x\r\nPUT public/d x\r\n"), parsertest.Server("OK a\r\nOK\r\n"),
			},
			ToServer: "GET public/a\r\nPUT public/d x\r\n", ToClient: "OK a\r\nERR denied\r\nERR denied\r\nOK\r\n",
			Log: []string{
				"Request extauthz command=GET key=public/a", `Denied extauthz command=GET key=secret/b reason="authorizer says PermissionDenied"`,
				"Denied extauthz command=PUT key=secret/c", "Request extauthz command=PUT key=public/d",
			},
		},
		{
			Name: "a request that passes", Policy: "command=GET",
			Steps:    []parsertest.Step{parsertest.Client("GET a\r\n"), parsertest.Server("OK a\r\n")},
			ToServer: "GET a\r\n", ToClient: "OK a\r\n", Log: []string{"Request extauthz command=GET key=a"},
		},
		{
			Name: "what is not a request closes the connection", Policy: "command=GET",
			Steps:  []parsertest.Step{parsertest.Client("GET a\tb\r\n")},
			Closed: "a line is not a request",
		},
	}
	for i := range cases {
		cases[i].Parser, cases[i].Config = "extauthz", configured(authorizer, "")
	}
	return cases
}

func TestTranscripts(t *testing.T) {
	_, authorizer := serve(t)
	for _, c := range transcripts(authorizer) {
		parsertest.Check(t, c)
	}
}

func TestItKeepsWhatAllParsersKeep(t *testing.T) {
	_, authorizer := serve(t)
	parsertest.Conform(t, transcripts(authorizer)...)
}

func TestAnswersAreRememberedWithinBounds(t *testing.T) {
	s, authorizer := serve(t)
	get := func(conn *parsertest.Connection, keys ...string) {
		t.Helper()
		for _, key := range keys {
			conn.Do(parsertest.Client("GET " + key + "\r\n"))
			if got := conn.ToServer(); got != "GET "+key+"\r\n" {
				t.Fatalf("%s: %q passes, closed %q, log %q", key, got, conn.Closed(), conn.Log())
			}
		}
	}
	expect := func(want ...string) {
		t.Helper()
		if got := strings.Join(s.questions(), ","); got != strings.Join(want, ",") {
			t.Errorf("the authorizer was asked %q, want %q", got, want)
		}
	}
	connect := func(more string) *parsertest.Connection {
		return parsertest.Connect(t, parsertest.Case{
			Parser: "extauthz", Config: configured(authorizer, more), Conn: &parsertest.Conn{SrcAddr: "10.0.0.7:1234"},
		})
	}
	get(connect(""), "a", "a", "b", "a")
	expect("10.0.0.7 GET a", "10.0.0.7 GET b")
	few := connect(`, "cache_entries": 2`)
	get(few, "a", "b", "c", "c")
	expect("10.0.0.7 GET a", "10.0.0.7 GET b", "10.0.0.7 GET c")
	if n := len(few.Log()); n != 4 {
		t.Errorf("%d entries", n)
	}
	get(connect(`, "cache_seconds": 0`), "a", "a")
	expect("10.0.0.7 GET a", "10.0.0.7 GET a")
	get(connect(`, "cache_entries": 0`), "a", "a")
	expect("10.0.0.7 GET a", "10.0.0.7 GET a")
}

func TestTheClientIsClosedWithTheLastConnection(t *testing.T) {
	before := goleak.IgnoreCurrent()
	c, err := parseConfig([]byte(configured("127.0.0.1:1", "")))
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthorizer(c, nil)
	for range 2 {
		a.join()
		a.join()
		if v := a.check(t.Context(), "a\x00GET\x00b"); v.Allowed || a.client == nil {
			t.Errorf("%+v", v)
		}
		a.leave()
		a.leave()
		if a.client != nil {
			t.Error("the client is open")
		}
	}
	if _, err := a.connected(); err == nil {
		t.Error("a question after the last connection opens a client")
	}
	goleak.VerifyNone(t, before)
}

func TestWithoutItsAuthorizerEverythingIsDenied(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	requireDenials(t, configured(address, ""), "a", `reason="authorizer: Unavailable"`)
}

func TestAnAuthorizerThatIsSlowDenies(t *testing.T) {
	_, authorizer := serve(t)
	requireDenials(t, fmt.Sprintf(`{"authorizer": %q, "milliseconds": 20}`, authorizer), "slow/a", `reason="authorizer: DeadlineExceeded"`)
}

// requireDenials requires that requests about a key are denied, with a reason.
func requireDenials(t *testing.T, config, key, reason string) {
	t.Helper()
	conn := parsertest.Connect(t, parsertest.Case{Parser: "extauthz", Config: config})
	conn.Do(parsertest.Client("GET " + key + "\r\nGET " + key + "\r\n"))
	if got := conn.ToClient(); got != "ERR denied\r\nERR denied\r\n" || conn.ToServer() != "" {
		t.Errorf("the client got %q", got)
	}
	if log := conn.Log(); len(log) != 2 || !strings.Contains(log[0], reason) || !strings.Contains(log[1], reason) {
		t.Errorf("log %q, want %s", log, reason)
	}
}

func TestQuestionsThatWaitForOthersHaveALimitOfTime(t *testing.T) {
	_, authorizer := serve(t)
	c, err := parseConfig([]byte(configured(authorizer, `, "checks": 1`)))
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthorizer(c, nil)
	a.join()
	defer a.leave()
	a.asking <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if v := a.check(ctx, "a\x00GET\x00b"); v.Allowed || v.Reason != "authorizer: too many questions" {
		t.Errorf("%+v", v)
	}
}

func TestMistakesInTheConfigurationAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "give unix:PATH, or IP:PORT of this machine", `{"authorizer": "192.0.2.1:1"}`: "of this machine",
		`{"authorizer": "127.0.0.1:1", "checks": 0}`: "checks: 0 is out of range", `{"authorizer": "127.0.0.1:1", "x": 0}`: "x",
		`{"authorizer": "[::1]:1"}`: "", `{"authorizer": "unix:/run/a"}`: "",
	} {
		_, err := configure([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if proxylib.Registered("extauthz").New(nil) != nil {
		t.Error("a connection without a configuration is served")
	}
}

func FuzzParser(f *testing.F) {
	_, authorizer := serve(f)
	parsertest.FuzzTranscripts(f, transcripts(authorizer)[0])
}
