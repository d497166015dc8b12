//go:build e2e

package cassandra

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// unpreparedCode is that of the error by which a client learns that it has to prepare a statement.
const unpreparedCode = "\x00\x00\x25\x00"

// batchSize is the number of statements of a batch.
const batchSize = 100

func TestABatchOfManyStatementsHealsInOneRoundAfterARestart(t *testing.T) {
	for _, form := range []struct {
		name, text string
		use        bool
	}{
		{"with names in full", "INSERT INTO e2e.t (k, c, v) VALUES (%d, ?, 'healed')", false},
		{"with names in the current keyspace", "INSERT INTO t (k, c, v) VALUES (%d, ?, 'healed')", true},
	} {
		t.Run(form.name, func(t *testing.T) {
			before := newStage(t, restricted)
			if form.use {
				before.probe.execute("USE e2e")
			}
			ids := before.probe.prepareMany(form.text)
			after := newStage(t, restricted)
			after.direct.execute("TRUNCATE e2e.t")
			rounds := after.probe.untilPrepared(batchOf(ids))
			if rounds > 1 {
				t.Errorf("the batch took %d rounds", rounds)
			}
			if rows := after.direct.execute("SELECT k FROM e2e.t WHERE v = 'healed' ALLOW FILTERING"); strings.Count(rows, "\x00\x00\x00\x04") < batchSize {
				t.Errorf("not all statements have run: %q", rows)
			}
			if log := after.accessLogText(); strings.Contains(log, "prepared_statements") {
				t.Errorf("the log has a request that the client did not send:\n%s", log)
			}
			after.requireNoDenial(1)
		})
	}
}

func TestABatchThatIsLookedUpIsJudged(t *testing.T) {
	s := newStage(t, restricted)
	ids := s.direct.prepareMany("INSERT INTO secret.t (v, k) VALUES ('taken %d', ?)")
	op, answer := s.probe.ask(opBatch, batchOf(ids))
	if op != opError || !unauthorized(answer) {
		t.Errorf("answered %d %.200q", op, answer)
	}
	if rows := s.direct.execute("SELECT v FROM secret.t"); strings.Contains(rows, "taken") {
		t.Errorf("secret.t has %q", rows)
	}
}

// Only a superuser may read the server's table of prepared statements, if it has logins.
func TestAClientWhoseLookupTheServerRefusesPreparesAgain(t *testing.T) {
	superuser, writer := account{"cassandra", "cassandra"}, account{"writer", "p"}
	server := newServer(t, "CASSANDRA_AUTH=1")
	before := newStageBefore(t, server.address, superuser, restricted, nil)
	before.direct.execute("CREATE ROLE writer WITH LOGIN = true AND PASSWORD = 'p'")
	before.direct.execute("GRANT MODIFY ON e2e.t TO writer")
	const text, superusers = "INSERT INTO e2e.t (k, c, v) VALUES (%d, ?, 'w')", "INSERT INTO e2e.t (k, c, v) VALUES (%d, ?, 's')"
	ids := dialAs(t, before.proxy.Addr, writer).prepareMany(text)
	others := before.probe.prepareMany(superusers)

	after := newStageBefore(t, server.address, superuser, restricted, nil)
	client := dialAs(t, after.proxy.Addr, writer)
	if op, answer := client.query("SELECT prepared_id FROM system.prepared_statements"); op != opError || unauthorized(answer) {
		t.Errorf("the server lets a client read the statements: %d %.200q", op, answer)
	}
	if op, answer := client.ask(opBatch, batchOf(ids)); op != opError || !strings.HasPrefix(answer, unpreparedCode) {
		t.Errorf("a batch that cannot be looked up: %d %.200q", op, answer)
	}
	if again := client.prepareMany(text); !slices.Equal(again, ids) {
		t.Error("statements have other ids than before")
	}
	if rounds := client.untilPrepared(batchOf(ids)); rounds > 1 {
		t.Errorf("prepared again, the batch took %d rounds", rounds)
	}
	if rounds := after.probe.untilPrepared(batchOf(others)); rounds > 1 {
		t.Errorf("the batch of a client that may look up took %d rounds", rounds)
	}
	if rows := after.direct.execute("SELECT v FROM e2e.t"); strings.Count(rows, "\x00\x00\x00\x01s") != batchSize {
		t.Errorf("not all statements have run: %q", rows)
	}
	after.requireNoDenial(1)
}

// prepareMany prepares the statements that a text gives with a number in it, and returns their ids.
func (l *link) prepareMany(text string) []string {
	l.t.Helper()
	var ids []string
	for i := range batchSize {
		op, answer := l.ask(opPrepare, longString(fmt.Sprintf(text, i)))
		if op != opResult {
			l.t.Fatalf("not prepared: %q", answer)
		}
		n := int(binary.BigEndian.Uint16([]byte(answer[4:])))
		ids = append(ids, answer[6:6+n])
	}
	return ids
}

// batchOf is a BATCH of statements, each with an int as its value.
func batchOf(ids []string) string {
	batch := "\x01" + string(binary.BigEndian.AppendUint16(nil, uint16(len(ids))))
	for _, id := range ids {
		batch += "\x01\x00" + string(rune(len(id))) + id + "\x00\x01\x00\x00\x00\x04\x00\x00\x00\x07"
	}
	return batch + "\x00\x01\x00"
}

// untilPrepared sends a batch until it is not answered with Unprepared, and returns how often that was.
func (l *link) untilPrepared(batch string) (rounds int) {
	l.t.Helper()
	for rounds = 1; ; rounds++ {
		op, answer := l.ask(opBatch, batch)
		if op == opResult {
			return rounds
		}
		if op != opError || !strings.HasPrefix(answer, unpreparedCode) || rounds > batchSize {
			l.t.Fatalf("in round %d: %d %.300q", rounds, op, answer)
		}
	}
}
