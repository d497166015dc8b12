package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	postgres "github.com/proxylib/proxylib/test/postgres/server"
)

// startPostgres starts a PostgreSQL of the programs in a folder.
func (s *setup) startPostgres(bin string) (addr string, err error) {
	p, err := postgres.Start(bin)
	if err != nil {
		return "", fmt.Errorf("%w: run test/deps/postgres-clients", err)
	}
	s.server = p
	if _, err := p.Query("CREATE SCHEMA load; CREATE TABLE load.item (key text PRIMARY KEY, value text)"); err != nil {
		return "", err
	}
	s.pgbench = &pgbench{program: filepath.Join(bin, "pgbench"), dir: s.dir}
	if err := s.pgbench.initialize(p.Addr); err != nil {
		return "", err
	}
	s.store, err = postgresStore(p.Addr)
	return p.Addr, err
}

func postgresStore(addr string) (store, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "postgres://postgres@"+addr+"/postgres?sslmode=disable")
	if err != nil {
		return store{}, err
	}
	return store{
		set: func(key string, value []byte) error {
			_, err := conn.Exec(ctx, "INSERT INTO load.item VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, string(value))
			return err
		},
		get: func(key string) (value []byte, err error) {
			err = conn.QueryRow(ctx, "SELECT value FROM load.item WHERE key = $1", key).Scan(&value)
			return value, err
		},
	}, nil
}

// postgresMessage encodes a message; the start-up message has no type, which is 0.
func postgresMessage(kind byte, body string) []byte {
	var b []byte
	if kind != 0 {
		b = append(b, kind)
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(4+len(body))), body...)
}

// idle is how a server says that it waits for the next request.
const idle = "Z\x00\x00\x00\x05I"

// logins returns how many requests the clients of a row make besides: each logs in and prepares a statement. pgbench also asks
// about its tables first, on a connection of its own.
func (r row) logins() uint64 {
	switch {
	case r.pgbench:
		return 2*uint64(r.connections) + 3
	case r.server == postgresServer:
		return 2 * uint64(r.connections)
	}
	return 0
}

// logIn logs in and prepares the statement s, as pgbench does with -M prepared.
func logIn(conn io.ReadWriter) error {
	prepare := postgresMessage('P', "s\x00SELECT value FROM load.item WHERE key = $1\x00\x00\x00")
	for _, request := range [][]byte{
		postgresMessage(0, "\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"), append(prepare, postgresMessage('S', "")...),
	} {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		var reply []byte
		for !bytes.HasSuffix(reply, []byte(idle)) {
			part := make([]byte, 4<<10)
			n, err := conn.Read(part)
			if reply = append(reply, part[:n]...); err != nil {
				return fmt.Errorf("after %q: %w", abridged(reply), err)
			}
		}
	}
	return nil
}

// execution returns the execution of the statement for a key, and the reply with its value.
func execution(key string, value []byte) (request, reply []byte) {
	long := func(text string) string { return string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text }
	request = postgresMessage('B', "\x00s\x00\x00\x00\x00\x01"+long(key)+"\x00\x00")
	request = append(append(request, postgresMessage('E', "\x00\x00\x00\x00\x00")...), postgresMessage('S', "")...)
	reply = append(postgresMessage('2', ""), postgresMessage('D', "\x00\x01"+long(string(value)))...)
	return request, append(append(reply, postgresMessage('C', "SELECT 1\x00")...), idle...)
}
