//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestARequestWaitsUntilTheServerIsKnown(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	c.send("ms public/a 1\r\nA\r\nms secret/a 1\r\nA\r\nget public/a\r\n")
	c.expect("HD\r\n" + refusal + "VALUE public/a 0 1\r\nA\r\nEND\r\n")
	s.requireEntries("request command=ms keys=public/a", "denied command=ms keys=secret/a",
		"request command=get keys=public/a")
}

// A client may end its half of the connection before the request that waits is passed.
func TestARequestWaitsAlthoughTheClientHasSentAll(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	c.send("ms public/a 1\r\nA\r\nget public/a\n")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.expect("HD\r\nVALUE public/a 0 1\r\nA\r\nEND\r\n")
	if rest, err := io.ReadAll(c.Reader); err != nil || len(rest) > 0 {
		t.Errorf("then %q, %v, want the end", rest, err)
	}
}

func TestAPayloadIsNoLoginToAServerThatWantsOne(t *testing.T) {
	auth := filepath.Join(t.TempDir(), "auth")
	if err := os.WriteFile(auth, []byte("foo:bar\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := memcached(t, "-Y", auth)
	hidden := "set a 0 0 7\r\nfoo bar\r\nset secret/x 0 0 1\r\n1\r\n"
	c := s.dial()
	c.send(fmt.Sprintf("ms public/x %d\r\n%s\r\nget public/z\r\n", len(hidden), hidden))
	c.expect("CLIENT_ERROR unauthenticated\r\nCLIENT_ERROR unauthenticated\r\n")
	c.send("set public/login 0 0 7\r\nfoo bar\r\nms public/x 1\r\nA\r\nget public/x\r\n")
	c.expect("STORED\r\nHD\r\nVALUE public/x 0 1\r\nA\r\nEND\r\n")
}

func TestARequestOfHTTPEndsTheConnection(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	c.send("POST /x HTTP/1.1\r\nHost: h\r\n\r\nset public/x 0 0 1\r\n1\r\n")
	if rest, err := io.ReadAll(c.Reader); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v, want the end", rest, err)
	}
	c = s.dial()
	c.send("get public/x\r\n")
	c.expect("END\r\n")
}

func TestALineWithTenThousandKeysPasses(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	c.send("set public/7 0 0 1\r\nA\r\n")
	c.expect("STORED\r\n")
	var line strings.Builder
	line.WriteString("get")
	for i := range 10_000 {
		fmt.Fprintf(&line, " public/%d", i)
	}
	c.send(line.String() + "\r\n")
	c.expect("VALUE public/7 0 1\r\nA\r\nEND\r\n")
}

func TestManyRequestsUnderWayAreHeldBack(t *testing.T) {
	const many = 20_000
	value := strings.Repeat("x", 32)
	for name, form := range map[string]struct{ request, reply string }{
		"of one kind": {"set public/%d 0 0 32\r\n" + value + "\r\n", "STORED\r\n"},
		"of two kinds": {"set public/%[1]d 0 0 32\r\n" + value + "\r\nget public/%[1]d\r\n",
			"STORED\r\nVALUE public/%d 0 32\r\n" + value + "\r\nEND\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := memcached(t)
			c := s.dial()
			var requests, replies strings.Builder
			for i := range many {
				fmt.Fprintf(&requests, form.request, i)
				reply := form.reply
				if strings.Contains(reply, "%d") {
					reply = fmt.Sprintf(reply, i)
				}
				replies.WriteString(reply)
			}
			go c.Write([]byte(requests.String()))
			c.expect(replies.String())
		})
	}
}

func TestWhatIsOwedIsDeliveredBeforeTheConnectionEnds(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	c.send("set public/a 0 0 1\r\nx\r\nset public/a \x01\x02 y z\r\n")
	c.expect("STORED\r\nCLIENT_ERROR bad command line format\r\n")
	if rest, err := io.ReadAll(c.Reader); err != nil || len(rest) > 0 {
		t.Errorf("then %q, %v, want the end", rest, err)
	}
}

// Some clients begin with version and end quiet requests with mn, which a policy need not name.
func TestClientsMayAskForTheVersionAndEndQuietRequests(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	c.send("version\r\n")
	if line, err := c.ReadString('\n'); err != nil || !strings.HasPrefix(line, "VERSION ") {
		t.Fatalf("%q, %v", line, err)
	}
	c.send("ms public/a 1 q\r\nx\r\nmg public/a v q\r\nmg public/none v q\r\nmn\r\n")
	c.expect("VA 1\r\nx\r\nMN\r\n")
}
