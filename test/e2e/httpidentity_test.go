//go:build e2e

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mutualTLS is a transport socket that asks clients for a certificate.
const mutualTLS = `{"name": "envoy.transport_sockets.tls", "typed_config": {
	"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", "require_client_certificate": true,
	"common_tls_context": {"tls_certificates": [FILES], "validation_context": {"trusted_ca": {"filename": "CLIENTS"}}}}}`

// clientCertificate returns a certificate with a URI, signed by itself, and writes it to a file.
func clientCertificate(t *testing.T, file, uri string) tls.Certificate {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	name, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: uri}, URIs: []*url.URL{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := pem.Encode(out, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

// readerPolicy allows identity 7.
const readerPolicy = `resources:
- endpoint_ips: [127.0.0.1]
  ingress_per_port_policies:
  - port: 80
    rules: [{name: readers, remote_policies: [7], http_rules: {http_rules: [{}]}}]
`

func (s *fixture) namedConfig(name string) config {
	filter := s.httpConfig()
	filter["client_name"] = name
	filter["identities"] = []config{{"uri_san": "spiffe://shop/reader", "identity": 7}, {"uri_san": "spiffe://shop/other", "identity": 8}}
	return filter
}

func TestAClientHasTheIdentityOfItsCertificate(t *testing.T) {
	for _, name := range []string{"certificate", "forwarded"} {
		t.Run(name, func(t *testing.T) {
			s, o := newFixture(t), startOrigin(t)
			s.writePolicy(readerPolicy)
			clients := filepath.Join(s.dir, "clients.pem")
			reader, other := clientCertificate(t, clients, "spiffe://shop/reader"), clientCertificate(t, clients, "spiffe://shop/other")
			socket, pool := certified(t, strings.Replace(mutualTLS, "CLIENTS", clients, 1))
			c := s.envoyConfig(o.address(), s.namedConfig(name))
			c.HTTP, c.TransportSocket = true, socket
			c.HTTPOptions = "forward_client_cert_details: SANITIZE_SET\n      set_current_client_cert_details: {uri: true, subject: true}"
			s.startEnvoyAs(c)
			for i, certificate := range []tls.Certificate{reader, other} {
				h := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{certificate}}}}
				t.Cleanup(h.CloseIdleConnections)
				r, err := http.NewRequest("GET", "https://"+s.proxy.Addr+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("X-Forwarded-Client-Cert", "URI=spiffe://shop/reader")
				reply, err := h.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				reply.Body.Close()
				if want := []int{200, 403}[i]; reply.StatusCode != want {
					t.Errorf("%d: got %d, want %d", i, reply.StatusCode, want)
				}
			}
			if log := s.proxy.Log(); strings.Contains(log, "[error]") {
				t.Errorf("Envoy complains:\n%s", log)
			}
			s.logText(func(text string) bool {
				return strings.Contains(text, `"source_id":7`) && strings.Contains(text, `"source_id":8`)
			})
		})
	}
}

// stateFilter stores a header in the filter state, as filters that authenticate do.
const stateFilter = `{"name": "state", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config",
	"on_request_headers": [{"object_key": "client", "factory_key": "envoy.string", "format_string": {"text_format_source": {"inline_string": "%REQ(X-Client)%"}}}]}}`

func TestAClientHasTheIdentityOfItsNameInTheFilterState(t *testing.T) {
	s, o := newFixture(t), startOrigin(t)
	s.writePolicy(readerPolicy)
	c := s.envoyConfig(o.address(), s.namedConfig("filter_state:client"))
	c.HTTP, c.HTTPFilter = true, strings.Join(strings.Fields(stateFilter), " ")
	s.startEnvoyAs(c)
	h := client(t, false)
	for name, want := range map[string]int{"spiffe://shop/reader": 200, "spiffe://shop/other": 403, "spiffe://shop": 403} {
		if code, _, _ := s.ask(h, "GET", "/", "a", "X-Client", name); code != want {
			t.Errorf("%s: got %d, want %d", name, code, want)
		}
	}
	if code, _, _ := s.ask(h, "GET", "/", "a"); code != 403 {
		t.Errorf("without a name: %d", code)
	}
}
