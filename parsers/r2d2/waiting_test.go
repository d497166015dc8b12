package r2d2_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
)

// A client may have any number of requests under way: it is read no further while too many are.
func TestAnyNumberOfRequestsIsServedInTheirOrder(t *testing.T) {
	conn := parsertest.Connect(t, parsertest.Case{Parser: r2d2.Name, Policy: "cmd=READ file=public"})
	const many = 3 * proxylib.MaxOwedReplies
	conn.Do(parsertest.Client(strings.Repeat("READ public\r\nREAD secret\r\n", many)))
	if !conn.Waits() || conn.Closed() != "" {
		t.Fatalf("waits: %t, closed: %q", conn.Waits(), conn.Closed())
	}
	toServer, toClient := conn.ToServer(), conn.ToClient()
	for replied := 0; replied < many; {
		owed := strings.Count(toServer, "\n") - replied
		if owed == 0 {
			t.Fatalf("nothing is owed after %d replies", replied)
		}
		replied += owed
		conn.Do(parsertest.Server(strings.Repeat("OK\r\n", owed)))
		if conn.Closed() != "" {
			t.Fatalf("closed: %s", conn.Closed())
		}
		toServer, toClient = toServer+conn.ToServer(), toClient+conn.ToClient()
	}
	if conn.Waits() {
		t.Error("the client is not read again")
	}
	if toServer != strings.Repeat("READ public\r\n", many) {
		t.Error("the server got other requests")
	}
	if toClient != strings.Repeat("OK\r\nERROR\r\n", many) {
		t.Error("the client got other replies")
	}
}
