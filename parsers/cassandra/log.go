package cassandra

import (
	"strconv"

	"github.com/proxylib/proxylib/proxylib"
)

// logFields documents the fields of log entries.
var logFields = []proxylib.LogFieldDoc{
	{Name: "query_action", Doc: "the action; absent where no statement could be read"},
	{Name: "query_table",
		Doc: "`keyspace.table`, or the keyspace where the action is for one; absent where neither is named"},
	{Name: "keyspace", Doc: "the keyspace; absent where there is none or it is not known"},
	{Name: "consistency", Doc: "the level of consistency; absent in PREPARE"},
	{Name: "prepared", Doc: "`true` in an EXECUTE, else absent"},
	{Name: "batch_size", Doc: "the number of statements in a BATCH message, else absent"},
	{Name: "error", Doc: "`unknown prepared query id`, of a request that is answered so that the client prepares " +
		"again"},
	{Name: "status", Doc: "in a Denied entry why no rule was asked; in a Response `ok` or `error`; in a Request, which audit " +
		"mode logs, `holds no statement`"},
	{Name: "result", Doc: "in a Response the kind of result: `void`, `rows`, `set-keyspace`, `prepared` or " +
		"`schema-change`; absent where more than 4 KiB of warnings stand before it"},
	{Name: "rows", Doc: "in a Response of rows their number, of one page; absent where more than 4 KiB of warnings and " +
		"columns stand before it"},
	{Name: "error_code", Doc: "in a Response the code of the error, `0x` and four digits; absent as `result` is"},
}

// logTouches logs a request, an entry for each thing that it touches.
func (p *parser) logTouches(entryType proxylib.EntryType, r *request, status string) {
	for i := range p.asked {
		t := &p.asked[i]
		p.entry.Begin(Name)
		p.entry.AddText("query_action", t.action.String())
		if len(t.name) > 0 && actions[t.action].target != targetMember {
			p.entry.AddBytes("query_table", t.name)
		}
		if t.split > 0 {
			p.entry.AddBytes("keyspace", t.keyspace())
		}
		p.logRest(entryType, r, status)
	}
	if len(p.asked) == 0 {
		p.entry.Begin(Name)
		p.logRest(entryType, r, status)
	}
}

// logRest appends what is the same in all entries of a request, and logs the entry.
func (p *parser) logRest(entryType proxylib.EntryType, r *request, status string) {
	if r.opcode == opQuery || r.opcode == opExecute || r.opcode == opBatch {
		p.entry.AddText("consistency", consistencies[r.consistency])
	}
	if r.opcode == opExecute {
		p.entry.AddText("prepared", "true")
	}
	if r.opcode == opBatch {
		p.number = strconv.AppendInt(p.number[:0], int64(r.entries), 10)
		p.entry.AddBytes("batch_size", p.number)
	}
	if status != "" {
		p.entry.AddText("status", status)
	}
	p.connection.Log(entryType, &p.entry)
}

// logRefused logs a request that is refused before it is known what it touches. key is status or error.
func (p *parser) logRefused(key, reason string) {
	p.entry.Begin(Name)
	p.entry.AddText(key, reason)
	p.connection.Log(proxylib.EntryTypeDenied, &p.entry)
}

// results are the kinds of a RESULT by number.
var results = [...]string{1: "void", 2: "rows", 3: "set-keyspace", 4: "prepared", 5: "schema-change"}

// logAnswer logs the answer to a statement.
func (p *parser) logAnswer(r *inflight, op opcode, o *outcome) {
	p.entry.Begin(Name)
	if r.action != actionNone {
		p.entry.AddText("query_action", r.action.String())
	}
	if op == opError {
		p.entry.AddText("status", "error")
		if o.known {
			p.number = append(p.number[:0], "0x"...)
			for shift := 12; shift >= 0; shift -= 4 {
				p.number = append(p.number, "0123456789abcdef"[o.number>>shift&15])
			}
			p.entry.AddBytes("error_code", p.number)
		}
	} else {
		p.entry.AddText("status", "ok")
		if o.known && o.number < uint32(len(results)) {
			p.entry.AddText("result", results[o.number])
		}
		if o.counted {
			p.number = strconv.AppendInt(p.number[:0], int64(o.rows), 10)
			p.entry.AddBytes("rows", p.number)
		}
	}
	p.connection.Log(proxylib.EntryTypeResponse, &p.entry)
}
