package redis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/redis"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
)

func connect(t *testing.T, policy string) *parsertest.Connection {
	t.Helper()
	return parsertest.Connect(t, parsertest.Case{Parser: redis.Name, Policy: policy})
}

// What servers tolerate, and read in another way than it looks, hides no request: FLUSHALL is denied, and what comes
// after it in the table is what the client may send.
func TestWhatServersReadInOtherWaysThanItLooksDoesNotPass(t *testing.T) {
	const policy = "command=@string key_prefix=ok:"
	flush := request("FLUSHALL")
	for what, c := range map[string]struct {
		sent, passes string
		// closed: it is not certain where the next request begins.
		closed bool
	}{
		"a byte after CR in a header":           {sent: "*1\rX$4\r\nPING\r\n" + flush, closed: true},
		"CR without LF after a length":          {sent: "*1\r\n$4\rXPING\r\n" + flush, closed: true},
		"other bytes after an argument":         {sent: "*1\r\n$4\r\nPINGyz" + flush, closed: true},
		"a number with a leading zero":          {sent: "*01\r\n$4\r\nPING\r\n", closed: true},
		"a length with a leading zero":          {sent: "*1\r\n$04\r\nPING\r\n", closed: true},
		"a number with a plus":                  {sent: "*+1\r\n$4\r\nPING\r\n", closed: true},
		"a number with a space":                 {sent: "* 1\r\n$4\r\nPING\r\n", closed: true},
		"a negative length":                     {sent: "*2\r\n$3\r\nGET\r\n$-1\r\n" + flush, closed: true},
		"minus nought":                          {sent: "*-0\r\n" + flush, closed: true},
		"a number that does not fit 64 bits":    {sent: "*18446744073709551617\r\n" + request("PING"), closed: true},
		"a length that does not fit 64 bits":    {sent: "*1\r\n$18446744073709551620\r\nPING\r\n", closed: true},
		"a number without digits":               {sent: "*\r\n" + flush, closed: true},
		"an array in a request":                 {sent: "*1\r\n*1\r\n$4\r\nPING\r\n", closed: true},
		"a request of RESP 3":                   {sent: "*1\r\n=8\r\ntxt:PING\r\n", closed: true},
		"a NUL byte in a line":                  {sent: "PING\x00\nFLUSHALL\r\n", closed: true},
		"a NUL byte in a header":                {sent: "*1\x00\r\n$4\r\nPING\r\n", closed: true},
		"no arguments":                          {sent: "*0\r\n*-1\r\n*-7\r\n" + request("GET", "ok:a"), passes: request("GET", "ok:a")},
		"empty lines":                           {sent: "\r\n\n  \r\n" + request("GET", "ok:a"), passes: request("GET", "ok:a")},
		"an empty argument for a name":          {sent: "*1\r\n$0\r\n\r\n" + request("GET", "ok:a"), passes: request("GET", "ok:a")},
		"escapes in quotes":                     {sent: "\"GE\\x54\" no:a\r\nGET ok:a\r\n", passes: "GET ok:a\r\n"},
		"quotes":                                {sent: "GET 'no:a'\r\nGET ok:a\r\n", passes: "GET ok:a\r\n"},
		"a tab between words":                   {sent: "GET\tno:a\r\nGET ok:a\tno:a\r\nGET ok:a\r\n", passes: "GET ok:a\r\n"},
		"vertical tabs and form feeds":          {sent: "GET \v no:a\r\nGET \f no:a\r\n GET ok:a\r\n", passes: " GET ok:a\r\n"},
		"CR within a line":                      {sent: "GET ok:a\rFLUSHALL\r\nGET ok:a\r\n", passes: "GET ok:a\r\n"},
		"HTTP":                                  {sent: "POST / HTTP/1.1\r\nHost: a\r\n\r\nFLUSHALL\r\n"},
		"HTTP in an array":                      {sent: request("POST", "/") + request("Host:", "a")},
		"letters of both cases":                 {sent: request("fLuShAlL") + request("gEt", "no:a") + request("gEt", "ok:a"), passes: request("gEt", "ok:a")},
		"a request in a value":                  {sent: request("SET", "ok:a", flush+"FLUSHALL\r\n"), passes: request("SET", "ok:a", flush+"FLUSHALL\r\n")},
		"fewer keys than the number says":       {sent: request("ZUNION", "3", "ok:a", "ok:b") + request("GET", "ok:a"), passes: request("GET", "ok:a")},
		"a number of keys of 0, and a key":      {sent: request("EVAL", "return 1", "0", "no:a") + request("GET", "ok:a"), passes: request("GET", "ok:a")},
		"a negative number of keys":             {sent: request("EVAL", "return 1", "-1", "no:a") + request("GET", "ok:a"), passes: request("GET", "ok:a")},
		"a number of keys beyond all arguments": {sent: request("EVAL", "return 1", "99999999999", "no:a") + request("GET", "ok:a"), passes: request("GET", "ok:a")},
		"a key with the name of a word":         {sent: request("XREAD", "COUNT", "STREAMS", "STREAMS", "no:a", "0") + request("GET", "ok:a"), passes: request("GET", "ok:a")},
	} {
		t.Run(what, func(t *testing.T) {
			connection := connect(t, policy)
			connection.Do(parsertest.Client(c.sent))
			if passed := strings.ReplaceAll(connection.ToServer(), request("PING"), ""); passed != c.passes {
				t.Errorf("%q passes, want %q", passed, c.passes)
			}
			if closed := connection.Closed(); closed != "" != c.closed {
				t.Errorf("closed because of %q, want %t", closed, c.closed)
			}
		})
	}
}

