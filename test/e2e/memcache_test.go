//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
)

const refusal = "CLIENT_ERROR access denied\r\n"

func TestADenialLeavesTheConnectionUsable(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	for _, e := range []struct{ request, reply string }{
		{"set public/a 0 0 1\r\nA\r\n", "STORED\r\n"},
		{"get public/a\r\n", "VALUE public/a 0 1\r\nA\r\nEND\r\n"},
		{"get secret/b\r\n", refusal},
		{"set secret/b 0 0 1\r\nB\r\n", refusal},
		{"flush_all\r\n", refusal},
		{"get public/a\r\n", "VALUE public/a 0 1\r\nA\r\nEND\r\n"},
	} {
		c.send(e.request)
		c.expect(e.reply)
	}
	s.requireEntries(
		"request command=set keys=public/a", "request command=get keys=public/a", "denied command=get keys=secret/b",
		"denied command=set keys=secret/b", "denied command=flush_all", "request command=get keys=public/a",
	)
	if rule := s.entries(1)[0].Rule; rule != "public" {
		t.Errorf("the entry names rule %q", rule)
	}
	s.requireCounters(map[string]uint64{"connections": 1, "passed": 3, "denied": 3, "closed": 0, "parse_errors": 0})

	c.Close()
	_, metadata := s.connectionEnd()
	want := map[string]any{"parser": "memcache", "passed": 3.0, "denied": 3.0, "last": "allowed"}
	if fmt.Sprint(metadata) != fmt.Sprint(want) {
		t.Errorf("metadata %v, want %v", metadata, want)
	}
}

func TestPipelinedRequestsAreAnsweredInTheirOrder(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	var requests, replies strings.Builder
	for i := range 200 {
		fmt.Fprintf(&requests, "set public/%d 0 0 3\r\n%03d\r\nget secret/%d\r\nget public/%d\r\n", i, i, i, i)
		fmt.Fprintf(&replies, "STORED\r\n%sVALUE public/%d 0 3\r\n%03d\r\nEND\r\n", refusal, i, i)
	}
	c.send(requests.String())
	c.expect(replies.String())
	s.requireCounters(map[string]uint64{"passed": 400, "denied": 200})
}

func TestRequestsInPiecesAreJudgedAsAWhole(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	if err := c.SetNoDelay(true); err != nil {
		t.Fatal(err)
	}
	for _, b := range []byte("set public/a 0 0 5\r\nhello\r\nget secret/b\r\nget public/a\r\n") {
		c.send(string(b))
	}
	c.expect("STORED\r\n" + refusal + "VALUE public/a 0 5\r\nhello\r\nEND\r\n")
}

func TestValuesLargerThanAllBuffersPass(t *testing.T) {
	s := memcached(t, "-I", "16m", "-m", "256")
	c := s.dial()
	for _, size := range []int{1 << 20, 9 << 20} {
		value := strings.Repeat("0123456789abcdef", size/16)
		go c.TCPConn.Write(fmt.Appendf(nil, "set public/large 0 0 %d\r\n%s\r\nget public/large\r\n", size, value))
		c.expect("STORED\r\n")
		c.expect(fmt.Sprintf("VALUE public/large 0 %d\r\n%s\r\nEND\r\n", size, value))
	}
	size := 9 << 20
	go c.TCPConn.Write(fmt.Appendf(nil, "set secret/large 0 0 %d\r\n%s\r\nversion\r\n", size, strings.Repeat("x", size)))
	c.expect(refusal + "VERSION ")
}

func TestAClientThatHasSentAllGetsAllReplies(t *testing.T) {
	s := memcached(t)
	c := s.dial()
	c.send("set public/a 0 0 1\r\nA\r\nget secret/b\r\nget public/a\r\nget secret/c\r\nquit\r\n")
	c.expect("STORED\r\n" + refusal + "VALUE public/a 0 1\r\nA\r\nEND\r\n" + refusal)
}

func TestManyConnectionsGetTheirOwnReplies(t *testing.T) {
	s := memcached(t)
	const connections, requests = 32, 100
	var all sync.WaitGroup
	for i := range connections {
		c := s.dial()
		all.Go(func() {
			for n := range requests {
				key := fmt.Sprintf("%d/%d", i, n)
				if _, err := fmt.Fprintf(c.TCPConn, "set public/%s 0 0 %d\r\n%s\r\nget public/%s\r\nget secret/%s\r\n",
					key, len(key), key, key, key); err != nil {
					t.Error(err)
					return
				}
				want := fmt.Sprintf("STORED\r\nVALUE public/%s 0 %d\r\n%s\r\nEND\r\n%s", key, len(key), key, refusal)
				got := make([]byte, len(want))
				if _, err := io.ReadFull(c.Reader, got); err != nil || string(got) != want {
					t.Errorf("connection %d: got %q, %v, want %q", i, got, err, want)
					return
				}
			}
		})
	}
	all.Wait()
	s.requireCounters(map[string]uint64{
		"connections": connections, "passed": 2 * connections * requests, "denied": connections * requests, "closed": 0,
	})
	if got := len(s.entries(3 * connections * requests)); got != 3*connections*requests {
		t.Errorf("the access log has %d entries about requests, want %d", got, 3*connections*requests)
	}
}
