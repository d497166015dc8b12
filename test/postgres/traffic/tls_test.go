//go:build e2e

package traffic

import (
	"context"
	"errors"
	"fmt"
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
