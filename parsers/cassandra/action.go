package cassandra

// action is what a statement does.
type action uint8

const (
	// actionNone: what is asked about holds no statement.
	actionNone action = iota
	actionSelect
	actionInsert
	actionUpdate
	actionDelete
	actionTruncate
	actionCreateTable
	actionAlterTable
	actionDropTable
	actionUse
	actionCreateKeyspace
	actionAlterKeyspace
	actionDropKeyspace
	actionCreateIndex
	actionDropIndex
	actionCreateView
	actionAlterView
	actionDropView
	actionCreateType
	actionAlterType
	actionDropType
	actionCreateFunction
	actionDropFunction
	actionCreateAggregate
	actionDropAggregate
	actionCreateTrigger
	actionDropTrigger
	actionCreateRole
	actionAlterRole
	actionDropRole
	actionGrantRole
	actionRevokeRole
	actionListRoles
	actionGrantPermission
	actionRevokePermission
	actionListPermissions
	actionCreateUser
	actionAlterUser
	actionDropUser
	actionListUsers
	actionListSuperusers
	actionAddIdentity
	actionDropIdentity
	actionDescribe
	actionCount
)

// target is what a statement names, as far as rules see it.
type target uint8

const (
	// targetNone: nothing that lies in a keyspace.
	targetNone target = iota
	// targetTable: a table or a materialized view.
	targetTable
	// targetKeyspace: a keyspace itself.
	targetKeyspace
	// targetMember: something else in a keyspace: a type, a function, an aggregate, an index.
	targetMember
)

// actionInfo is what there is to know of an action.
type actionInfo struct {
	// name is the value of the rule key query_action.
	name   string
	target target
	// readonly: nothing is changed.
	readonly bool
}

// actions holds what there is to know, by action.
var actions = [actionCount]actionInfo{
	actionSelect:           {"select", targetTable, true},
	actionInsert:           {"insert", targetTable, false},
	actionUpdate:           {"update", targetTable, false},
	actionDelete:           {"delete", targetTable, false},
	actionTruncate:         {"truncate-table", targetTable, false},
	actionCreateTable:      {"create-table", targetTable, false},
	actionAlterTable:       {"alter-table", targetTable, false},
	actionDropTable:        {"drop-table", targetTable, false},
	actionUse:              {"use", targetKeyspace, true},
	actionCreateKeyspace:   {"create-keyspace", targetKeyspace, false},
	actionAlterKeyspace:    {"alter-keyspace", targetKeyspace, false},
	actionDropKeyspace:     {"drop-keyspace", targetKeyspace, false},
	actionCreateIndex:      {"create-index", targetTable, false},
	actionDropIndex:        {"drop-index", targetMember, false},
	actionCreateView:       {"create-materialized-view", targetTable, false},
	actionAlterView:        {"alter-materialized-view", targetTable, false},
	actionDropView:         {"drop-materialized-view", targetTable, false},
	actionCreateType:       {"create-type", targetMember, false},
	actionAlterType:        {"alter-type", targetMember, false},
	actionDropType:         {"drop-type", targetMember, false},
	actionCreateFunction:   {"create-function", targetMember, false},
	actionDropFunction:     {"drop-function", targetMember, false},
	actionCreateAggregate:  {"create-aggregate", targetMember, false},
	actionDropAggregate:    {"drop-aggregate", targetMember, false},
	actionCreateTrigger:    {"create-trigger", targetTable, false},
	actionDropTrigger:      {"drop-trigger", targetTable, false},
	actionCreateRole:       {"create-role", targetNone, false},
	actionAlterRole:        {"alter-role", targetNone, false},
	actionDropRole:         {"drop-role", targetNone, false},
	actionGrantRole:        {"grant-role", targetNone, false},
	actionRevokeRole:       {"revoke-role", targetNone, false},
	actionListRoles:        {"list-roles", targetNone, true},
	actionGrantPermission:  {"grant-permission", targetNone, false},
	actionRevokePermission: {"revoke-permission", targetNone, false},
	actionListPermissions:  {"list-permissions", targetNone, true},
	actionCreateUser:       {"create-user", targetNone, false},
	actionAlterUser:        {"alter-user", targetNone, false},
	actionDropUser:         {"drop-user", targetNone, false},
	actionListUsers:        {"list-users", targetNone, true},
	actionListSuperusers:   {"list-superusers", targetNone, true},
	actionAddIdentity:      {"add-identity", targetNone, false},
	actionDropIdentity:     {"drop-identity", targetNone, false},
	actionDescribe:         {"describe", targetNone, true},
}

func (a action) String() string { return actions[a].name }
