package memcache_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
)

// The server is silent to a quiet get of a key that it does not have.
func TestAMistakeAfterQuietRequestsClosesTheConnectionOnceOtherRepliesHaveCome(t *testing.T) {
	const (
		get   = "\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00a"
		quiet = "\x80\x09\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00a"
		miss  = "\x81\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"
	)
	mistake := parsertest.Client(strings.Repeat("\x00", len(quiet)))
	c := parsertest.Connect(t, parsertest.Case{Parser: memcache.Name, Policy: "command=get"})
	if c.Do(parsertest.Client(quiet+quiet), mistake); c.Closed() == "" {
		t.Error("the connection is not closed")
	}
	c = parsertest.Connect(t, parsertest.Case{Parser: memcache.Name, Policy: "command=get"})
	if c.Do(parsertest.Client(get+quiet), mistake); c.Closed() != "" {
		t.Fatalf("closed before the reply to another request has come: %q", c.Closed())
	}
	if c.Do(parsertest.Server(miss)); c.ToClient() != miss || c.Closed() == "" {
		t.Errorf("%q to the client, closed because of %q", c.ToClient(), c.Closed())
	}
}