func TestARequestHasAsManyArgumentsAsServersTake(t *testing.T) {
	c := connect(t, "command=rpush key=a")
	values := strings.Repeat("$1\r\nx\r\n", redis.MaxArguments-2)
	sent := fmt.Sprintf("*%d\r\n$5\r\nRPUSH\r\n$1\r\na\r\n", redis.MaxArguments) + values
	c.Do(parsertest.Client(sent))
	if passed := c.ToServer(); passed != sent || c.Closed() != "" {
		t.Errorf("%d of %d bytes pass, closed: %q", len(passed), len(sent), c.Closed())
	}
	c.Do(parsertest.Server(":1\r\n"), parsertest.Client(fmt.Sprintf("*%d\r\n", redis.MaxArguments+1)))
	if !strings.Contains(c.Closed(), "invalid multibulk length") {
		t.Errorf("one more: closed because of %q", c.Closed())
	}
}

// A request with more keys than can be judged is refused, and the next one is served.
func TestMoreKeysThanCanBeJudgedAreDenied(t *testing.T) {
	c := connect(t, "command=del key_prefix=k\ncommand=get key=k")
	keys := strings.Repeat("$1\r\nk\r\n", redis.MaxArguments-1)
	c.Do(parsertest.Client(fmt.Sprintf("*%d\r\n$3\r\nDEL\r\n", redis.MaxArguments)+keys+request("GET", "k")), parsertest.Server("$-1\r\n"))
	if passed := c.ToServer(); passed != request("GET", "k") {
		t.Errorf("%.100q passes", passed)
	}
	if got := c.ToClient(); got != "-NOPERM request too long to be judged\r\n$-1\r\n" {
		t.Errorf("the client gets %q", got)
	}
}

