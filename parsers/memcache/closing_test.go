package memcache_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
)

// After quiet requests, to which the server may be silent, a fence has a reply, before which those to them have come.
func TestAMistakeAfterQuietRequestsClosesTheConnectionAfterAFence(t *testing.T) {
	const (
		quiet = "\x80\x09\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00a"
		hit   = "\x81\x09\x00\x00\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00v"
		fence = "\x80\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x70\x78\x4c\x42\x00\x00\x00\x00\x00\x00\x00\x00"
		ended = "\x81\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x70\x78\x4c\x42\x00\x00\x00\x00\x00\x00\x00\x00"
	)
	mistake := parsertest.Client(strings.Repeat("\x00", len(quiet)))
	for _, reply := range []string{"", hit} {
		c := parsertest.Connect(t, parsertest.Case{Parser: memcache.Name, Policy: "command=get"})
		if c.Do(parsertest.Client(quiet), mistake); c.ToServer() != quiet+fence || c.Closed() != "" {
			t.Fatalf("closed because of %q", c.Closed())
		}
		if c.Do(parsertest.Server(reply + ended)); c.ToClient() != reply || c.Closed() == "" {
			t.Errorf("reply %q: closed because of %q", reply, c.Closed())
		}
	}
}

// No fence reaches a server that waits for the end of a payload.
func TestAPayloadThatIsTooLongClosesTheConnectionAfterQuietRequestsWithoutAFence(t *testing.T) {
	const quiet, begun, rest = "mg b q v\r\n", "set c 0 0 2 noreply\r\nxx", "zz\r\n"
	c := parsertest.Connect(t, parsertest.Case{Parser: memcache.Name})
	if c.Do(parsertest.Client(quiet + begun + rest)); c.ToServer() != quiet+begun || c.Closed() == "" {
		t.Error("the connection is not closed")
	}
	c = parsertest.Connect(t, parsertest.Case{Parser: memcache.Name})
	if c.Do(parsertest.Client("get a\r\n" + quiet + begun + rest)); c.Closed() != "" {
		t.Fatalf("closed before the reply to another request has come: %q", c.Closed())
	}
	if c.Do(parsertest.Server("END\r\n")); c.ToClient() != "END\r\n" || c.Closed() == "" {
		t.Errorf("%q to the client, closed because of %q", c.ToClient(), c.Closed())
	}
}
