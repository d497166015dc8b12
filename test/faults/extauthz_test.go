//go:build e2e

package faults

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/proxylib/proxylib/test/envoy"
)

// authorizer is an authorization service. It denies keys that begin with secret/, and is slow with those that begin with slow/.
type authorizer struct {
	auth.UnimplementedAuthorizationServer
	mu    sync.Mutex
	asked int
}

// slowness is how long a slow answer takes.
const slowness = 500 * time.Millisecond

// Check implements the service.
func (a *authorizer) Check(ctx context.Context, check *auth.CheckRequest) (*auth.CheckResponse, error) {
	a.mu.Lock()
	a.asked++
	a.mu.Unlock()
	key, code := check.GetAttributes().GetContextExtensions()["key"], codes.OK
	if strings.HasPrefix(key, "slow/") {
		select {
		case <-time.After(slowness):
		case <-ctx.Done():
		}
	}
	if strings.HasPrefix(key, "secret/") {
		code = codes.PermissionDenied
	}
	return &auth.CheckResponse{Status: &rpc.Status{Code: int32(code)}}, nil
}

func (a *authorizer) questions() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

// serve serves until stop is called.
func (a *authorizer) serve(t *testing.T, address string) (addr string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	auth.RegisterAuthorizationServer(server, a)
	go server.Serve(listener)
	return listener.Addr().String(), server.Stop
}

func TestEnvoyTakesTheConfigurationOfTheExampleThatAsks(t *testing.T) {
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(root, "build", "envoy", *version, "envoy"), "--mode", "validate", "--use-dynamic-base-id",
		"-c", filepath.Join(root, "examples", "extauthz", "envoy.yaml"))
	command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+faultyLibrary(t))
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheExampleThatAsksAnAuthorizer(t *testing.T) {
	a := &authorizer{}
	addr, stop := a.serve(t, "127.0.0.1:0")
	s := newSetup(t, R2D2)
	settings := s.Settings()
	settings["parser"], settings["policy"] = "extauthz", Settings{"allow": []Settings{{"command": "GET"}}}
	settings["parser_config"] = Settings{"authorizer": addr, "milliseconds": 3000, "cache_seconds": 60}
	s.StartAs(envoy.Config{Version: *version, Upstream: serveMirror(t), Library: faultyLibrary(t)}, settings)

	conn := s.dial()
	send(t, conn, "GET a\r\nGET secret/b\r\nDEL a\r\nGET a\r\nGET secret/b\r\nGET c\r\n")
	expect(t, conn, "GET a\r\nERR denied\r\nERR denied\r\nGET a\r\nERR denied\r\nGET c\r\n")
	if n := a.questions(); n != 3 {
		t.Errorf("the authorizer was asked %d times, want 3", n)
	}

	waiting := []*net.TCPConn{}
	for n := range 100 {
		slow := s.dial()
		send(t, slow, fmt.Sprintf("GET slow/%d\r\nGET a\r\n", n))
		waiting = append(waiting, slow)
	}
	send(t, conn, "GET d\r\n")
	expect(t, conn, "GET d\r\n")
	for n, slow := range waiting {
		expect(t, slow, fmt.Sprintf("GET slow/%d\r\nGET a\r\n", n))
	}

	stop()
	send(t, conn, "GET e\r\nGET a\r\n")
	expect(t, conn, "ERR denied\r\nGET a\r\n")
	_, stop = a.serve(t, addr)
	defer stop()
	s.Eventually("the authorizer is asked again", func() bool {
		send(t, conn, "GET e\r\n")
		var reply [7]byte
		if !readFull(conn, reply[:]) {
			t.Fatal("the connection ended")
		}
		if string(reply[:]) == "GET e\r\n" {
			return true
		}
		expect(t, conn, "ied\r\n")
		return false
	})
}
