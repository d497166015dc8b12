package main

import (
	"fmt"
	"strings"
	"time"
)

// row is a kind of load, and a row of the table.
type row struct {
	name string
	// server is what the load is for. Before Redis and PostgreSQL, Envoy's own filter is measured as well.
	server serverKind
	// connections are open at once; each has inFlight requests without their replies.
	connections, inFlight int
	// size is that of a value, in bytes.
	size int
	// set: values go to the server. Otherwise they come from it.
	set bool
	// reconnect: each request has a connection of its own.
	reconnect bool
	// pgbench: the load is that of pgbench, a prepared SELECT by key, instead of ours.
	pgbench bool
	// quiet: the filter is measured without its access log as well.
	quiet bool
	// every, if not 0, is the time from a request of a connection to its next one, unless the reply takes longer. Then the
	// processors have time to spare, and times are those of the way, not of queues.
	every time.Duration
}

// serverKind is a kind of server.
type serverKind int

const (
	memcachedServer serverKind = iota
	redisServer
	postgresServer
	// pluginServer is memcached after the Proxy-Wasm plugin, callsServer after one that only makes its calls to Envoy, fileServer after
	// the library with the parser in a file, and cFileServer the same with the parser in C.
	pluginServer
	callsServer
	fileServer
	cFileServer
)

var rows = []row{
	{name: "get-1", connections: 1, inFlight: 1, size: 100},
	{name: "get-16", connections: 16, inFlight: 1, size: 100, quiet: true},
	{name: "get-16-paced", connections: 16, inFlight: 1, size: 100, every: 4 * time.Millisecond},
	{name: "get-256", connections: 256, inFlight: 1, size: 100},
	{name: "pipelined", connections: 16, inFlight: 16, size: 100, quiet: true},
	{name: "get-16KiB", connections: 16, inFlight: 1, size: 16 << 10},
	{name: "set-16KiB", connections: 16, inFlight: 1, size: 16 << 10, set: true},
	{name: "get-1MiB", connections: 4, inFlight: 1, size: 1 << 20},
	{name: "set-1MiB", connections: 4, inFlight: 1, size: 1 << 20, set: true},
	{name: "connect", connections: 16, inFlight: 1, size: 100, reconnect: true},
	{name: "plugin-get-16", server: pluginServer, connections: 16, inFlight: 1, size: 100, quiet: true},
	{name: "plugin-pipelined", server: pluginServer, connections: 16, inFlight: 16, size: 100, quiet: true},
	{name: "plugin-calls-get-16", server: callsServer, connections: 16, inFlight: 1, size: 100, quiet: true},
	{name: "file-get-16", server: fileServer, connections: 16, inFlight: 1, size: 100, quiet: true},
	{name: "file-pipelined", server: fileServer, connections: 16, inFlight: 16, size: 100, quiet: true},
	{name: "c-file-get-16", server: cFileServer, connections: 16, inFlight: 1, size: 100, quiet: true},
	{name: "c-file-pipelined", server: cFileServer, connections: 16, inFlight: 16, size: 100, quiet: true},
	{name: "redis-get-1", server: redisServer, connections: 1, inFlight: 1, size: 100},
	{name: "redis-get-16", server: redisServer, connections: 16, inFlight: 1, size: 100, quiet: true},
	{name: "redis-pipelined", server: redisServer, connections: 16, inFlight: 16, size: 100},
	{name: "redis-set-1MiB", server: redisServer, connections: 4, inFlight: 1, size: 1 << 20, set: true},
	{name: "postgres-prepared-1", server: postgresServer, connections: 1, inFlight: 1, size: 100},
	{name: "postgres-prepared-16", server: postgresServer, connections: 16, inFlight: 1, size: 100},
	{name: "postgres-pipelined", server: postgresServer, connections: 16, inFlight: 16, size: 100},
	{name: "pgbench-1", server: postgresServer, pgbench: true, connections: 1},
	{name: "pgbench-16", server: postgresServer, pgbench: true, connections: 16},
	{name: "redis-connect", server: redisServer, connections: 16, inFlight: 1, size: 100, reconnect: true},
}

// chosen returns the rows with the names, which have commas between them; all, if there is no name.
func chosen(names string) ([]row, error) {
	if names == "" {
		return rows, nil
	}
	var some []row
	for name := range strings.SplitSeq(names, ",") {
		r, err := named(name)
		if err != nil {
			return nil, err
		}
		some = append(some, r)
	}
	return some, nil
}

func named(name string) (row, error) {
	var known []string
	for _, r := range rows {
		if r.name == name {
			return r, nil
		}
		known = append(known, r.name)
	}
	return row{}, fmt.Errorf("row %q is unknown: use some of %s", name, strings.Join(known, ","))
}
