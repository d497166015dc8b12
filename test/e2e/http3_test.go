//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"

	"github.com/proxylib/proxylib/internal/selfsigned"
)

// quicSocket is the transport socket of a listener for HTTP/3.
const quicSocket = `{"name": "envoy.transport_sockets.quic", "typed_config": {
	"@type": "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport",
	"downstream_tls_context": {"common_tls_context": {"tls_certificates": [FILES]}}}}`

// certified returns a transport socket with a new certificate in the place of FILES, and what verifies that.
func certified(t *testing.T, socket string) (string, *x509.CertPool) {
	t.Helper()
	certificate, key := selfsigned.Certificate(t)
	pem, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	files, err := json.Marshal(map[string]any{
		"certificate_chain": map[string]string{"filename": certificate}, "private_key": map[string]string{"filename": key},
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(socket, "FILES", string(files))), " "), pool
}

// webHTTP3 is an Envoy with the HTTP filter that speaks HTTP/3, before an origin, and a client for it.
func webHTTP3(t *testing.T) (*fixture, *origin, *http.Client) {
	t.Helper()
	s, o := newFixture(t), startOrigin(t)
	s.writePolicy(webPolicy)
	c := s.envoyConfig(o.address(), s.httpConfig())
	socket, pool := certified(t, quicSocket)
	c.HTTP, c.HTTP3, c.TransportSocket = true, true, socket
	s.startEnvoyAs(c)
	transport := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(func() { transport.Close() })
	return s, o, &http.Client{Transport: transport, Timeout: patience}
}

func TestRequestsOfHTTP3AreDecided(t *testing.T) {
	s, o, c := webHTTP3(t)
	ask := func(method, path, host string, headers http.Header, body string) (int, string, http.Header) {
		t.Helper()
		r, err := http.NewRequest(method, "https://"+s.proxy.Addr+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host, r.Header = host, headers
		answer, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text), answer.Header
	}
	long := strings.Repeat("b", 100_000)
	for _, test := range []struct {
		method, path, host string
		headers            http.Header
		body               string
		allowed            bool
	}{
		{"GET", "/public", "a", http.Header{}, "", true},
		{"GET", "/public/x?y", "a", http.Header{}, "", true},
		{"POST", "/public", "a", http.Header{}, "", false},
		{"GET", "/private", "a", http.Header{}, "", false},
		{"GET", "/public/secret/x", "a", http.Header{}, "", false},
		{"GET", "/public/../private", "a", http.Header{}, "", false},
		{"PUT", "/token", "a", http.Header{"X-Token": {"abc"}}, long, true},
		{"PUT", "/token", "a", http.Header{"X-Token": {"abc", "abc"}}, long, false},
		{"PUT", "/private", "a", http.Header{}, long, false},
		{"GET", "/host", "shop.example:80", http.Header{}, "", true},
		{"GET", "/host", "SHOP.example", http.Header{}, "", false},
	} {
		before := o.served()
		code, body, _ := ask(test.method, test.path, test.host, test.headers, test.body)
		if (code == 200) != test.allowed || !test.allowed && (code != 403 || body != "Access denied\r\n") || (o.served() > before) != test.allowed {
			t.Errorf("%s %s of %s: %d %q, the origin served %d", test.method, test.path, test.host, code, body, o.served()-before)
		}
		if test.allowed && !strings.HasSuffix(body, fmt.Sprint(" ", len(test.body))) {
			t.Errorf("%s %s: the origin got %q of %d bytes", test.method, test.path, body, len(test.body))
		}
	}
	if code, _, reply := ask("POST", "/private", "a", http.Header{"Content-Type": {"application/grpc"}}, ""); code != 200 || reply.Get("Grpc-Status") != "7" {
		t.Errorf("a call of gRPC that is denied: %d %q", code, reply)
	}
	s.logText(func(text string) bool {
		return strings.Contains(text, `"path":"/public/x?y"`) && strings.Contains(text, `"type":"denied"`)
	})
}

func TestClientsOfHTTP3ThatGoAwayLeaveNothing(t *testing.T) {
	s, _, c := webHTTP3(t)
	for i := range 100 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%5)*time.Millisecond)
		r, err := http.NewRequestWithContext(ctx, "PUT", "https://"+s.proxy.Addr+"/token", strings.NewReader(strings.Repeat("b", 200_000)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Token", "abc")
		if answer, err := c.Do(r); err == nil {
			answer.Body.Close()
		}
		cancel()
	}
	answer, err := c.Get("https://" + s.proxy.Addr + "/public")
	if err != nil || answer.StatusCode != 200 {
		t.Errorf("afterwards: %+v, %v", answer, err)
	}
}
