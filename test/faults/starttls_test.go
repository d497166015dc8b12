//go:build e2e

package faults

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/selfsigned"
	"github.com/proxylib/proxylib/test/envoy"
)

// startTLSSince is the first Envoy whose modules can begin TLS.
const startTLSSince = "1.40."

// startEnvoyWithStartTLS runs an Envoy with the line parser, whose listener can begin TLS, in front of a mirror.
func startEnvoyWithStartTLS(t *testing.T, socket string) (*Setup, *x509.CertPool) {
	t.Helper()
	s := newSetup(t, R2D2)
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
	settings := s.Settings()
	settings["parser"] = "test.lineparser"
	s.StartAs(envoy.Config{
		Version: *version, Upstream: serveMirror(t), Library: faultyLibrary(t),
		TransportSocket: strings.ReplaceAll(socket, "FILES", string(files)),
	}, settings)
	return s, pool
}

const startTLSSocket = `{"name": "envoy.transport_sockets.starttls", "typed_config": {
	"@type": "type.googleapis.com/envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig", "cleartext_socket_config": {},
	"tls_socket_config": {"common_tls_context": {"tls_certificates": [FILES]}}}}`

func TestTLSBeginsInTheMiddleOfAConnection(t *testing.T) {
	s, pool := startEnvoyWithStartTLS(t, startTLSSocket)
	for range 20 {
		conn := s.dial()
		send(t, conn, "PASS before\n")
		expect(t, conn, "PASS before\n")
		send(t, conn, "STARTTLS\n")
		if !strings.HasPrefix(*version, startTLSSince) {
			expect(t, conn, "PLAIN\n")
			send(t, conn, "PASS after\n")
			expect(t, conn, "PASS after\n")
			continue
		}
		expect(t, conn, "TLS\n")
		secure := tls.Client(conn, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})
		send(t, secure, "DROP x\nPASS after\n")
		expect(t, secure, "PASS after\n")
		secure.Close()
	}
}

func TestWhatCameBeforeTheHandshakeIsRefused(t *testing.T) {
	s, _ := startEnvoyWithStartTLS(t, startTLSSocket)
	if !strings.HasPrefix(*version, startTLSSince) {
		return
	}
	conn := s.dial()
	send(t, conn, "STARTTLS\nPASS injected\n")
	if rest := readAll(conn); strings.Contains(rest, "injected") {
		t.Errorf("the client got %q", rest)
	}
}

func TestAListenerThatCannotBeginTLSClosesTheConnection(t *testing.T) {
	s, _ := startEnvoyWithStartTLS(t, "")
	if !strings.HasPrefix(*version, startTLSSince) {
		return
	}
	conn := s.dial()
	send(t, conn, "STARTTLS\n")
	if rest := readAll(conn); rest != "TLS\n" {
		t.Errorf("the client got %q", rest)
	}
	s.Stop()
	log, err := s.Proxy.ConnectionLog()
	if err != nil || !strings.Contains(log, "no transport socket starttls") {
		t.Errorf("the log says %q, %v", log, err)
	}
}

// readAll returns what comes until the connection is closed.
func readAll(conn net.Conn) string {
	var text strings.Builder
	io.Copy(&text, conn)
	return text.String()
}
