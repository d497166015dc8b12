package sql

// Operation is what a statement, or a part of one, does.
type Operation uint8

// The operations, named for the statements.
const (
	// None is not an operation.
	None Operation = iota
	Select
	SelectForUpdate
	Insert
	Update
	Delete
	Merge
	Copy
	CopyFile
	CopyProgram
	Truncate
	LockTable
	Execute
	// CallFunction is a call within another statement.
	CallFunction
	Call
	Do
	Explain
	Prepare
	Deallocate
	Declare
	Fetch
	Move
	Close
	Begin
	Commit
	Rollback
	Savepoint
	Release
	RollbackTo
	PrepareTransaction
	CommitPrepared
	RollbackPrepared
	SetTransaction
	SetConstraints
	Set
	SetRole
	SetSession
	Reset
	Show
	Discard
	Listen
	Notify
	Unlisten
	Create
	Alter
	Drop
	Grant
	Revoke
	Comment
	SecurityLabel
	ReassignOwned
	ImportSchema
	Refresh
	Vacuum
	Analyze
	Cluster
	Reindex
	Checkpoint
	Load
	AlterSystem
	// OperationCount is the number of operations.
	OperationCount
)

// Class is what an operation may do.
type Class uint8

const (
	// Read changes nothing that others see.
	Read Class = iota
	// Write changes data.
	Write
	// Admin changes what is not data, or reaches out of the database.
	Admin
)

var operations = [OperationCount]struct {
	name  string
	class Class
}{
	Select:             {"select", Read},
	SelectForUpdate:    {"select_for_update", Write},
	Insert:             {"insert", Write},
	Update:             {"update", Write},
	Delete:             {"delete", Write},
	Merge:              {"merge", Write},
	Copy:               {"copy", Write},
	CopyFile:           {"copy_file", Admin},
	CopyProgram:        {"copy_program", Admin},
	Truncate:           {"truncate", Write},
	LockTable:          {"lock", Write},
	Execute:            {"execute", Read},
	CallFunction:       {"function", Write},
	Call:               {"call", Write},
	Do:                 {"do", Admin},
	Explain:            {"explain", Read},
	Prepare:            {"prepare", Read},
	Deallocate:         {"deallocate", Read},
	Declare:            {"declare", Read},
	Fetch:              {"fetch", Read},
	Move:               {"move", Read},
	Close:              {"close", Read},
	Begin:              {"begin", Read},
	Commit:             {"commit", Read},
	Rollback:           {"rollback", Read},
	Savepoint:          {"savepoint", Read},
	Release:            {"release", Read},
	RollbackTo:         {"rollback_to", Read},
	PrepareTransaction: {"prepare_transaction", Write},
	CommitPrepared:     {"commit_prepared", Write},
	RollbackPrepared:   {"rollback_prepared", Write},
	SetTransaction:     {"set_transaction", Read},
	SetConstraints:     {"set_constraints", Read},
	Set:                {"set", Read},
	SetRole:            {"set_role", Admin},
	SetSession:         {"set_session_authorization", Admin},
	Reset:              {"reset", Read},
	Show:               {"show", Read},
	Discard:            {"discard", Read},
	Listen:             {"listen", Read},
	Notify:             {"notify", Write},
	Unlisten:           {"unlisten", Read},
	Create:             {"create", Admin},
	Alter:              {"alter", Admin},
	Drop:               {"drop", Admin},
	Grant:              {"grant", Admin},
	Revoke:             {"revoke", Admin},
	Comment:            {"comment", Admin},
	SecurityLabel:      {"security_label", Admin},
	ReassignOwned:      {"reassign_owned", Admin},
	ImportSchema:       {"import_foreign_schema", Admin},
	Refresh:            {"refresh", Admin},
	Vacuum:             {"vacuum", Admin},
	Analyze:            {"analyze", Admin},
	Cluster:            {"cluster", Admin},
	Reindex:            {"reindex", Admin},
	Checkpoint:         {"checkpoint", Admin},
	Load:               {"load", Admin},
	AlterSystem:        {"alter_system", Admin},
}

func (o Operation) String() string { return operations[o].name }

// Class returns what the operation may do where nothing more is known. [Copy] is a read to the client.
func (o Operation) Class() Class { return operations[o].class }

// IsTransaction reports whether the operation controls transactions.
func (o Operation) IsTransaction() bool { return o >= Begin && o <= RollbackPrepared }

func (c Class) String() string { return [...]string{"read", "write", "admin"}[c] }
