package postgres

import (
	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
)

// operation is what a request, or a part of it, does: what package sql knows, and what needs no SQL.
type operation uint8

// The operations without SQL.
const (
	// opConnect: a start-up message.
	opConnect = operation(sql.OperationCount) + iota
	// opReplication: a start-up message of a replica.
	opReplication
	// opTLS: a wish for encryption, which is to be opaque.
	opTLS
	// opCancel: a CancelRequest.
	opCancel
	// opFunctionCall: a FunctionCall message, which names a function by its number.
	opFunctionCall
	operationCount
)

func (op operation) String() string {
	if op < operation(sql.OperationCount) {
		return sql.Operation(op).String()
	}
	return [...]string{"connect", "replication", "tls", "cancel", "function_call"}[op-opConnect]
}

// class returns what the operation may do where nothing more is known.
func (op operation) class() proxylib.Access {
	switch {
	case op < operation(sql.OperationCount):
		return classOf(sql.Operation(op).Class())
	case op == opConnect, op == opCancel:
		return proxylib.Read
	}
	return proxylib.Admin
}

func classOf(c sql.Class) proxylib.Access {
	switch c {
	case sql.Read:
		return proxylib.Read
	case sql.Write:
		return proxylib.Write
	}
	return proxylib.Admin
}

// named reports whether a rule has to name the operation: it reaches out of the database, or runs what no rule can see.
func (op operation) named() bool {
	switch op {
	case operation(sql.CopyFile), operation(sql.CopyProgram), operation(sql.Do), operation(sql.Call),
		operation(sql.Load), operation(sql.AlterSystem), opReplication, opTLS, opFunctionCall:
		return true
	}
	return false
}

// operationNames are the names of the operations, as rules compare them.
var operationNames = func() (names [operationCount][]byte) {
	for op := range names {
		names[op] = []byte(operation(op).String())
	}
	return names
}()

// allOperations are the names of the operations, without none.
func allOperations() (names []string) {
	for op := operation(sql.None) + 1; op < operationCount; op++ {
		names = append(names, op.String())
	}
	return names
}

// accessDocs documents the classes of all operations.
func accessDocs() []proxylib.AccessDoc {
	classes := map[string]proxylib.Access{}
	for op := operation(sql.None) + 1; op < operationCount; op++ {
		classes[op.String()] = op.class()
	}
	return proxylib.ListAccess(allOperations(), func(name string) proxylib.Access { return classes[name] })
}
