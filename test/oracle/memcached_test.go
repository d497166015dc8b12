//go:build e2e

package oracle

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

var memcachedBinary = flag.String("memcached", "memcached", "program of the memcached server")

// memcachePolicy allows everything with a key, for keys that begin with ok/.
const memcachePolicy = `
	command=get keyPrefix=ok/
	command=gat keyPrefix=ok/
	command=writeGroup keyPrefix=ok/
	command=version
`

// forbidden are keys that the policy hides, in different places for different mistakes.
var forbidden = []string{"no/a", "no/b", "n", "noreply", "o", "ok", "x"}

const secretValue = "tell-nobody"

func startMemcached(t *testing.T) *memcached {
	t.Helper()
	server, err := envoy.StartMemcachedAt(t.TempDir(), *memcachedBinary, "-A", "-m", "64", "-I", "2m")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	return &memcached{address: server.Addr}
}

func TestNoForbiddenRequestReachesMemcached(t *testing.T) {
	f, err := newFilter("memcache", memcachePolicy)
	if err != nil {
		t.Fatal(err)
	}
	hunt(t, "memcached", f, func() oracle { return startMemcached(t) }, memcachedStream)
}

// Without a policy the oracle has to notice each of these.
func TestForbiddenEffectsOnMemcachedAreSeen(t *testing.T) {
	f, err := newFilter("memcache", "")
	if err != nil {
		t.Fatal(err)
	}
	m := startMemcached(t)
	for _, request := range []string{
		"get no/a\r\n", "set no/a 5 0 11\r\ntell-nobody\r\n", "set new 0 0 1\r\nX\r\n", "delete n\r\n", "touch x 100\r\n",
		"append o 0 0 1\r\nX\r\n", "flush_all\r\n", "verbosity 1\r\n", "cache_memlimit 70\r\n", "lru mode flat\r\n",
		"shutdown\r\n",
	} {
		if err := try(f, m, streamOf{1, []byte(request)}); err == nil {
			t.Errorf("%q has gone unnoticed", request)
		}
	}
	if err := try(f, startMemcached(t), streamOf{1, []byte("set ok/a 0 0 1\r\nX\r\nget ok/a\r\n")}); err != nil {
		t.Errorf("requests that are allowed: %v", err)
	}
}

// memcached is a server with forbidden items, and settings that forbidden commands would change.
type memcached struct {
	address string
	// items and settings are those after reset.
	items    map[string]string
	settings string
	flushes  string
}

func (m *memcached) addr() string   { return m.address }
func (m *memcached) secret() []byte { return []byte(secretValue) }

func (m *memcached) reset() error {
	c, err := m.dial()
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := c.ask("flush_all", "OK"); err != nil {
		return err
	}
	for _, key := range forbidden {
		if _, err := c.ask(fmt.Sprintf("set %s 5 0 %d\r\n%s", key, len(secretValue), secretValue), "STORED"); err != nil {
			return err
		}
	}
	m.items = map[string]string{}
	for _, key := range forbidden {
		if m.items[key], err = c.item(key); err != nil {
			return err
		}
	}
	m.settings, m.flushes, err = c.state()
	return err
}

// effects looks for changed, new and read items, and for changed settings.
func (m *memcached) effects() error {
	c, err := m.dial()
	if err != nil {
		return fmt.Errorf("the server is gone: %w", err)
	}
	defer c.close()
	for _, key := range forbidden {
		now, err := c.item(key)
		if err != nil {
			return err
		}
		if now != m.items[key] {
			return fmt.Errorf("item %s was %q and is %q", key, m.items[key], now)
		}
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	for _, key := range keys {
		if _, known := m.items[key]; !known && !strings.HasPrefix(key, "ok/") {
			return fmt.Errorf("there is a new item %s", key)
		}
	}
	settings, flushes, err := c.state()
	switch {
	case err != nil:
		return err
	case settings != m.settings:
		return fmt.Errorf("settings were\n%s\nand are\n%s", m.settings, settings)
	case flushes != m.flushes:
		return fmt.Errorf("statistics were %s and are %s", m.flushes, flushes)
	}
	return nil
}

// control is a connection to the server itself.
type control struct {
	conn net.Conn
	*bufio.Reader
}

func (m *memcached) dial() (*control, error) {
	conn, err := net.DialTimeout("tcp", m.address, patience)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	return &control{conn, bufio.NewReader(conn)}, nil
}

func (c *control) close() { c.conn.Close() }

// ask sends a command and returns all lines up to the one that begins with last.
func (c *control) ask(command string, last ...string) (string, error) {
	if _, err := fmt.Fprintf(c.conn, "%s\r\n", command); err != nil {
		return "", err
	}
	var reply strings.Builder
	for {
		line, err := c.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("%q: %w", command, err)
		}
		reply.WriteString(line)
		if slices.ContainsFunc(last, func(begin string) bool { return strings.HasPrefix(line, begin) }) {
			return reply.String(), nil
		}
		if strings.Contains(line, "ERROR") {
			return "", errors.New(line)
		}
	}
}

// item describes an item without reading it; when it was used last would change with the clock.
func (c *control) item(key string) (string, error) {
	reply, err := c.ask("me "+key, "ME", "EN")
	if err != nil {
		return "", err
	}
	var words []string
	for _, word := range strings.Fields(reply) {
		if !strings.HasPrefix(word, "la=") {
			words = append(words, word)
		}
	}
	return strings.Join(words, " "), nil
}

// keys lists all items. The server does one such thing at a time.
func (c *control) keys() ([]string, error) {
	reply := "BUSY"
	for deadline := time.Now().Add(patience); strings.HasPrefix(reply, "BUSY"); time.Sleep(time.Millisecond) {
		var err error
		if reply, err = c.ask("lru_crawler metadump all", "END", "BUSY"); err != nil {
			return nil, err
		}
		if time.Now().After(deadline) {
			return nil, errors.New("the server is busy")
		}
	}
	var keys []string
	for word := range strings.FieldsSeq(reply) {
		if escaped, found := strings.CutPrefix(word, "key="); found {
			key, err := url.PathUnescape(escaped)
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// state returns the settings, and of the statistics those that only forbidden commands change.
func (c *control) state() (settings, flushes string, err error) {
	if settings, err = c.ask("stats settings", "END"); err != nil {
		return "", "", err
	}
	statistics, err := c.ask("stats", "END")
	if err != nil {
		return "", "", err
	}
	for line := range strings.Lines(statistics) {
		for _, name := range []string{"STAT cmd_flush ", "STAT log_watchers_active ", "STAT pid "} {
			if strings.HasPrefix(line, name) {
				flushes += strings.TrimSpace(line) + "; "
			}
		}
	}
	return settings, flushes, nil
}
