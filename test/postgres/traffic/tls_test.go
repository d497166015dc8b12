//go:build e2e

package traffic

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/proxylib/proxylib/internal/selfsigned"
	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/postgres/server"
)

// startTLS is a transport socket of Envoy that can begin TLS, with the files of a certificate and its key.
const startTLS = `{"name": "envoy.transport_sockets.starttls", "typed_config": {
	"@type": "type.googleapis.com/envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig", "cleartext_socket_config": {},
	"tls_socket_config": {"common_tls_context": {"tls_certificates": [
		{"certificate_chain": {"filename": %q}, "private_key": {"filename": %q}}]}}}}`

func TestRestrictedClientsThatInsistOnEncryptionAreJudged(t *testing.T) {
	certificate, key := selfsigned.Certificate(t)
	eachServer(t, func(t *testing.T, s *server.Server) {
		address := proxiedAs(t, s, envoy.Config{TransportSocket: fmt.Sprintf(startTLS, certificate, key)},
			map[string]any{"tls": "terminate"}, restricted...)
		for _, mode := range []string{"verify-ca&sslrootcert=" + certificate, "prefer", "disable"} {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			conn, err := pgx.Connect(ctx, "postgres://scram:p@"+address+"/postgres?sslmode="+mode)
			if err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
			var n int
			if err := conn.QueryRow(ctx, "SELECT id FROM public.item WHERE id = $1", 7).Scan(&n); err != nil || n != 7 {
				t.Errorf("%s: %d, %v", mode, n, err)
			}
			var denied *pgconn.PgError
			if err := conn.QueryRow(ctx, "SELECT id FROM public.secret").Scan(&n); !errors.As(err, &denied) || denied.Code != "42501" {
				t.Errorf("%s: the secret table: %d, %v", mode, n, err)
			}
			conn.Close(ctx)
		}
	})
}

// eachEncrypted runs a test with each server that can have TLS.
func eachEncrypted(t *testing.T, test func(t *testing.T, bin string)) {
	for bin := range strings.SplitSeq(*servers, ",") {
		if server.HasTLS(bin) {
			t.Run(filepath.Base(strings.TrimSuffix(strings.TrimSuffix(bin, "/bin"), "/pginstall")), func(t *testing.T) { test(t, bin) })
		}
	}
}

// isEncrypted asks a server whether the connection to it is encrypted.
func isEncrypted(t *testing.T, address, settings string) (is bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, "postgres://scram:p@"+address+"/postgres?"+settings)
	if err != nil {
		t.Fatalf("%s: %v", settings, err)
	}
	defer conn.Close(ctx)
	var denied *pgconn.PgError
	if _, err := conn.Exec(ctx, "SELECT word FROM public.secret"); err != nil && (!errors.As(err, &denied) || denied.Code != "42501") {
		t.Errorf("%s: %v", settings, err)
	}
	if err := conn.QueryRow(ctx, "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()").Scan(&is); err != nil {
		t.Errorf("%s: %v", settings, err)
	}
	if is == (denied != nil) && !strings.Contains(settings, "disable") {
		t.Errorf("%s: encrypted for the parser: %t, denied: %v", settings, is, denied)
	}
	return is
}

func TestOpaqueEncryptionIsThatOfTheServer(t *testing.T) {
	rules := append([]string{`{"rule": {"operation": "tls"}}`}, restricted...)
	opaque := map[string]any{"tls": "opaque"}
	eachEncrypted(t, func(t *testing.T, bin string) {
		address := proxiedAs(t, start(t, bin, server.TLS(t)...), envoy.Config{}, opaque, rules...)
		for _, mode := range []string{"require", "prefer"} {
			if !isEncrypted(t, address, "sslmode="+mode) {
				t.Errorf("%s: the connection is not encrypted", mode)
			}
		}
		if isEncrypted(t, address, "sslmode=disable") {
			t.Error("the connection is encrypted")
		}
		if plain := proxiedAs(t, start(t, bin), envoy.Config{}, opaque, rules...); isEncrypted(t, plain, "sslmode=prefer") {
			t.Error("the connection to a server without TLS is encrypted")
		}
	})
}

func TestClientsInClearAreRefusedWhereRulesAreAboutEncryptedOnes(t *testing.T) {
	certificate, key := selfsigned.Certificate(t)
	eachServer(t, func(t *testing.T, s *server.Server) {
		address := proxiedAs(t, s, envoy.Config{TransportSocket: fmt.Sprintf(startTLS, certificate, key)},
			map[string]any{"tls": "terminate"}, `{"rule": {"tls": "yes"}}`)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var refused *pgconn.PgError
		if _, err := pgx.Connect(ctx, "postgres://scram:p@"+address+"/postgres?sslmode=disable"); !errors.As(err, &refused) || refused.Code != "28000" {
			t.Errorf("in clear: %v", err)
		}
		conn, err := pgx.Connect(ctx, "postgres://scram:p@"+address+"/postgres?sslmode=require")
		if err != nil {
			t.Fatal(err)
		}
		conn.Close(ctx)
	})
}

// directTLS is a transport socket of Envoy that encrypts from the first byte on, as servers accept since version 17.
const directTLS = `{"name": "envoy.transport_sockets.tls", "typed_config": {
	"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", "common_tls_context": {"alpn_protocols": ["postgresql"]}}}`

// SCRAM binds a login to the TLS of the server, which is not that of the client here.
func TestEnvoyDecryptsForTheParserAndEncryptsForTheServer(t *testing.T) {
	certificate, key := selfsigned.Certificate(t)
	eachEncrypted(t, func(t *testing.T, bin string) {
		s := start(t, bin, server.TLS(t)...)
		if version := ask(t, s, "SHOW server_version_num"); version < "170000" {
			return
		}
		address := proxiedAs(t, s, envoy.Config{TransportSocket: fmt.Sprintf(startTLS, certificate, key), UpstreamSocket: directTLS},
			map[string]any{"tls": "terminate"}, restricted...)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, "postgres://scram:p@"+address+"/postgres?sslmode=require&channel_binding=disable")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		var is bool
		if err := conn.QueryRow(ctx, "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()").Scan(&is); err != nil || !is {
			t.Errorf("encrypted: %t, %v", is, err)
		}
		var denied *pgconn.PgError
		if _, err := conn.Exec(ctx, "SELECT word FROM public.secret"); !errors.As(err, &denied) || denied.Code != "42501" {
			t.Errorf("the secret table: %v", err)
		}
	})
}