func TestTheLongestArgumentPassesAsItComes(t *testing.T) {
	c := connect(t, "command=set key=a")
	head := fmt.Sprintf("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$%d\r\n", redis.MaxBulk)
	c.Do(parsertest.Client(head))
	passed := len(c.ToServer())
	piece := strings.Repeat("x", 16<<20)
	for range redis.MaxBulk / len(piece) {
		c.Do(parsertest.Client(piece))
		passed += len(c.ToServer())
	}
	c.Do(parsertest.Client("\r\n"), parsertest.Server("+OK\r\n"))
	if passed += len(c.ToServer()); passed != len(head)+redis.MaxBulk+len("\r\n") || c.ToClient() != "+OK\r\n" {
		t.Errorf("%d bytes pass, closed: %q", passed, c.Closed())
	}
	c.Do(parsertest.Client(fmt.Sprintf("*1\r\n$%d\r\n", redis.MaxBulk+1)))
	if !strings.Contains(c.Closed(), "invalid bulk length") {
		t.Errorf("one more byte: closed because of %q", c.Closed())
	}
}

// A long value passes as it comes. What follows it is looked at all the same: the server gets a part of a request at most.
func TestAnUnknownOptionAfterALongValueClosesTheConnection(t *testing.T) {
	c := connect(t, "command=set key=a")
	value := strings.Repeat("x", 20000)
	for _, options := range [][]string{{"EX", "1"}, {"NX", "STORE", "b"}} {
		sent := request(append([]string{"SET", "a", value}, options...)...)
		c.Do(parsertest.Client(sent[:1000]), parsertest.Client(sent[1000:]))
		whole := c.ToServer() == sent
		c.Do(parsertest.Server("+OK\r\n"))
		if refused := options[0] == "NX"; whole == refused || strings.Contains(c.Closed(), "unknown option") != refused {
			t.Errorf("options %q: passes: %t, closed: %q", options, whole, c.Closed())
		}
	}
}

// Denials that wait behind a reply that does not come are bounded: the client is read no further.
func TestDenialsThatWaitForAReplyAreBounded(t *testing.T) {
	c := connect(t, "command=blpop key=k")
	c.Do(parsertest.Client(request("BLPOP", "k", "0")))
	sent := 0
	for ; !c.Waits() && sent <= proxylib.MaxOwedReplies; sent++ {
		c.Do(parsertest.Client(request("GET", "no")))
	}
	if !c.Waits() || c.Closed() != "" {
		t.Fatalf("after %d denials the client is still read, closed: %q", sent, c.Closed())
	}
	c.Do(parsertest.Server("*-1\r\n"))
	if got := strings.Count(c.ToClient(), "-NOPERM"); got < sent-1 || c.Waits() {
		t.Errorf("%d of %d denials come, waits: %t", got, sent, c.Waits())
	}
}

// A reply of which the end does not come ends with the server's stream, and a length that lies is noticed.
func TestRepliesThatAreCutOrLieEndTheConnection(t *testing.T) {
	for _, reply := range []string{"$5\r\nhelloXX", "*2\r\n$1\r\na\r\n$1\r\nbc\r\n", "$-2\r\n", "*1\r\n?\r\n", "+a\n", "$?\r\n", ":1\r\n:2\r\n"} {
		c := connect(t, "command=get key=a")
		c.Do(parsertest.Client(request("GET", "a")), parsertest.Server(reply))
		if c.Closed() == "" {
			t.Errorf("%q is taken for a reply", reply)
		}
	}
	c := connect(t, "command=get key=a")
	c.Do(parsertest.Client(request("GET", "a")), parsertest.Server("*3\r\n$1\r\na\r\n$9\r\nhel"), parsertest.ServerEnd(), parsertest.Client(request("GET", "b")))
	if got := c.ToClient(); got != "*3\r\n$1\r\na\r\n$9\r\nhel" {
		t.Errorf("the client gets %q", got)
	}
}

func TestALineOfAReplyIsBounded(t *testing.T) {
	c := connect(t, "command=get key=a")
	c.Do(parsertest.Client(request("GET", "a")), parsertest.Server("+"+strings.Repeat("x", redis.MaxReplyLine)))
	if !strings.Contains(c.Closed(), "too long") {
		t.Errorf("closed because of %q", c.Closed())
	}
}
