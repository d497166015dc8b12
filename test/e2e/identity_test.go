//go:build e2e

package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// memcacheReaders allows identity 7 to get.
const memcacheReaders = `resources:
- endpoint_ips: [127.0.0.1]
  ingress_per_port_policies:
  - port: 11211
    rules: [{name: readers, remote_policies: [7], l7_proto: memcache, l7_rules: {l7_allow_rules: [{rule: {command: get}}]}}]
`

// namedMemcache gives clients of memcached identities by their names.
func (s *fixture) namedMemcache(name string) config {
	filter := s.memcacheConfig()
	filter["client_name"] = name
	filter["identities"] = []config{
		{"uri_san": "spiffe://shop/reader", "identity": 7}, {"uri_san": "spiffe://shop/other", "identity": 8}, {"cidr": "127.0.0.0/8", "identity": 9},
	}
	return filter
}

// getOn returns the reply to a get on a connection.
func getOn(t *testing.T, c net.Conn) string {
	t.Helper()
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, "get a\r\n"); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, 64)
	n, err := c.Read(reply)
	if err != nil {
		t.Fatal(err)
	}
	return string(reply[:n])
}

func TestAClientOfAConnectionHasTheIdentityOfItsCertificate(t *testing.T) {
	s := newFixture(t)
	s.writePolicy(memcacheReaders)
	clients := filepath.Join(s.dir, "clients.pem")
	var certificates []tls.Certificate
	for _, name := range []string{"spiffe://shop/reader", "spiffe://shop/other", "spiffe://shop/unlisted"} {
		certificates = append(certificates, clientCertificate(t, clients, name))
	}
	socket, pool := certified(t, strings.Replace(mutualTLS, "CLIENTS", clients, 1))
	c := s.envoyConfig(s.startMemcached(), s.namedMemcache("certificate"))
	c.TransportSocket = socket
	s.startEnvoyAs(c)
	for i, certificate := range certificates {
		conn, err := tls.Dial("tcp", s.proxy.Addr, &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{certificate}})
		if err != nil {
			t.Fatal(err)
		}
		if got, allowed := getOn(t, conn), i == 0; (got == "END\r\n") != allowed {
			t.Errorf("%d: got %q", i, got)
		}
	}
	s.logText(func(text string) bool {
		return strings.Contains(text, `"source_id":7`) && strings.Contains(text, `"source_id":8`) && strings.Contains(text, `"source_id":9`)
	})
}

// stateOfConnection stores a text in the filter state of a connection, as filters that authenticate do.
const stateOfConnection = `{"name": "state", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.network.set_filter_state.v3.Config",
	"on_new_connection": [{"object_key": "client", "factory_key": "envoy.string", "format_string": {"text_format_source": {"inline_string": %q}}}]}}`

func TestAClientOfAConnectionHasTheIdentityOfItsNameInTheFilterState(t *testing.T) {
	for name, allowed := range map[string]bool{"spiffe://shop/reader": true, "spiffe://shop/other": false, "spiffe://shop": false} {
		s := newFixture(t)
		s.writePolicy(memcacheReaders)
		c := s.envoyConfig(s.startMemcached(), s.namedMemcache("filter_state:client"))
		c.FirstFilter = fmt.Sprintf(strings.Join(strings.Fields(stateOfConnection), " "), name)
		s.startEnvoyAs(c)
		conn, err := net.Dial("tcp", s.proxy.Addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := getOn(t, conn); (got == "END\r\n") != allowed {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
