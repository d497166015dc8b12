package extauthz

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/proxylib/proxylib/proxylib"
)

// question is all that the authorizer is asked about a request, and what its answer is remembered by: the source, the command
// and the key, with a zero byte between them.
type question struct{ text []byte }

// set makes the question. The port of a client changes with each connection, so it is left out.
func (q *question) set(source string, command, key []byte) {
	host, _, err := net.SplitHostPort(source)
	if err != nil {
		host = source
	}
	q.text = append(append(q.text[:0], host...), 0)
	q.text = append(append(q.text, command...), 0)
	q.text = append(q.text, key...)
}

// checkOf is the question as the authorizer gets it.
func checkOf(question string) *auth.CheckRequest {
	source, rest, _ := strings.Cut(question, "\x00")
	command, key, _ := strings.Cut(rest, "\x00")
	return &auth.CheckRequest{Attributes: &auth.AttributeContext{
		Source: &auth.AttributeContext_Peer{Address: &core.Address{Address: &core.Address_SocketAddress{
			SocketAddress: &core.SocketAddress{Address: source},
		}}},
		ContextExtensions: map[string]string{"command": command, "key": key},
	}}
}

// authorizer asks the authorization service for all connections of a configuration, and remembers its answers. It is used
// from several threads at once.
type authorizer struct {
	config    config
	allowance *proxylib.Allowance
	// asking has an element for each question that is under way.
	asking chan struct{}

	mu sync.Mutex
	// users are the connections. client is nil while there are none.
	users   int
	client  *grpc.ClientConn
	answers map[string]answer
}

// answer is one that is remembered.
type answer struct {
	verdict proxylib.Verdict
	until   time.Time
}

// answerBytes is about what an answer takes besides its question.
const answerBytes = 128

// reconnectAfter is the longest time between two attempts to reach an authorizer that is down.
const reconnectAfter = 2 * time.Second

func newAuthorizer(c config, allowance *proxylib.Allowance) *authorizer {
	return &authorizer{config: c, allowance: allowance, asking: make(chan struct{}, c.Checks), answers: map[string]answer{}}
}

func (a *authorizer) join() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users++
}

// leave closes the client with the last connection.
func (a *authorizer) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.users--; a.users == 0 && a.client != nil {
		// Nobody waits for what it still does.
		_ = a.client.Close()
		a.client = nil
	}
}

// known returns the answer that is remembered for a question.
func (a *authorizer) known(q *question) (v proxylib.Verdict, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, known := a.answers[string(q.text)]
	if !known || time.Now().After(found.until) {
		return proxylib.Verdict{}, false
	}
	return found.verdict, true
}

// ask asks the authorizer, and resumes the request.
func (a *authorizer) ask(ctx context.Context, question string, ticket proxylib.Ticket) {
	verdict := proxylib.Verdict{Reason: "authorizer: internal error"}
	defer func() {
		// A panic would end Envoy.
		_ = recover()
		ticket.Resume(verdict)
	}()
	verdict = a.check(ctx, question)
}

// begin waits until a question may be asked, and reports whether it may.
func (a *authorizer) begin(ctx context.Context) bool {
	select {
	case a.asking <- struct{}{}:
		return true
	default:
	}
	select {
	case a.asking <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (a *authorizer) check(ctx context.Context, question string) proxylib.Verdict {
	if !a.begin(ctx) {
		return proxylib.Verdict{Reason: "authorizer: too many questions"}
	}
	defer func() { <-a.asking }()
	client, err := a.connected()
	if err != nil {
		return proxylib.Verdict{Reason: "authorizer: cannot be reached"}
	}
	response, err := auth.NewAuthorizationClient(client).Check(ctx, checkOf(question))
	if err != nil {
		return proxylib.Verdict{Reason: "authorizer: " + status.Code(err).String()}
	}
	verdict := proxylib.Verdict{Allowed: true}
	if code := codes.Code(response.GetStatus().GetCode()); code != codes.OK {
		verdict = proxylib.Verdict{Reason: "authorizer says " + code.String()}
	}
	a.remember(question, verdict)
	return verdict
}

// connected returns the client. It connects when it is asked something.
func (a *authorizer) connected() (*grpc.ClientConn, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.client != nil {
		return a.client, nil
	}
	if a.users == 0 {
		return nil, context.Canceled
	}
	delays := backoff.DefaultConfig
	delays.MaxDelay = reconnectAfter
	client, err := grpc.NewClient(a.config.Authorizer, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: delays, MinConnectTimeout: a.config.timeout()}))
	if err != nil {
		return nil, err
	}
	a.client = client
	return client, nil
}

// remember keeps an answer, in place of others if there are too many.
func (a *authorizer) remember(question string, v proxylib.Verdict) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, old := a.answers[question]; !old {
		for other := range a.answers {
			if len(a.answers) < a.config.CacheEntries {
				break
			}
			a.forget(other)
		}
		if a.config.CacheEntries == 0 || !a.allowance.Take(answerBytes+len(question)) {
			return
		}
	}
	a.answers[question] = answer{v, time.Now().Add(time.Duration(a.config.CacheSeconds) * time.Second)}
}

func (a *authorizer) forget(question string) {
	delete(a.answers, question)
	a.allowance.Give(answerBytes + len(question))
}
