//go:build e2e

package postgres

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
)

// recorder is a proxy that remembers each text that clients send to a server, once.
type recorder struct {
	net.Listener
	server string

	mu    sync.Mutex
	seen  map[string]bool
	texts []string
	wrong error
}

// startRecorder starts a recorder for the test, in front of the server at an address.
func startRecorder(t *testing.T, server string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &recorder{Listener: l, server: server, seen: map[string]bool{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(c)
		}
	}()
	return r
}

// recorded returns the texts in the order in which they came first, and what went wrong.
func (r *recorder) recorded() ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.texts), r.wrong
}

func (r *recorder) serve(c net.Conn) {
	defer c.Close()
	s, err := net.Dial("tcp", r.server)
	if err != nil {
		r.fail(err)
		return
	}
	defer s.Close()
	go func() {
		_, _ = io.Copy(c, s)
		c.Close()
	}()
	if err := r.forward(s, bufio.NewReader(c)); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		r.fail(err)
	}
}

// The messages of a client that matter (PostgreSQL 18, 54.7).
const (
	messageQuery, messageParse = 'Q', 'P'
	protocolMajor              = 3
	requestCancel              = 1234<<16 | 5678
	maxMessage                 = 1 << 24
)

// forward passes what a client sends, and remembers the texts in it.
func (r *recorder) forward(to io.Writer, from *bufio.Reader) error {
	for version := uint32(0); version>>16 != protocolMajor; {
		body, err := message(to, from, nil)
		if err != nil {
			return err
		}
		if version = binary.BigEndian.Uint32(body); version == requestCancel {
			return nil
		}
	}
	for {
		kind, err := from.ReadByte()
		if err != nil {
			return err
		}
		body, err := message(to, from, []byte{kind})
		if err != nil {
			return err
		}
		if kind == messageParse {
			_, body, _ = bytes.Cut(body, []byte{0})
		}
		if kind == messageQuery || kind == messageParse {
			text, _, _ := bytes.Cut(body, []byte{0})
			r.remember(string(text))
		}
	}
}

// message passes a message, of which the type has been read, and returns its body.
func message(to io.Writer, from *bufio.Reader, head []byte) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(size[:])) - len(size)
	if n < 0 || n > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(from, body); err != nil {
		return nil, err
	}
	_, err := to.Write(slices.Concat(head, size[:], body))
	return body, err
}

func (r *recorder) remember(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.seen[text] {
		r.seen[text] = true
		r.texts = append(r.texts, text)
	}
}

func (r *recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = errors.Join(r.wrong, err)
}
