//go:build e2e

package oracle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
)

// r2d2Policy allows one kind of request.
const r2d2Policy = "cmd=READ file=^public/[a-z]*$"

func TestNoForbiddenRequestReachesR2D2(t *testing.T) {
	f, err := newFilter("r2d2", r2d2Policy)
	if err != nil {
		t.Fatal(err)
	}
	hunt(t, "r2d2", f, func() oracle { return startR2D2(t) }, r2d2Stream)
}

// Without a policy the oracle has to notice each of these.
func TestForbiddenEffectsOnR2D2AreSeen(t *testing.T) {
	f, err := newFilter("test.passer", "")
	if err != nil {
		t.Fatal(err)
	}
	server := startR2D2(t)
	for _, stream := range []string{
		"READ secret\r\n", "WRITE public/a\r\n", "HALT\r\n", "RESET\r\n", "READ public/a\rHALT\r\n", "READ public/a\n\thalt\n",
		"READ public/a secret\r\n", "READ public/a\x00RESET", "READ public/a\u2028HALT\r\n",
	} {
		if err := try(f, server, streamOf{1, []byte(stream)}); err == nil {
			t.Errorf("%q has gone unnoticed", stream)
		}
	}
	if err := try(f, server, streamOf{1, []byte("READ public/a\r\nREAD public/b\r\n")}); err != nil {
		t.Errorf("requests that are allowed: %v", err)
	}
}

// r2d2 is a server that carries out whatever can be taken for a request by any reading.
type r2d2 struct {
	listener net.Listener
	mu       sync.Mutex
	done     []string
}

func startR2D2(t *testing.T) *r2d2 {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &r2d2{listener: listener}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *r2d2) addr() string   { return s.listener.Addr().String() }
func (s *r2d2) secret() []byte { return []byte(secretValue) }

func (s *r2d2) reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = nil
	return nil
}

func (s *r2d2) effects() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.done) > 0 {
		return fmt.Errorf("the server was asked for %q", s.done)
	}
	return nil
}

// serve answers each line, and gives away the secret to those who ask for more than public files.
func (s *r2d2) serve(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	for lines := bufio.NewReader(conn); ; {
		line, err := lines.ReadBytes('\n')
		reply := "OK a file\r\n"
		if done := forbiddenIn(line); len(done) > 0 {
			reply = "OK " + secretValue + "\r\n"
			s.mu.Lock()
			s.done = append(s.done, done...)
			s.mu.Unlock()
		}
		if len(bytes.TrimSpace(line)) > 0 {
			io.WriteString(conn, reply)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// forbiddenIn returns the requests in a text that policy denies, by the readings of the most careless server: any control
// character or line separator ends a request, any space separates words, and case does not count.
func forbiddenIn(text []byte) []string {
	var found []string
	requests := strings.FieldsFunc(string(text), func(r rune) bool {
		return r != '\t' && unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
	for _, request := range requests {
		words := strings.Fields(request)
		if len(words) == 0 {
			continue
		}
		public := len(words) == 2 && strings.HasPrefix(words[1], "public/")
		switch strings.ToUpper(words[0]) {
		case "WRITE", "HALT", "RESET":
			found = append(found, request)
		case "READ":
			if !public {
				found = append(found, request)
			}
		}
	}
	return found
}

// r2d2Stream makes what a client sends: requests that are right, almost right and wrong, and then perhaps damaged.
func r2d2Stream(r *rand.Rand) []byte {
	var stream []byte
	for range 1 + r.IntN(6) {
		stream = append(stream, r2d2Request(r)...)
	}
	for range pick(r, 0, 0, 0, 1, 1, 2, 5) {
		stream = damage(r, stream)
	}
	return stream
}

func r2d2Request(r *rand.Rand) []byte {
	words := []string{pick(r, "READ", "READ", "READ", "READ", "WRITE", "HALT", "RESET", "read", "Halt", "", "READ\x00")}
	for range pick(r, 0, 1, 1, 1, 1, 1, 2) {
		words = append(words, pick(r, "public/a", "public/a", "public/b", "public/", "secret", "public", "/public/a", "",
			"public/../secret", "public/a\rHALT", "public/a\nHALT", "public/a\x00HALT", "public/a\u2028HALT", "PUBLIC/a",
			"public/"+strings.Repeat("a", pick(r, 4080, 4090, 4096, 5000))))
	}
	var b []byte
	for i, word := range words {
		if i > 0 {
			b = append(b, space(r)...)
		}
		b = append(b, word...)
	}
	return append(b, lineEnd(r)...)
}
