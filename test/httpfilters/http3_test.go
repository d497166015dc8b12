//go:build e2e

package httpfilters

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/quic-go/quic-go/http3"

	"github.com/proxylib/proxylib/internal/selfsigned"
)

// quicChain is what a filter chain for HTTP/3 has beside its filters.
const quicChain = `    udp_listener_config: {quic_options: {}, downstream_socket_config: {}}
    filter_chains:
    - transport_socket:
        name: envoy.transport_sockets.quic
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport
          downstream_tls_context: {common_tls_context: {tls_certificates: [{certificate_chain: {filename: "CERTIFICATE"}, private_key: {filename: "KEY"}}]}}
      filters:
`

// startHTTP3 runs Envoy with the filter test.trial, which speaks HTTP/3, and returns a client for it.
func startHTTP3(t *testing.T, o *server) (*proxy, *http.Client) {
	t.Helper()
	certificate, key := selfsigned.Certificate(t)
	pem, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	chain := strings.NewReplacer("CERTIFICATE", certificate, "KEY", key).Replace(quicChain)
	config := trial(t, nil, "          codec_type: HTTP3\n")
	config = strings.Replace(config, "    filter_chains:\n    - filters:\n", chain, 1)
	config = strings.Replace(config, "{address: 127.0.0.1, port_value: 10000}", "{protocol: UDP, address: 127.0.0.1, port_value: 10000}", 1)
	p := start(t, t.TempDir(), config, map[string]string{"8001": o.port()})
	p.url = strings.Replace(p.url, "http:", "https:", 1)
	transport := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(func() { transport.Close() })
	return p, &http.Client{Transport: transport, Timeout: patience}
}

func TestRequestsOfHTTP3WaitAndClientsGoAwayMeanwhile(t *testing.T) {
	o := serve(t, nil)
	p, c := startHTTP3(t, o)
	body := strings.Repeat("b", 100_000)
	if *version == "1.37.0" {
		// What comes after the head, while a request of HTTP/3 waits, needs Envoy 1.38; see docs/http-filters.md.
		body = ""
	}
	for do, want := range map[string]int{
		"": 200, "deny": 418, "wait 1ms": 200, "wait-deny": 403, "pin": 200, "response-wait 1ms": 200, "response-deny": 418, "response-pin": 200, "abandon": 500,
	} {
		before := o.served()
		got := p.mustAsk(c, "POST", "/x", strings.NewReader(body), "X-Do", do)
		if got.code != want || (o.served() > before) != (want == 200 || strings.HasPrefix(do, "response-")) {
			t.Errorf("%q: got %d %q, want %d; the server was asked %d times", do, got.code, got.body, want, o.served()-before)
		}
	}
	if got := p.mustAsk(c, "POST", "/x", nil, "X-Do", "wait-deny", "Content-Type", "application/grpc"); got.header.Get("Grpc-Status") != "7" {
		t.Errorf("a call of gRPC that is denied: %+v", got)
	}
	p.resetStreams(func() *http.Client { return c }, 60, 20_000, "wait 10s", "wait 1ms", "response-wait 10s", "pin")
	p.leavesNothingFor(c)
}
