//go:build e2e

package oracle

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// requestCancel is the code of a CancelRequest.
const requestCancel = 80877102

// noticed is how long a server may take until it ends a query that is cancelled.
const noticed = 20 * time.Millisecond

// victim is a server with a session of somebody else's, who has told a client its secret key: no request to cancel its query may
// reach the server, as the policy does not allow it.
type victim struct {
	*postgresServer
	conn *pgconn.PgConn
	// ended is how its query has ended.
	ended chan error
}

func withVictim(t *testing.T, p *postgresServer) *victim {
	t.Helper()
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgconn.Connect(t.Context(), fmt.Sprintf("host=%s port=%s user=postgres database=postgres sslmode=disable", host, port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return &victim{postgresServer: p, conn: conn}
}

func (v *victim) reset() error {
	if err := v.waits(0); err != nil {
		v.ended = make(chan error, 1)
		go func() { v.ended <- v.conn.Exec(context.Background(), "SELECT pg_sleep(86400)").Close() }()
	}
	return v.postgresServer.reset()
}

// waits returns an error unless the query goes on.
func (v *victim) waits(within time.Duration) error {
	if v.ended == nil {
		return errors.New("there is no query")
	}
	select {
	case err := <-v.ended:
		v.ended = nil
		return fmt.Errorf("the query of another session has ended: %w", err)
	case <-time.After(within):
		return nil
	}
}

func (v *victim) effects() error {
	if err := v.waits(noticed); err != nil {
		return err
	}
	return v.postgresServer.effects()
}

// cancel is a CancelRequest, mostly for the session.
func (v *victim) cancel(r *rand.Rand) []byte {
	key := v.conn.SecretKey()
	body := binary.BigEndian.AppendUint32(nil, requestCancel)
	body = append(binary.BigEndian.AppendUint32(body, v.conn.PID()+uint32(pick(r, 0, 0, 0, 1))), key[:pick(r, len(key), len(key), len(key)-1)]...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(4+len(body)+pick(r, 0, 0, 0, 0, 1, -1))), body...)
}

// opening is how a connection begins: with a request to cancel, alone or among others, or as without one.
func (v *victim) opening(r *rand.Rand) []byte {
	switch r.IntN(6) {
	case 0:
		return slices.Concat(pick(r, nil, encryptionWish(r)), v.cancel(r), pick(r, nil, postgresOpening(r)))
	case 1:
		return append(postgresOpening(r), v.cancel(r)...)
	}
	return postgresOpening(r)
}

// stream is what a client asks when it is in, often with a request to cancel in its midst, which is then not a message.
func (v *victim) stream(r *rand.Rand) []byte {
	b := postgresAfterStart(r)
	if r.IntN(2) == 0 {
		at := pick(r, 0, len(b), r.IntN(len(b)))
		b = slices.Insert(b, at, v.cancel(r)...)
	}
	return b
}

// Without a policy, or with one that allows it, the oracle has to notice that a query is cancelled.
func TestCancelledQueriesOfPostgreSQLAreSeen(t *testing.T) {
	bin, _, _ := strings.Cut(*postgresServers, ",")
	v := withVictim(t, startWithSecrets(t, bin))
	right := func(r *rand.Rand) []byte {
		for b := v.cancel(r); ; b = v.cancel(r) {
			if len(b) == int(b[3]) && len(b) == 12+len(v.conn.SecretKey()) && binary.BigEndian.Uint32(b[8:]) == v.conn.PID() {
				return b
			}
		}
	}
	for policy, forbidden := range map[string]bool{"": true, startPolicy + "\noperation=cancel": true, startPolicy: false} {
		if err := try(startFilter(t, policy, right), v, streamOf{1, nil}); (err != nil) != forbidden {
			t.Errorf("with the policy %q: %v", policy, err)
		}
	}
}
