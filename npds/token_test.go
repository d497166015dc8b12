package npds

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/eventually"
)

// serveToken serves policies to clients that know a token.
func serveToken(c *check.C, network, address string, token *atomic.Value) (*policyServer, string) {
	listener, err := net.Listen(network, address)
	c.Assert(err, check.IsNil)
	s := newPolicyServer(grpc.StreamInterceptor(func(
		server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler,
	) error {
		got := metadata.ValueFromIncomingContext(stream.Context(), "authorization")
		if len(got) != 1 || got[0] != "Bearer "+token.Load().(string) {
			return status.Error(codes.Unauthenticated, "the token is missing or wrong")
		}
		return next(server, stream)
	}))
	go s.grpc.Serve(listener)
	return s, listener.Addr().String()
}

func (s *ClientSuite) TestTheTokenIsReadForEachConnection(c *check.C) {
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(c.MkDir(), "xds")} {
		path := filepath.Join(c.MkDir(), "token")
		c.Assert(os.WriteFile(path, []byte("first-of-all-tokens\n"), 0o600), check.IsNil)
		var token atomic.Value
		token.Store("second-of-all-tokens")
		server, address := serveToken(c, network, address, &token)
		client, err := NewClient(ClientConfig{
			Address: address, TokenFile: path, Store: s.store, Parsers: parsers, Log: s.book.Logger(),
			MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
		})
		c.Assert(err, check.IsNil)
		eventually.Holds(c, "the reason is logged", func() bool { return strings.Contains(s.book.String(), "the token is missing or wrong") })
		c.Check(len(server.requests), check.Equals, 0)
		c.Assert(os.Remove(path), check.IsNil)
		time.Sleep(50 * time.Millisecond)
		c.Assert(os.WriteFile(path, []byte("second-of-all-tokens"), 0o600), check.IsNil)
		server.next(c)
		server.updates <- update(c, "1", 80)
		server.next(c)
		c.Check(allows(s.store, 80), check.Equals, true)
		c.Check(strings.Contains(s.book.String(), "of-all-tokens"), check.Equals, false, check.Commentf("a token is in the log"))
		client.Close()
		server.stop()
	}
}

func (s *ClientSuite) TestATokenIsNotSentInTheClear(c *check.C) {
	path := filepath.Join(c.MkDir(), "token")
	c.Assert(os.WriteFile(path, []byte("a-token"), 0o600), check.IsNil)
	files := newAuthority(c).files(c, c.MkDir())
	for _, address := range []string{"192.0.2.1:80", "policy.example:80", "localhost.example:80", "[2001:db8::1]:80", "0.0.0.0:80"} {
		c.Check(CheckServer(address, TLSFiles{}, path), check.ErrorMatches, ".*would be sent in the clear.*", check.Commentf(address))
		c.Check(CheckServer(address, files, path), check.IsNil, check.Commentf(address))
		c.Check(CheckServer(address, TLSFiles{}, ""), check.IsNil, check.Commentf(address))
	}
	for _, address := range []string{"127.0.0.1:80", "127.9.9.9:80", "[::1]:80", "localhost:80", "/run/xds", "unix:///run/xds"} {
		c.Check(CheckServer(address, TLSFiles{}, path), check.IsNil, check.Commentf(address))
	}
}

func (s *ClientSuite) TestTokenFilesThatCannotBeUsedAreRefused(c *check.C) {
	dir := c.MkDir()
	for text, want := range map[string]string{
		"": ".*is empty", " \n": ".*is empty", "secret two": ".*does not hold one token.*", "secret\ntwo": ".*does not hold one token.*",
		"secret\xff": ".*does not hold one token.*", strings.Repeat("secret", 1000): ".*has more than 4096 bytes",
	} {
		path := filepath.Join(dir, "token")
		c.Assert(os.WriteFile(path, []byte(text), 0o600), check.IsNil)
		err := CheckServer("127.0.0.1:80", TLSFiles{}, path)
		c.Check(err, check.ErrorMatches, want)
		c.Check(err, check.Not(check.ErrorMatches), ".*secret.*")
	}
	c.Check(CheckServer("127.0.0.1:80", TLSFiles{}, filepath.Join(dir, "none")), check.ErrorMatches, ".*token file: .*no such file.*")
}
