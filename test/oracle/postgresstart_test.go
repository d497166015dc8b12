//go:build e2e

package oracle

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/postgres/server"
)

// startPolicy allows one user to read one schema of one database.
const startPolicy = `operation=select schema=ok user=postgres database=postgres`

// startTables make a server tell the secret to who is not the user postgres, and in another database, under a name that the policy
// allows in the right one. The names are also those that longer ones are cut to.
const startTables = `
	CREATE ROLE mallory SUPERUSER LOGIN;
	CREATE VIEW ok.who AS SELECT CASE WHEN session_user = 'postgres' AND current_user = 'postgres'
		AND (SELECT backend_type FROM pg_stat_activity WHERE pid = pg_backend_pid()) = 'client backend' THEN 'nobody' ELSE '` + secretValue + `' END AS name
`

const otherTables = `CREATE SCHEMA ok; CREATE TABLE ok.who AS SELECT '` + secretValue + `' AS name; CREATE TABLE public.secret AS SELECT '` + secretValue + `' AS name`

func TestNoForbiddenStartReachesPostgreSQL(t *testing.T) {
	for bin := range strings.SplitSeq(*postgresServers, ",") {
		t.Run(programs(bin), func(t *testing.T) {
			v := withVictim(t, startWithSecrets(t, bin))
			huntOne(t, "postgresstart", startFilter(t, startPolicy, v.opening), v, v.stream, 2)
		})
	}
}

// Without a policy the oracle has to notice each of these.
func TestForbiddenStartsOfPostgreSQLAreSeen(t *testing.T) {
	bin, _, _ := strings.Cut(*postgresServers, ",")
	p := startWithSecrets(t, bin)
	stream := streamOf{1, postgresMessage('Q', "SELECT name FROM ok.who\x00")}
	for _, parameters := range [][]string{
		{"user", "mallory", "database", "postgres"}, {"user", "postgres", "database", "other"}, {"user", "postgres", "replication", "database"},
	} {
		f := startFilter(t, "", func(*rand.Rand) []byte { return postgresStart(3<<16, parameters...) })
		if err := try(f, p, stream); err == nil {
			t.Errorf("%q has gone unnoticed", parameters)
		}
	}
	f := startFilter(t, startPolicy, func(*rand.Rand) []byte { return postgresStart(3<<16, "user", "postgres") })
	if err := try(f, p, stream); err != nil {
		t.Errorf("a start that is allowed: %v", err)
	}
}

// startFilter is a filter whose clients begin as opening says.
func startFilter(t *testing.T, policy string, opening func(r *rand.Rand) []byte) *filter {
	t.Helper()
	f := postgresFilter(t, policy, "postgres")
	f.opening, f.stay, f.batch = opening, nil, 50
	return f
}

