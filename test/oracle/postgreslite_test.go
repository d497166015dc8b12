//go:build e2e

package oracle

import (
	"flag"
	"net"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/postgres/server"
)

var pglite = flag.String("pglite", "", "folder of the packages of PGlite: PostgreSQL in WebAssembly, whose clients share one session")

// litePolicy does not allow COPY: a client that begins one and sends no data in the same moment ends the server.
var litePolicy = strings.ReplaceAll(postgresPolicy, "operation=copy schema=ok", "")

// liteFilter is one whose clients connect after the session has been made to go on: where a client has gone within a batch
// that has failed, the session ignores what others send until a Sync comes, and its transaction stays open.
func liteFilter(t *testing.T, policy, pooled string) *filter {
	t.Helper()
	// Clients share connections to the server, as with a pooler.
	m := postgresMode{pool: "transaction", pooled: pooled}
	f := m.filter(t)
	f.instance = postgresFilter(t, policy, "postgres").instance
	f.upstream = func(conn net.Conn) (upstream, error) {
		return conn.(*net.TCPConn), syncSession(conn.RemoteAddr().String())
	}
	return f
}

// syncSession ends the batch and the transaction that another client has begun.
func syncSession(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	s := session{upstream: conn.(*net.TCPConn), host: passing{}}
	request, reply := postgresStay(0)
	return s.greet(append(postgresStart(3<<16, "user", "postgres", "database", "postgres"), request...), reply)
}

// passing is a host of a parser that passes everything.
type passing struct{}

func (passing) data(reply bool, data []byte) (toServer, toClient []byte) {
	if reply {
		return nil, data
	}
	return data, nil
}
func (passing) waits() bool  { return false }
func (passing) closed() bool { return false }

func TestNoForbiddenRequestReachesPGlite(t *testing.T) {
	if *pglite == "" {
		return
	}
	huntOne(t, "postgres", liteFilter(t, litePolicy, "transaction"), startLite(t), postgresModeStream, 2)
}

// Without a policy, what is forbidden has to be noticed, and without the parser's knowledge of the session what another client
// has prepared.
func TestForbiddenEffectsOnPGliteAreSeen(t *testing.T) {
	if *pglite == "" {
		return
	}
	l := startLite(t)
	f := liteFilter(t, "", "transaction")
	for _, text := range []string{"SELECT * FROM no.secret", "SELECT count(*) FROM no.secret", "INSERT INTO no.a VALUES (1)", "SELECT no.f()", "CREATE ROLE other"} {
		if err := try(f, l, streamOf{1, postgresMessage('Q', text+"\x00")}); err == nil {
			t.Errorf("%q has gone unnoticed", text)
		}
	}
	for pooled, forbidden := range map[string]bool{"": true, "transaction": false} {
		if err := try(liteFilter(t, litePolicy, pooled), l, streamOf{1, preparedElsewhere}); (err != nil) != forbidden {
			t.Errorf("pooled %q: %v", pooled, err)
		}
	}
}

// liteServer is a PGlite with forbidden tables, and what another client has prepared and set in the session.
type liteServer struct{ *postgresServer }

func startLite(t *testing.T) *liteServer {
	t.Helper()
	l, err := server.StartLite(*pglite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Stop() })
	if _, err := l.Query(postgresTables); err != nil {
		t.Fatal(err)
	}
	return &liteServer{&postgresServer{asked: l, Addr: l.Addr}}
}

func (l *liteServer) reset() error {
	if err := syncSession(l.Addr); err != nil {
		return err
	}
	for _, text := range []string{"DISCARD ALL", "SET track_functions = 'all'; " + preparedForbidden()} {
		if _, err := l.Query(text); err != nil {
			return err
		}
	}
	return l.postgresServer.reset()
}

func (l *liteServer) effects() error {
	if err := syncSession(l.Addr); err != nil {
		return err
	}
	// The session, which goes on, would say later what it has done.
	if _, err := l.Query("SELECT pg_stat_force_next_flush()"); err != nil {
		return err
	}
	return l.postgresServer.effects()
}
