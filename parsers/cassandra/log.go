package cassandra

import (
	"fmt"
	"strconv"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

// logFields documents the fields of log entries.
var logFields = []proxylib.LogFieldDoc{
	{Name: "query_action", Attribute: "db.operation.name", Doc: "the action; absent where no statement could be read"},
	{Name: "query_table", Attribute: "db.collection.name",
		Doc: "`keyspace.table`, or the keyspace where the action is for one; absent where neither is named. In a Response " +
			"action, table and keyspace are the first of the request, without names of more than 96 bytes"},
	{Name: "keyspace", Attribute: "db.namespace", Doc: "the keyspace; absent where there is none or it is not known"},
	{Name: "consistency", Attribute: "cassandra.consistency.level", Doc: "the level of consistency; absent in PREPARE"},
	{Name: "prepared", Doc: "`true` in an EXECUTE, else absent"},
	{Name: "batch_size", Attribute: "db.operation.batch.size", Doc: "the number of statements in a BATCH message, else absent"},
	{Name: "stream", Doc: "the stream, by which an answer belongs to its request; absent where no message could be read"},
	{Name: "opcode", Doc: "`QUERY`, `PREPARE`, … of a request of which no statement could be read, else absent"},
	{Name: "error", Doc: "in a Response of our own: `unknown prepared query id`, so that the client prepares again, or " +
		"which versions it may try"},
	{Name: "status", Doc: "in a Denied entry why no rule was asked; in a Response `ok` or `error`; in a Request " +
		"`holds no statement`, which audit mode logs, or why it was not read, where everything is allowed"},
	{Name: "result", Doc: "in a Response the kind of result: `void`, `rows`, `set-keyspace`, `prepared` or " +
		"`schema-change`; absent where more than 4 KiB of warnings stand before it"},
	{Name: "rows", Attribute: "db.response.returned_rows", Doc: "in a Response of rows their number, of one page; absent where more than 4 KiB of warnings and " +
		"columns stand before it"},
	{Name: "error_code", Attribute: "db.response.status_code", Doc: "in a Response the code of the error, `0x` and four digits; absent as `result` is"},
}

// Log fields whose values differ.
var (
	keyTable     = proxylib.NewLogKey("query_table")
	keyKeyspace  = proxylib.NewLogKey("keyspace")
	keyBatchSize = proxylib.NewLogKey("batch_size")
	keyErrorCode = proxylib.NewLogKey("error_code")
	keyRows      = proxylib.NewLogKey("rows")
	keyStream    = proxylib.NewLogKey("stream")
	keyStatus    = proxylib.NewLogKey("status")
	keyError     = proxylib.NewLogKey("error")
)

// Log fields whose values are known, by the number of action, consistency (of an EXECUTE with prepared) and kind of result
// (with status).
var (
	actionFields = func() (fields [cql.ActionCount]proxylib.LogConstant) {
		for a := range fields {
			fields[a] = proxylib.NewLogConstant("query_action", cql.Action(a).String())
		}
		return fields
	}()
	consistencyFields = proxylib.NewLogConstants("consistency", consistencies...)
	executeFields     = func() (fields []proxylib.LogConstant) {
		for _, consistency := range consistencyFields {
			fields = append(fields, consistency.And(proxylib.NewLogConstant("prepared", "true")))
		}
		return fields
	}()
	resultFields = func() (fields [len(resultNames)]proxylib.LogConstant) {
		for n, name := range resultNames {
			fields[n] = fieldStatusOK.And(proxylib.NewLogConstant("result", name))
		}
		return fields
	}()
	fieldStatusOK    = proxylib.NewLogConstant("status", "ok")
	fieldStatusError = proxylib.NewLogConstant("status", "error")
)

// resultNames are the kinds of a RESULT by number.
var resultNames = [...]string{1: "void", 2: "rows", 3: "set-keyspace", 4: "prepared", 5: "schema-change"}

// newEntry returns the entry, without fields.
func (p *parser) newEntry() *proxylib.L7Entry {
	p.entry.Begin(Name)
	p.accessFields = 0
	return &p.entry
}

// logAccesses logs a request, an entry for each access.
func (p *parser) logAccesses(r *request, status string) {
	switch len(p.accesses) {
	case 0:
		p.connection.LogRequest(p.whole, p.accessEntry(&noAccess, r, status))
	case 1:
		p.connection.LogRequest(p.whole, p.accessEntry(&p.accesses[0], r, status))
	default:
		for i := range p.accesses {
			p.connection.LogPart(i, p.whole, p.verdicts[i], p.accessEntry(&p.accesses[i], r, status))
		}
		p.accessFields = 0
	}
}

// accessEntry returns the entry of a request for one of its accesses.
func (p *parser) accessEntry(a *access, r *request, status string) *proxylib.L7Entry {
	e := p.newEntry()
	if a.Action != cql.None {
		a.addFields(e)
	}
	p.accessFields = e.FieldsLen()
	p.addRequestFields(e, r, status)
	return e
}

// addFields adds the log fields of an access.
func (t *access) addFields(e *proxylib.L7Entry) {
	if t.fields.Len() > 0 {
		e.AddConstant(t.fields)
		return
	}
	e.AddConstant(actionFields[t.Action])
	if t.logsTable() {
		e.AddBytes(keyTable, t.Name)
	}
	e.AddSome(keyKeyspace, t.Keyspace())
}

// logFields returns the log fields of an access.
func (t *access) logFields() proxylib.LogConstant {
	fields := actionFields[t.Action]
	if t.logsTable() {
		fields = fields.And(proxylib.NewLogConstant("query_table", string(t.Name)))
	}
	if t.Split > 0 {
		fields = fields.And(proxylib.NewLogConstant("keyspace", string(t.Keyspace())))
	}
	return fields
}

// logsTable reports whether the log has the name in the field query_table.
func (t *access) logsTable() bool { return len(t.Name) > 0 && t.Action.Target() != cql.TargetMember }

// addRequestFields adds what is the same in all entries of a request.
func (p *parser) addRequestFields(e *proxylib.L7Entry, r *request, status string) {
	switch r.opcode {
	case opQuery:
		e.AddConstant(consistencyFields[r.consistency])
	case opExecute:
		e.AddConstant(executeFields[r.consistency])
	case opBatch:
		e.AddConstant(consistencyFields[r.consistency]).AddNumber(keyBatchSize, uint64(r.entries))
	}
	addStream(e, r.stream)
	if status != "" {
		e.AddText(keyStatus, status)
	}
}

// logRefused logs a request that is refused before its accesses are known; r is nil where its opcode is not known.
func (p *parser) logRefused(r *request, reason string) {
	e := p.newEntry()
	if r != nil {
		e.AddConstant(opcodeField(r.opcode)).AddNumber(keyStream, uint64(r.stream))
	}
	p.connection.LogRefused(reason, e.AddText(keyStatus, reason))
}

// logUnprepared logs that a client has to prepare a statement again, which the policy has nothing to do with.
func (p *parser) logUnprepared(r *request) {
	p.connection.LogReply(p.newEntry().AddNumber(keyStream, uint64(r.stream)).AddConstant(fieldStatusError).AddText(keyError, unknownPrepared).
		AddBytes(keyErrorCode, hexadecimalCode(codeUnprepared)))
}

// logVersion logs that a client has to try another version.
func (p *parser) logVersion(message string) {
	p.connection.LogReply(p.newEntry().AddConstant(fieldStatusError).AddText(keyError, message).
		AddBytes(keyErrorCode, hexadecimalCode(codeProtocol)))
}

// streamFields are the log fields of the streams that clients take first, by number.
var streamFields = func() (fields [256]proxylib.LogConstant) {
	for n := range fields {
		fields[n] = proxylib.NewLogConstant("stream", strconv.Itoa(n))
	}
	return fields
}()

func addStream(e *proxylib.L7Entry, stream uint16) {
	if int(stream) < len(streamFields) {
		e.AddConstant(streamFields[stream])
		return
	}
	e.AddNumber(keyStream, uint64(stream))
}

// opcodeNames are the names of the opcodes of requests.
var opcodeNames = map[opcode]string{
	opStartup: "STARTUP", opOptions: "OPTIONS", opQuery: "QUERY", opPrepare: "PREPARE", opExecute: "EXECUTE",
	opRegister: "REGISTER", opBatch: "BATCH", opAuthResponse: "AUTH_RESPONSE",
}

// opcodeFields are the log fields of the opcodes, by number.
var opcodeFields = func() (fields [256]proxylib.LogConstant) {
	for n := range fields {
		name := opcodeNames[opcode(n)]
		if name == "" {
			name = fmt.Sprintf("0x%02x", n)
		}
		fields[n] = proxylib.NewLogConstant("opcode", name)
	}
	return fields
}()

func opcodeField(op opcode) proxylib.LogConstant { return opcodeFields[op] }

// logAnswer logs the answer to a statement.
func (p *parser) logAnswer(r *inflight, h *header, o *outcome) {
	e := p.newEntry()
	if len(r.encoded) > 0 {
		e.AddFields(r.encoded)
	} else {
		e.AddConstant(r.fields)
	}
	addStream(e, h.stream)
	e.Reply()
	status := proxylib.Succeeded
	switch {
	case h.opcode == opError:
		status = proxylib.Failed
		e.AddConstant(fieldStatusError)
		if o.known {
			e.AddBytes(keyErrorCode, hexadecimalCode(o.number))
		}
	case o.known && o.number < uint32(len(resultNames)):
		e.AddConstant(resultFields[o.number])
	default:
		e.AddConstant(fieldStatusOK)
	}
	if o.counted {
		e.AddNumber(keyRows, uint64(o.rows))
	}
	p.streams.LogReply(p.connection, h.stream, status, e)
}

// hexadecimalCode writes the code of an error, of which there are two bytes.
func hexadecimalCode(code uint32) []byte {
	const digits = "0123456789abcdef"
	return []byte{'0', 'x', digits[code>>12&15], digits[code>>8&15], digits[code>>4&15], digits[code&15]}
}
