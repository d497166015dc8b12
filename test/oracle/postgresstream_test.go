//go:build e2e

package oracle

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

// postgresMessage encodes a message of the client's.
func postgresMessage(kind byte, body string) []byte {
	b := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
	return append(b, body...)
}

// postgresStream makes what a client sends after its login: messages that are right, almost right and wrong, in batches and
// alone, with statements hidden in others, and then perhaps damaged.
func postgresStream(r *rand.Rand) []byte {
	var stream []byte
	for range 1 + r.IntN(10) {
		stream = append(stream, pick(r, postgresQuery, postgresQuery, postgresExtended, postgresExtended, postgresLone, postgresCopy)(r)...)
	}
	for range pick(r, 0, 0, 0, 0, 1, 1, 2) {
		stream = damage(r, stream)
	}
	return stream
}

func postgresQuery(r *rand.Rand) []byte {
	text := postgresText(r)
	for r.IntN(4) == 0 {
		text += pick(r, ";", "; ", ";;", " ; -- x\n", "\n;/* ; */") + postgresText(r)
	}
	return postgresMessage('Q', text+pick(r, "\x00", "\x00", "\x00", "\x00", "\x00", "\x00\x00", "", "\x00;SELECT * FROM no.secret\x00"))
}

// postgresName is mostly one that is allowed.
func postgresName(r *rand.Rand) string {
	return pick(r, "ok.a", "ok.a", "ok.a", "ok.secret", `"ok"."a"`, "OK.A", "ok . a", "ok/*.*/.a", `"no".secret`, "no.secret", "secret", "a", `U&"\006eo".secret`,
		`"ok.a"`, "postgres.no.secret", "no.a", "ONLY no.secret", "public.secret", `"OK".a`, "ok.a, no.secret", "ok.a JOIN no.secret USING (id)", "secret AS a", "pg_temp.secret")
}

func postgresText(r *rand.Rand) string {
	n, v := func() string { return postgresName(r) }, func() string { return postgresLiteral(r) }
	switch r.IntN(24) {
	case 0, 1, 2:
		return "SELECT * FROM " + n()
	case 3:
		return "SELECT " + v() + " FROM " + n() + " WHERE name = " + v()
	case 4:
		return "INSERT INTO " + n() + " VALUES (2, " + v() + ")"
	case 5:
		return "UPDATE " + n() + " SET name = " + v() + " WHERE id = (SELECT max(id) FROM " + n() + ")"
	case 6:
		return "DELETE FROM " + n() + pick(r, "", " USING "+n()+" AS u", " RETURNING (SELECT name FROM "+n()+" LIMIT 1)")
	case 7:
		return "WITH a AS (" + postgresText(r) + pick(r, "", " RETURNING *") + ") SELECT * FROM " + pick(r, "a", n())
	case 8:
		return pick(r, "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO s", "BEGIN READ ONLY", "END", "ABORT AND CHAIN")
	case 9:
		return pick(r, "SET search_path = no", "SET search_path TO ok", "SET LOCAL search_path = 'no'", "SET SCHEMA 'no'", "RESET search_path", "RESET ALL", "DISCARD ALL",
			"SELECT set_config('search_path', 'no', false)", "SET standard_conforming_strings = off", "SET standard_conforming_strings TO 'on'", "SET client_encoding = 'SJIS'",
			"SET NAMES 'UTF8'", "SET NAMES 'BIG5'", "SET backslash_quote = on", "SET ROLE postgres", "SET session_replication_role = replica")
	case 10:
		return "PREPARE " + postgresStatement(r) + " AS " + postgresText(r)
	case 11:
		return pick(r, "EXECUTE ", "DEALLOCATE ", "EXPLAIN ANALYZE EXECUTE ") + postgresStatement(r)
	case 12:
		return "EXPLAIN " + pick(r, "", "ANALYZE ", "(ANALYZE) ") + postgresText(r)
	case 13:
		return "COPY " + n() + pick(r, " TO STDOUT", " FROM STDIN", "(id) TO STDOUT", " TO PROGRAM 'true'", " TO '/tmp/x'")
	case 14:
		return "COPY (" + postgresText(r) + ") TO STDOUT"
	case 15:
		return "DECLARE c CURSOR FOR " + postgresText(r)
	case 16:
		return pick(r, "FETCH 1 FROM c", "FETCH ALL c", "MOVE c", "CLOSE c", "CLOSE ALL")
	case 17:
		return pick(r, "SELECT no.f()", "SELECT * FROM no.f()", "SELECT uuidv7()", "CALL no.f()", "DO $$ BEGIN DELETE FROM no.a; END $$", "SELECT query_to_xml('SELECT * FROM no.secret', true, true, '')",
			"SELECT table_to_xml('no.secret', true, true, '')", "SELECT pg_read_file('PG_VERSION')", "SELECT lo_creat(-1)", "SELECT pg_reload_conf()", "CREATE TABLE ok.x ()",
			"SELECT * INTO ok.y FROM ok.a", "CREATE TEMP TABLE secret AS SELECT 1", "CREATE VIEW ok.v AS SELECT * FROM no.secret", "DROP TABLE no.a", "GRANT ALL ON no.a TO public",
			"ALTER TABLE ok.a RENAME TO b", "TRUNCATE "+n(), "LOCK TABLE "+n(), "VACUUM no.secret", "ANALYZE", "SELECT 1 AS a", "TABLE "+n(), "VALUES (1)", "NOTIFY x", "LISTEN x")
	case 18:
		return "SELECT * FROM " + n() + " UNION ALL " + pick(r, "TABLE ", "SELECT * FROM ") + n()
	case 19:
		return "SELECT (SELECT name FROM " + n() + " LIMIT 1), E" + postgresLiteral(r) + " FROM " + n()
	case 20:
		return "MERGE INTO " + n() + " t USING " + n() + " s ON t.id = s.id WHEN MATCHED THEN DELETE"
	case 21:
		return "SELECT " + v() + pick(r, "--", "/*", "/* /* */", "$$", "$a$", "'", "\"") + "\n FROM no.secret" + pick(r, "", "*/", "$$", "$a$", "'", "\"")
	case 22:
		return "SELECT * FROM ok.a WHERE EXISTS (" + postgresText(r) + ")"
	}
	return strings.ToLower(postgresText(r))
}

