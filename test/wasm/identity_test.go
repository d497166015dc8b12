//go:build e2e

package wasm

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/selfsigned"
	"github.com/proxylib/proxylib/test/envoy"
)

// named returns a certificate with a URI, signed by itself, and its file.
func named(t *testing.T, uri string) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	name, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), URIs: []*url.URL{name},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "client.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

// A certificate of the connection precedes what a filter has noted of another one, and both precede the address.
func TestClientsAreKnownByTheirCertificates(t *testing.T) {
	client, authority := named(t, "spiffe://cluster/ns/web")
	certificate, key := selfsigned.Certificate(t)
	plugin := inline("memcache", "all")
	plugin["identities"] = []config{
		{"cidr": "127.0.0.0/8", "identity": 5}, {"uri_san": "spiffe://cluster/ns/web", "identity": 7}, {"uri_san": "spiffe://cluster/ns/far", "identity": 8},
	}
	f := startWith(t, envoy.Config{
		Upstream: memcached(t),
		TransportSocket: fmt.Sprintf(`{"name": "envoy.transport_sockets.tls", "typed_config": {
			"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", "common_tls_context": {
			"tls_certificates": [{"certificate_chain": {"filename": %q}, "private_key": {"filename": %q}}],
			"validation_context": {"trusted_ca": {"filename": %q}}}}}`, certificate, key, authority),
		FirstFilter: `{"name": "envoy.filters.network.set_filter_state", "typed_config": {
			"@type": "type.googleapis.com/envoy.extensions.filters.network.set_filter_state.v3.Config", "on_new_connection": [
			{"object_key": "io.istio.peer_principal", "factory_key": "envoy.string",
			 "format_string": {"text_format_source": {"inline_string": "spiffe://cluster/ns/far"}}}]}}`,
	}, plugin)
	ask := func(key string, certificates ...tls.Certificate) {
		t.Helper()
		conn, err := tls.Dial("tcp", f.proxy.Addr, &tls.Config{InsecureSkipVerify: true, Certificates: certificates})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		if _, err := io.WriteString(conn, "get "+key+"\r\n"); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "END\r\n" {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	ask("with-certificate", client)
	ask("without-one")
	f.entries(4)
	for key, want := range map[string]string{"with-certificate": `"source_id":7,`, "without-one": `"source_id":8,`} {
		requests := 0
		for line := range strings.Lines(f.proxy.Log()) {
			if !strings.Contains(line, `"keys":"`+key+`"`) {
				continue
			}
			if requests++; !strings.Contains(line, want) {
				t.Errorf("want %s in %s", want, line)
			}
		}
		if requests == 0 {
			t.Errorf("no entry has the key %s", key)
		}
	}
}
