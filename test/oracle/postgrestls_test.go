//go:build e2e

package oracle

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/test/postgres/server"
)

// Whole sessions whose client encrypts, up to the host, which encrypts to the server: with tls: terminate the parser judges what
// is between, and rules see that the client does.
func TestNoForbiddenRequestReachesPostgreSQLOverTLS(t *testing.T) {
	for bin := range strings.SplitSeq(*postgresServers, ",") {
		if server.HasTLS(bin) {
			t.Run(programs(bin), func(t *testing.T) {
				f := tlsFilter(t, strings.ReplaceAll(postgresPolicy, "schema=ok", "schema=ok tls=yes"))
				huntOne(t, "postgres", f, startPostgres(t, bin, server.TLS(t)...), postgresStream, 2)
			})
		}
	}
}

// Over TLS as well, the oracle has to notice what is forbidden, and what is allowed passes.
func TestForbiddenEffectsOnPostgreSQLAreSeenOverTLS(t *testing.T) {
	bin, _, _ := strings.Cut(*postgresServers, ",")
	p := startPostgres(t, bin, server.TLS(t)...)
	forbidden, allowed := streamOf{1, postgresMessage('Q', "SELECT * FROM no.secret\x00")}, streamOf{1, postgresMessage('Q', "SELECT * FROM ok.a\x00")}
	if err := try(tlsFilter(t, ""), p, forbidden); err == nil {
		t.Error("a forbidden request has gone unnoticed")
	}
	if err := try(tlsFilter(t, postgresPolicy), p, allowed); err != nil {
		t.Errorf("a request that is allowed: %v", err)
	}
}

// tlsFilter is a filter whose connections are encrypted on both sides.
func tlsFilter(t *testing.T, policy string) *filter {
	t.Helper()
	f := postgresFilter(t, policy, "postgres")
	f.upstream, f.wish, f.wished = encrypted, string(postgresWish(requestSSL)), "S"
	var err error
	if f.newParser, err = proxylib.Registered("postgres").Configured([]byte(`{"tls": "terminate"}`)); err != nil {
		t.Fatal(err)
	}
	return f
}

// postgresWish asks for encryption.
func postgresWish(code uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, code)
}

// encrypted asks a server for encryption, and begins it.
func encrypted(conn net.Conn) (upstream, error) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(postgresWish(requestSSL)); err != nil {
		return nil, err
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return nil, err
	}
	if answer[0] != 'S' {
		return nil, errors.New("the server does not encrypt")
	}
	// Its certificate is of nobody that anything knows.
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if err := c.Handshake(); err != nil {
		return nil, err
	}
	return c, conn.SetDeadline(time.Time{})
}