// postgresLiteral is a string of some form, with what a server would execute if it ended elsewhere.
func postgresLiteral(r *rand.Rand) string {
	hidden := pick(r, "x", "", "a''b", `\`, `\'`, `\\`, "; SELECT * FROM no.secret; --", "'' || (SELECT name FROM no.secret) || ''", "--", "/*", "$$", "\n", "\x81", "\x81\\", "é", "\x00")
	return pick(r, "'"+hidden+"'", "'"+hidden+"'", "E'"+hidden+"'", "U&'"+hidden+"'", "$$"+hidden+"$$", "$q$"+hidden+"$q$", "B'01'", "N'"+hidden+"'", "1", "$1", "'"+hidden+"'\n'"+hidden+"'",
		"U&'!0061' UESCAPE '!'", "1.5e3", "a$$"+hidden+"$$", "'"+hidden+"'::text")
}

func postgresStatement(r *rand.Rand) string {
	return pick(r, "s", "s", "t", "", strings.Repeat("n", 63), strings.Repeat("n", 64), strings.Repeat("n", 70))
}

// postgresExtended is a batch, or a part of one.
func postgresExtended(r *rand.Rand) []byte {
	var b []byte
	for range 1 + r.IntN(8) {
		s, p := postgresStatement(r), pick(r, "", "", "p", "c")
		switch r.IntN(12) {
		case 0, 1, 2:
			b = append(b, postgresMessage('P', s+"\x00"+postgresText(r)+pick(r, "\x00", "\x00", "\x00", "\x00", ";SELECT 1\x00", "\x00x")+"\x00\x00")...)
		case 3, 4, 5:
			b = append(b, postgresMessage('B', p+"\x00"+s+"\x00\x00\x00\x00\x00\x00\x00")...)
		case 6, 7:
			b = append(b, postgresMessage('E', p+"\x00\x00\x00\x00"+pick(r, "\x00", "\x01"))...)
		case 8:
			b = append(b, postgresMessage('D', pick(r, "S", "P")+s+"\x00")...)
		case 9:
			b = append(b, postgresMessage('C', pick(r, "S"+s, "P"+p)+"\x00")...)
		case 10:
			b = append(b, postgresMessage('H', "")...)
		case 11:
			b = append(b, postgresMessage('S', "")...)
		}
	}
	return append(b, pick(r, postgresMessage('S', ""), postgresMessage('S', ""), nil)...)
}

// postgresCopy is a COPY, simple or extended, with data that may be other messages.
func postgresCopy(r *rand.Rand) []byte {
	text := "COPY " + postgresName(r) + " FROM STDIN"
	b := postgresMessage('Q', text+"\x00")
	if r.IntN(3) == 0 {
		b = append(postgresMessage('P', "\x00"+text+"\x00\x00\x00"), postgresMessage('B', "\x00\x00\x00\x00\x00\x00\x00\x00")...)
		b = append(append(b, postgresMessage('E', "\x00\x00\x00\x00\x00")...), postgresMessage('S', "")...)
	}
	for range r.IntN(3) {
		b = append(b, postgresMessage('d', pick(r, "3\ty\n", "x", string(postgresMessage('Q', "SELECT * FROM no.secret\x00"))))...)
	}
	b = append(b, pick(r, postgresMessage('c', ""), postgresMessage('f', "no\x00"), postgresMessage('S', ""), postgresQuery(r), nil)...)
	return append(b, pick(r, postgresMessage('S', ""), nil)...)
}

// postgresLone is a message that stands alone, or should not.
func postgresLone(r *rand.Rand) []byte {
	switch r.IntN(9) {
	case 0:
		return postgresMessage('F', string([]byte{0, 0, byte(r.IntN(10)), byte(r.IntN(256)), 0, 0, 0, 0, 0, 0}))
	case 1:
		return postgresMessage('X', "")
	case 2:
		return postgresMessage('p', "p\x00")
	case 3:
		return []byte(fmt.Sprintf("%c\x00\x00\x00%c", pick(r, 'Q', 'S', 'H', 'z', 'P', 'd'), rune(r.IntN(8))))
	case 4:
		return postgresMessage(pick(r, byte('d'), 'c', 'f'), pick(r, "", "x\x00"))
	case 5:
		return postgresWish(requestSSL)
	case 6:
		// A request to cancel, which is not a message.
		return []byte{0, 0, 0, 16, 4, 210, 22, 46, 0, 0, byte(r.IntN(4)), byte(r.IntN(256)), 0, 0, 0, 1}
	}
	return postgresMessage('S', "")
}
