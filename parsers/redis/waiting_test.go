package redis_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/redis"
	"github.com/proxylib/proxylib/parsertest"
)

// Requests whose denials would take more memory than a connection may have wait with them.
func TestADenialThatFindsNoPlaceWaitsForThoseBeforeIt(t *testing.T) {
	const many = 16000
	conn := parsertest.Connect(t, parsertest.Case{Parser: redis.Name, Policy: "command=get key_prefix=public/"})
	conn.Do(parsertest.Client("PING\r\n" + strings.Repeat("CLUSTER COUNT-FAILURE-REPORTS x\r\n", many)))
	if !conn.Waits() || conn.Closed() != "" {
		t.Fatalf("waits: %t, closed: %q", conn.Waits(), conn.Closed())
	}
	conn.Do(parsertest.Server("+PONG\r\n"))
	if got := strings.Count(conn.ToClient(), "-NOPERM"); got != many || conn.Closed() != "" || conn.Waits() {
		t.Errorf("%d denials of %d, closed: %q, waits: %t", got, many, conn.Closed(), conn.Waits())
	}
}
