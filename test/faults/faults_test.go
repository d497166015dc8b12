//go:build e2e

package faults

import (
	"bufio"
	"flag"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	version = flag.String("envoy", "1.40.0", "release of Envoy to test in")
	library = flag.String("library", "", "folder of the shared library, if it is not the one that make all builds")
)

// clients is the number of concurrent clients, rounds how many they must complete together while a fault is active.
const (
	clients = 8
	rounds  = 500
)

// newSetup is a setup with the library of the flag.
func newSetup(t *testing.T, protocol *Protocol) *Setup {
	t.Helper()
	s := NewSetup(t, protocol)
	s.Library = *library
	return s
}

// beforeMemcached is a setup with Envoy before a memcached. change changes the settings.
func beforeMemcached(t *testing.T, change func(s *Setup, settings Settings)) (*Setup, *cache) {
	t.Helper()
	s := newSetup(t, Memcache)
	settings := s.Settings()
	if change != nil {
		change(s, settings)
	}
	memcached := s.StartMemcached()
	s.Start(*version, memcached.Addr, settings)
	return s, &cache{s, memcached.Addr}
}

// beforeEcho is a setup with Envoy before an r2d2 server.
func beforeEcho(t *testing.T) (*Setup, *Echo) {
	t.Helper()
	s, echo := newSetup(t, R2D2), StartEcho(t, "127.0.0.1:0")
	s.Start(*version, echo.Addr, s.Settings())
	return s, echo
}

// under makes a change to the settings.
func under(key string, value func(s *Setup) any) func(s *Setup, settings Settings) {
	return func(s *Setup, settings Settings) { settings[key] = value(s) }
}

func (s *Setup) path(name string) string { return filepath.Join(s.Dir, name) }

// cache is a memcached that can be asked what it has done.
type cache struct {
	setup *Setup
	addr  string
}

// requireSets requires that memcached has carried out one set for each complete round, and nothing below secret/.
func (c *cache) requireSets() {
	c.setup.TB.Helper()
	conn, err := net.DialTimeout("tcp", c.addr, Patience)
	if err != nil {
		c.setup.TB.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(Patience))
	if _, err := conn.Write([]byte("stats\r\n")); err != nil {
		c.setup.TB.Fatal(err)
	}
	sets := ""
	for lines := bufio.NewScanner(conn); lines.Scan() && lines.Text() != "END"; {
		if value, found := strings.CutPrefix(lines.Text(), "STAT cmd_set "); found {
			sets = value
		}
	}
	if want := c.setup.Complete(); sets != strconv.Itoa(want) {
		c.setup.TB.Errorf("memcached has carried out %s sets, %d are allowed", sets, want)
	}
}
