package postgres

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
)

// statement is what a text does. It never changes.
type statement struct {
	accesses []access
	parts    []part
	// encodings are settings that change how texts are read.
	encodings []change
	// unread is why the text could not be read.
	unread string
	// copyIn: it may be a COPY FROM STDIN.
	copyIn bool
	// changes: it may change search_path. ends: it may begin or end a transaction.
	changes, ends bool
	// executes: it executes prepared statements, or reads cursors.
	executes bool
	// acts: the session may act as another role after it.
	acts bool
	// fields are the log fields of requests, replyFields those of replies, encoded.
	fields, replyFields []byte
	// text is for the cache: that which has been read, by the settings.
	text string
	set  sql.Settings
}

// part is a statement of a text.
type part struct {
	operation sql.Operation
	name      []byte
}

// change is a setting that a text changes.
type change struct {
	setting
	// reset: it gets the value that it has by default. sure: it certainly gets either, for the session.
	reset, sure bool
}

// unknownStatement stands for one that is not known, where everything is allowed.
var unknownStatement = statement{unread: reasonStatement, changes: true, ends: true, acts: true}

var unknownEntry = entry{last: &unknownStatement}

var functionCallStatement = statement{changes: true, ends: true}

// read returns what a text does.
func (p *parser) read(text []byte) *statement {
	if s := p.cache.get(text, p.server.lex); s != nil {
		return s
	}
	s := p.newStatement(text)
	p.cache.put(text, s)
	return s
}

// newStatement reads a text.
func (p *parser) newStatement(text []byte) *statement {
	s := &statement{set: p.server.lex}
	r := &p.reader
	if err := r.Read(text, p.server.lex); err != nil {
		s.unread, s.changes, s.ends, s.acts = err.Error(), true, true, true
		s.copyIn = mayCopy(text)
		p.setFields(s, nil)
		return s
	}
	s.take(r)
	p.setFields(s, text)
	return s
}

// mayCopy reports whether a text that could not be read may be a COPY.
func mayCopy(text []byte) bool { return bytes.Contains(bytes.ToLower(text), []byte("copy")) }

// take copies what has been read.
func (s *statement) take(r *sql.Reader) {
	n := 0
	for i := range r.Accesses {
		n += len(r.Accesses[i].Schema) + len(r.Accesses[i].Name)
	}
	for i := range r.Statements {
		n += len(r.Statements[i].Name)
	}
	memory := make([]byte, 0, n)
	keep := func(b []byte) []byte {
		from := len(memory)
		memory = append(memory, b...)
		return memory[from:len(memory):len(memory)]
	}
	s.accesses = make([]access, 0, len(r.Accesses)+len(r.Statements))
	for i := range r.Accesses {
		a := &r.Accesses[i]
		s.accesses = append(s.accesses, access{operation(a.Operation), classOf(a.Class), a.Kind, keep(a.Schema), keep(a.Name)})
		s.accesses[i].classifySetting()
		s.note(a)
	}
	s.parts = make([]part, len(r.Statements))
	for i := range r.Statements {
		s.parts[i] = part{r.Statements[i].Operation, keep(r.Statements[i].Name)}
		s.addPart(r.Statements[i].Operation)
	}
	for i := range r.Settings {
		s.addSetting(&r.Settings[i])
	}
}

// note notes what an access may change for what follows.
func (s *statement) note(a *sql.Access) {
	switch {
	case a.Operation == sql.Copy && a.Class != sql.Read:
		s.copyIn = true
	case a.Operation == sql.Call, a.Operation == sql.Do, a.Operation == sql.CallFunction && a.Class != sql.Read:
		s.changes = true
		s.acts = s.acts || a.Operation == sql.Do || string(a.Name) == "set_config"
	}
}

// addPart adds an access for the statement itself, where none of its kind names an object.
func (s *statement) addPart(op sql.Operation) {
	switch op {
	case sql.Execute, sql.Fetch, sql.Move:
		s.executes, s.changes = true, true
	case sql.SetRole, sql.SetSession:
		s.changes, s.acts = true, true
	case sql.Do, sql.Call, sql.Discard:
		s.changes = true
	case sql.Begin, sql.Commit, sql.Rollback, sql.RollbackTo, sql.Release, sql.PrepareTransaction:
		s.ends = true
	}
	for i := range s.accesses {
		if s.accesses[i].operation == operation(op) {
			return
		}
	}
	s.accesses = append(s.accesses, access{operation: operation(op), class: operation(op).class()})
}

// addSetting notes a setting that texts depend on.
func (s *statement) addSetting(set *sql.Setting) {
	name, all := string(set.Name), len(set.Name) == 0
	if all || name == "search_path" || name == "role" || name == "session_authorization" {
		s.changes, s.acts = true, s.acts || name == "role"
	}
	if all || name == "client_encoding" || name == "standard_conforming_strings" || name == "search_path" {
		s.encodings = append(s.encodings, change{
			setting: setting{bytes.Clone(set.Name), bytes.Clone(set.Value)},
			reset:   set.Change == sql.ChangeReset, sure: set.Change != sql.ChangeMaybe && !set.Local,
		})
	}
}

// The cache of texts.
const (
	// cacheSlots is the number of texts.
	cacheSlots = 1 << 12
	// maxCached is the length of the longest text in the cache, in bytes.
	maxCached = 8 << 10
	// statementCost is about what a statement takes without its text and accesses.
	statementCost, accessCost = 256, 128
)

// cache remembers what texts do, for all connections of an instance. Each text has one place; a newer one takes it over.
type cache struct {
	seed      maphash.Seed
	allowance *proxylib.Allowance
	slots     [cacheSlots]atomic.Pointer[statement]
}

type cacheKey struct{}

func newCache(a *proxylib.Allowance) *cache {
	return &cache{seed: maphash.MakeSeed(), allowance: a}
}

func (c *cache) slot(text []byte) *atomic.Pointer[statement] {
	return &c.slots[maphash.Bytes(c.seed, text)%cacheSlots]
}

// get returns what a text does if it is known.
func (c *cache) get(text []byte, set sql.Settings) *statement {
	if len(text) > maxCached {
		return nil
	}
	s := c.slot(text).Load()
	if s == nil || s.text != string(text) || s.set != set {
		return nil
	}
	return s
}

// put remembers a statement, if it is short.
func (c *cache) put(text []byte, s *statement) {
	if len(text) > maxCached || !c.allowance.Take(s.cost(len(text))) {
		return
	}
	s.text = string(text)
	if old := c.slot(text).Swap(s); old != nil {
		c.allowance.Give(old.cost(len(old.text)))
	}
}

// cost is about the number of bytes that a statement takes in the cache.
func (s *statement) cost(text int) int {
	return statementCost + text + len(s.fields) + len(s.replyFields) + accessCost*(len(s.accesses)+len(s.parts))
}
