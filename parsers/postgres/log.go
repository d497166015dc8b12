package postgres

import (
	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
)

// Limits of log fields.
const (
	// maxLogged is the number of operations, tables or functions in an entry.
	maxLogged = 16
	// maxLoggedBytes is about the number of their bytes.
	maxLoggedBytes = 512
)

var (
	keyOperation   = proxylib.NewLogKey("operation")
	keyTables      = proxylib.NewLogKey("tables")
	keyFunctions   = proxylib.NewLogKey("functions")
	keyDatabase    = proxylib.NewLogKey("database")
	keyApplication = proxylib.NewLogKey("application_name")
	keyFingerprint = proxylib.NewLogKey("fingerprint")
	keyPrepared    = proxylib.NewLogKey(fieldPrepared)
	keyText        = proxylib.NewLogKey("text")
	keyRows        = proxylib.NewLogKey("rows")
	keySQLState    = proxylib.NewLogKey("sqlstate")
)

// fieldPrepared is the field with the name of a prepared statement.
const fieldPrepared = "prepared"

var logFields = []proxylib.LogFieldDoc{
	{Name: "message", Doc: "the message: `query`, `parse`, `bind`, `execute`, …, of which `bind` and `execute` are of a prepared statement; absent before the login and in a Response"},
	{Name: "operation", Attribute: "db.operation.name", Doc: "what the text does: kinds of statements, as in the rule key, with `, ` between them; absent where it could not be read"},
	{Name: "tables", Attribute: "db.collection.name", Doc: "the tables, views and sequences, as they are written, with `, ` between them, at most 16 and about 512 bytes; absent where there are none, and in a Response"},
	{Name: "functions", Doc: "the functions that a rule has to name, likewise"},
	{Name: fieldPrepared, Doc: "the name of the prepared statement that is prepared or executed, by a message or by `PREPARE` and `EXECUTE`, likewise; absent for one without a name, or that this connection has not prepared, and in a Response"},
	{Name: "fingerprint", Doc: "a number of 16 hexadecimal digits that texts share that differ in literals and white space alone; absent in a Response"},
	{Name: "text", Attribute: "db.query.text", Doc: "with `log_text`: the text, with its literals replaced by `?`"},
	{Name: "database", Attribute: "db.namespace", Doc: "the database; absent in a Response"},
	{Name: "application_name", Doc: "what the client says that it is; only with `connect` and `replication`"},
	{Name: "status", Doc: "of a reply: `ok` or `error`"},
	{Name: "rows", Attribute: "db.response.returned_rows", Doc: "of a reply: the number of rows that were returned or changed, of all statements; absent where the server gives none"},
	{Name: "sqlstate", Attribute: "db.response.status_code", Doc: "of a reply: the SQLSTATE of an error"},
}

// The messages with log fields of their own.
const (
	messageQuery = iota
	messageParse
	messageExecute
)

var (
	messageFields = [...]proxylib.LogConstant{
		messageQuery:   proxylib.NewLogConstant("message", "query"),
		messageParse:   proxylib.NewLogConstant("message", "parse"),
		messageExecute: proxylib.NewLogConstant("message", "execute"),
	}
	otherMessages = map[byte]proxylib.LogConstant{
		msgQuery: messageFields[messageQuery], msgParse: messageFields[messageParse], msgExecute: messageFields[messageExecute],
		msgBind: proxylib.NewLogConstant("message", "bind"), msgDescribe: proxylib.NewLogConstant("message", "describe"),
		msgClose: proxylib.NewLogConstant("message", "close"),
	}
	fieldOK    = proxylib.NewLogConstant("status", "ok")
	fieldError = proxylib.NewLogConstant("status", "error")
)

