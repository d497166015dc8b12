package cql

// Action is what a statement does.
type Action uint8

// The actions, named for the statements.
const (
	// None is not an action.
	None Action = iota
	Select
	Insert
	Update
	Delete
	Truncate
	CreateTable
	AlterTable
	DropTable
	Use
	CreateKeyspace
	AlterKeyspace
	DropKeyspace
	CreateIndex
	DropIndex
	CreateView
	AlterView
	DropView
	CreateType
	AlterType
	DropType
	CreateFunction
	DropFunction
	CreateAggregate
	DropAggregate
	CreateTrigger
	DropTrigger
	CreateRole
	AlterRole
	DropRole
	GrantRole
	RevokeRole
	ListRoles
	GrantPermission
	RevokePermission
	ListPermissions
	CreateUser
	AlterUser
	DropUser
	ListUsers
	ListSuperusers
	AddIdentity
	DropIdentity
	Describe
	ExecuteFunction
	PruneView
	CreateServiceLevel
	AlterServiceLevel
	DropServiceLevel
	AttachServiceLevel
	DetachServiceLevel
	ListServiceLevels
	// ActionCount is the number of actions.
	ActionCount
)

// Target is what a statement names, as far as rules see it.
type Target uint8

const (
	// TargetNone is nothing that lies in a keyspace.
	TargetNone Target = iota
	// TargetTable is a table or a materialized view.
	TargetTable
	// TargetKeyspace is a keyspace itself.
	TargetKeyspace
	// TargetMember is something else in a keyspace, a type, a function, an aggregate or an index.
	TargetMember
	// TargetResource is a keyspace, a table, something else in a keyspace, or nothing that lies in one, as the statement has
	// it.
	TargetResource
)

// actionInfo is what there is to know of an action.
type actionInfo struct {
	// name is the value of the rule key query_action.
	name   string
	target Target
	// readonly: nothing is changed.
	readonly bool
}

// actions holds what there is to know, by action.
var actions = [ActionCount]actionInfo{
	Select:             {"select", TargetTable, true},
	Insert:             {"insert", TargetTable, false},
	Update:             {"update", TargetTable, false},
	Delete:             {"delete", TargetTable, false},
	Truncate:           {"truncate-table", TargetTable, false},
	CreateTable:        {"create-table", TargetTable, false},
	AlterTable:         {"alter-table", TargetTable, false},
	DropTable:          {"drop-table", TargetTable, false},
	Use:                {"use", TargetKeyspace, true},
	CreateKeyspace:     {"create-keyspace", TargetKeyspace, false},
	AlterKeyspace:      {"alter-keyspace", TargetKeyspace, false},
	DropKeyspace:       {"drop-keyspace", TargetKeyspace, false},
	CreateIndex:        {"create-index", TargetTable, false},
	DropIndex:          {"drop-index", TargetMember, false},
	CreateView:         {"create-materialized-view", TargetTable, false},
	AlterView:          {"alter-materialized-view", TargetTable, false},
	DropView:           {"drop-materialized-view", TargetTable, false},
	CreateType:         {"create-type", TargetMember, false},
	AlterType:          {"alter-type", TargetMember, false},
	DropType:           {"drop-type", TargetMember, false},
	CreateFunction:     {"create-function", TargetMember, false},
	DropFunction:       {"drop-function", TargetMember, false},
	CreateAggregate:    {"create-aggregate", TargetMember, false},
	DropAggregate:      {"drop-aggregate", TargetMember, false},
	CreateTrigger:      {"create-trigger", TargetTable, false},
	DropTrigger:        {"drop-trigger", TargetTable, false},
	CreateRole:         {"create-role", TargetNone, false},
	AlterRole:          {"alter-role", TargetNone, false},
	DropRole:           {"drop-role", TargetNone, false},
	GrantRole:          {"grant-role", TargetNone, false},
	RevokeRole:         {"revoke-role", TargetNone, false},
	ListRoles:          {"list-roles", TargetNone, true},
	GrantPermission:    {"grant-permission", TargetResource, false},
	RevokePermission:   {"revoke-permission", TargetResource, false},
	ListPermissions:    {"list-permissions", TargetResource, true},
	CreateUser:         {"create-user", TargetNone, false},
	AlterUser:          {"alter-user", TargetNone, false},
	DropUser:           {"drop-user", TargetNone, false},
	ListUsers:          {"list-users", TargetNone, true},
	ListSuperusers:     {"list-superusers", TargetNone, true},
	AddIdentity:        {"add-identity", TargetNone, false},
	DropIdentity:       {"drop-identity", TargetNone, false},
	Describe:           {"describe", TargetResource, true},
	ExecuteFunction:    {"execute-function", TargetMember, true},
	PruneView:          {"prune-materialized-view", TargetTable, false},
	CreateServiceLevel: {"create-service-level", TargetNone, false},
	AlterServiceLevel:  {"alter-service-level", TargetNone, false},
	DropServiceLevel:   {"drop-service-level", TargetNone, false},
	AttachServiceLevel: {"attach-service-level", TargetNone, false},
	DetachServiceLevel: {"detach-service-level", TargetNone, false},
	ListServiceLevels:  {"list-service-levels", TargetNone, true},
}

func (a Action) String() string { return actions[a].name }

// Target returns what statements of the action name.
func (a Action) Target() Target { return actions[a].target }

// ReadOnly reports whether the action changes nothing.
func (a Action) ReadOnly() bool { return actions[a].readonly }

// namesTable reports whether the name of what a statement of the action is about counts, not its keyspace alone.
func (a Action) namesTable() bool {
	return actions[a].target == TargetTable || actions[a].target == TargetResource
}