// startWithSecrets starts a server, with TLS if it can have it: then a wish for encryption that reached it would be granted.
func startWithSecrets(t *testing.T, bin string) *postgresServer {
	t.Helper()
	var args []string
	if server.HasTLS(bin) {
		args = server.TLS(t)
	}
	p := startPostgres(t, bin, args...)
	for _, text := range []string{startTables, "CREATE DATABASE other"} {
		if _, err := p.Query(text); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := server.AskIn(p.Addr, "other", otherTables); err != nil {
		t.Fatal(err)
	}
	return p
}

// postgresStart encodes a StartupMessage with names and values.
func postgresStart(version uint32, parameters ...string) []byte {
	body := strings.Join(parameters, "\x00") + "\x00\x00"
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(binary.BigEndian.AppendUint32(b, version), body...)
}

// Codes in the place of a version (PostgreSQL 18, 54.7).
const (
	requestSSL = 80877103
	requestGSS = 80877104
)

// postgresOpening is how a connection begins: as it should, or wrong in one or two ways.
func postgresOpening(r *rand.Rand) []byte {
	user, database, version := []string{"user", "postgres"}, []string{"database", "postgres"}, pick(r, uint32(3<<16), 3<<16, 3<<16|2)
	var wishes, before, after []byte
	var first, last []string
	for range pick(r, 0, 0, 0, 1) {
		wishes = append(wishes, encryptionWish(r)...)
	}
	for range pick(r, 1, 1, 2) {
		switch r.IntN(10) {
		case 0:
			user = pick(r, []string{"user", "mallory"}, []string{"User", "postgres"}, []string{"user", strings.Repeat("m", 64)}, nil)
		case 1:
			database = pick(r, []string{"database", "other"}, []string{"DATABASE", "other"}, []string{"database", ""}, nil)
		case 2:
			version = pick(r, uint32(3<<16|1), 3<<16|9999, 2<<16, 4<<16)
		case 3:
			wishes = slices.Concat(wishes, encryptionWish(r), pick(r, nil, nil, []byte("S"), []byte("\x00"), []byte("\x16\x03\x01")))
		case 4:
			before = postgresStart(3<<16, "user", "mallory", "database", "other")
		case 5:
			after = postgresStart(3<<16, "user", "mallory", "database", "other")
		case 6:
			first = startParameter(r)
		default:
			last = append(last, startParameter(r)...)
		}
	}
	start := postgresStart(version, slices.Concat(first, user, database, last)...)
	switch r.IntN(20) {
	case 0:
		start[3] += byte(1 + r.IntN(8))
	case 1:
		start[3] -= byte(1 + r.IntN(8))
	case 2:
		start = damage(r, start)
	}
	if r.IntN(4) > 0 {
		before = nil
	}
	return slices.Concat(wishes, before, start, after)
}

// encryptionWish is an SSLRequest or a GSSENCRequest.
func encryptionWish(r *rand.Rand) []byte {
	wish := postgresWish(pick(r, uint32(requestSSL), requestGSS))
	wish[3] = pick(r, byte(8), 8, 8, 8, 8, 8, 9)
	return wish
}

// startParameter is a parameter that makes a difference if it counts.
func startParameter(r *rand.Rand) []string {
	set := pick(r, "search_path=no", "search_path=no,ok", "search_path=ok", "search_path=ok,no", "DateStyle=ISO", "client_encoding=UTF8", "client_encoding=SJIS",
		"role=mallory", "session_authorization=mallory", "standard_conforming_strings=off", "standard_conforming_strings=on", "session_preload_libraries=x")
	name, value, _ := strings.Cut(set, "=")
	return pick(r,
		[]string{name, value}, []string{name, value}, []string{strings.ToUpper(name), value},
		[]string{"options", "-c " + set}, []string{"options", "--" + set}, []string{"options", "-c" + set}, []string{"options", `-c\ ` + set},
		[]string{"options", "-c DateStyle=ISO\t-c " + set}, []string{"options", `-c search_path=a\\ -c\ c -c ` + set}, []string{"options", "-c search_path=ok -c " + set},
		[]string{"user", "mallory"}, []string{"database", "other"}, []string{"replication", pick(r, "database", "true", "1", "on", "false", "no", "")},
		[]string{"_pq_.x", "1"}, []string{"application_name", "x"}, []string{"", "user"})
}

// postgresAfterStart is what a client asks when it is in.
func postgresAfterStart(r *rand.Rand) []byte {
	var b []byte
	for range 1 + r.IntN(3) {
		text := pick(r, "SELECT name FROM ok.who", "SELECT name FROM ok.who", "SELECT name FROM ok.who", "SELECT name FROM who", "SELECT name FROM secret", "SELECT name FROM a",
			`SELECT '\', name FROM ok.a; SELECT name FROM no.secret --'`, "SELECT name FROM ok.a WHERE name = '\x81\\' UNION SELECT name FROM no.secret --'", "IDENTIFY_SYSTEM", "SHOW search_path")
		b = append(b, postgresMessage('Q', text+"\x00")...)
	}
	return b
}