// describe makes the log fields of a statement that has been read ready in the entry. It returns how many of their bytes are of
// replies as well.
func (p *parser) describe(s *statement) (ofReplies int) {
	e := &p.entry
	e.Begin(Name)
	list := listing{b: p.list[:0]}
	for i := range s.parts {
		list.add(nil, operationNames[s.parts[i].operation])
	}
	if len(list.b) > 0 {
		e.AddBytes(keyOperation, list.b)
	}
	ofReplies = e.FieldsLen()
	addNames(e, keyTables, s, &list, func(a *access) bool { return a.kind == sql.Table })
	addNames(e, keyFunctions, s, &list, func(a *access) bool { return a.kind == sql.Function && !a.harmless() })
	list = listing{b: list.b[:0]}
	for i := range s.parts {
		if part := &s.parts[i]; part.operation == sql.Prepare || part.operation == sql.Execute {
			list.add(nil, part.name)
		}
	}
	e.AddSome(keyPrepared, list.b)
	normalized := p.reader.Normalized()
	p.list = appendFingerprint(list.b[:0], normalized)
	e.AddBytes(keyFingerprint, p.list)
	if p.config.LogText {
		e.AddBytes(keyText, normalized)
	}
	return ofReplies
}

// appendFingerprint appends the number of a text without literals (FNV-1a).
func appendFingerprint(b, text []byte) []byte {
	const offset, prime, hex = 14695981039346656037, 1099511628211, "0123456789abcdef"
	h := uint64(offset)
	for _, c := range text {
		h = (h ^ uint64(c)) * prime
	}
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, hex[h>>shift&15])
	}
	return b
}

// addNames adds the names of accesses of a kind.
func addNames(e *proxylib.L7Entry, key proxylib.LogKey, s *statement, list *listing, is func(*access) bool) {
	*list = listing{b: list.b[:0]}
	for i := range s.accesses {
		if a := &s.accesses[i]; is(a) {
			list.add(a.schema, a.name)
		}
	}
	if len(list.b) > 0 {
		e.AddBytes(key, list.b)
	}
}

// listing is a list of names in a log field.
type listing struct {
	b    []byte
	n    int
	last []byte
}

// add adds a name, unless it is that before.
func (l *listing) add(schema, name []byte) {
	if l.n == maxLogged || len(l.b) > maxLoggedBytes {
		return
	}
	from := len(l.b)
	if l.n > 0 {
		l.b = append(l.b, ", "...)
	}
	start := len(l.b)
	if len(schema) > 0 {
		l.b = append(append(l.b, schema...), '.')
	}
	l.b = append(l.b, name...)
	if string(l.b[start:]) == string(l.last) {
		l.b = l.b[:from]
		return
	}
	l.last = l.b[start:]
	l.n++
}

// requestEntry returns the entry of a request.
func (p *parser) requestEntry(s *statement, message int) *proxylib.L7Entry {
	e := &p.entry
	e.Begin(Name)
	e.AddConstant(messageFields[message])
	e.AddFields(s.fields)
	return e.AddBytes(keyDatabase, p.database)
}

// messageEntry returns the entry of a message that is not read.
func (p *parser) messageEntry(kind byte) *proxylib.L7Entry {
	e := &p.entry
	e.Begin(Name)
	if field, ok := otherMessages[kind]; ok {
		e.AddConstant(field)
	}
	return e.AddBytes(keyDatabase, p.database)
}

// connectionEntry returns the entry of an operation without SQL.
func (p *parser) connectionEntry(op operation) *proxylib.L7Entry {
	e := &p.entry
	e.Begin(Name)
	e.AddBytes(keyOperation, operationNames[op])
	if len(p.database) > 0 {
		e.AddBytes(keyDatabase, p.database)
	}
	if len(p.application) > 0 && (op == opConnect || op == opReplication) {
		e.AddBytes(keyApplication, p.application)
	}
	return e
}

// logReply logs the reply to the request at the head.
func (p *parser) logReply(s *statement) {
	e, r := &p.entry, &p.reply
	e.Begin(Name)
	if s != nil {
		e.AddFields(s.replyFields)
	}
	e.Reply()
	if r.failed {
		p.replies.LogReply(p.connection, proxylib.Failed, e.AddConstant(fieldError).AddBytes(keySQLState, r.code[:]))
	} else {
		e.AddConstant(fieldOK)
		if r.counted {
			e.AddNumber(keyRows, r.rows)
		}
		p.replies.LogReply(p.connection, proxylib.Succeeded, e)
	}
	r.counted, r.rows = false, 0
}
