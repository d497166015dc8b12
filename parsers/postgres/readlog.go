package postgres

import (
	"slices"
	"strings"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// ofTables are the operations that are about tables where an entry names any, in texts that do several things.
var ofTables = []string{
	"select", "select_for_update", "insert", "update", "delete", "merge", "copy", "truncate", "lock", "refresh", "vacuum", "analyze",
	"cluster", "reindex", "alter", "drop", "create", "comment", "grant", "revoke",
}

// readLog returns what an entry stands for: each operation with each table, or function, that it may be about. A text that
// reaches neither needs no rule of its own.
func readLog(entry map[string]string) (requests []map[int][]string) {
	called := sql.CallFunction.String()
	for _, op := range list(entry["operation"]) {
		switch {
		case op == sql.Call.String():
			called = op
		case slices.Contains(ofTables, op):
			requests = append(requests, withNames(op, fieldTable, list(entry["tables"]))...)
		default:
			requests = append(requests, map[int][]string{fieldOperation: {op}})
		}
	}
	requests = append(requests, withNames(called, fieldFunction, list(entry["functions"]))...)
	for _, request := range requests {
		if database := entry["database"]; database != "" {
			request[fieldDatabase] = []string{database}
		}
	}
	return requests
}

// list are the items of a field of the log.
func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ", ")
}

// withNames returns a request for each name, with the schema if one is written.
func withNames(op string, field int, names []string) (requests []map[int][]string) {
	for _, name := range names {
		request := map[int][]string{fieldOperation: {op}}
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			request[fieldSchema] = []string{withoutQuotes(name[:dot])}
			name = name[dot+1:]
		}
		request[field] = []string{withoutQuotes(name)}
		requests = append(requests, request)
	}
	return requests
}

func withoutQuotes(name string) string { return strings.Trim(name, `"`) }
