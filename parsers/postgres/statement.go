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
	// size is the number of bytes that the slices of bytes above share.
	size int
	// Most texts do so little that it is stored here.
	fewAccesses [3]access
	fewParts    [1]part
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
	p.cache.put(text, p.server.lex, s)
	return s
}

// newStatement reads a text.
func (p *parser) newStatement(text []byte) *statement {
	s, r := new(statement), &p.reader
	if err := r.Read(text, p.server.lex); err != nil {
		s.unread, s.changes, s.ends, s.acts = err.Error(), true, true, true
		s.copyIn = mayCopy(text)
		s.store(nil, 0)
		return s
	}
	s.take(r)
	ofReplies := p.describe(s)
	e := &p.entry
	p.list = e.AppendFields(p.list[:0], e.FieldsLen())
	s.store(p.list, ofReplies)
	return s
}

// store copies all bytes that the statement has of others into memory of its own: names, settings, and the log fields, of
// which the first are those of replies as well.
func (s *statement) store(fields []byte, ofReplies int) {
	n := len(fields)
	for i := range s.accesses {
		n += len(s.accesses[i].schema) + len(s.accesses[i].name)
	}
	for i := range s.parts {
		n += len(s.parts[i].name)
	}
	for i := range s.encodings {
		n += len(s.encodings[i].name) + len(s.encodings[i].value)
	}
	s.size = n
	memory := make([]byte, 0, n)
	keep := func(b []byte) []byte {
		from := len(memory)
		memory = append(memory, b...)
		return memory[from:len(memory):len(memory)]
	}
	for i := range s.accesses {
		s.accesses[i].schema, s.accesses[i].name = keep(s.accesses[i].schema), keep(s.accesses[i].name)
	}
	for i := range s.parts {
		s.parts[i].name = keep(s.parts[i].name)
	}
	for i := range s.encodings {
		c := &s.encodings[i]
		c.name, c.value = keep(c.name), keep(c.value)
	}
	s.fields = keep(fields)
	s.replyFields = s.fields[:ofReplies:ofReplies]
}

// mayCopy reports whether a text that could not be read may be a COPY.
func mayCopy(text []byte) bool { return bytes.Contains(bytes.ToLower(text), []byte("copy")) }

// take takes over what has been read. Names are the reader's until they are stored.
func (s *statement) take(r *sql.Reader) {
	s.accesses, s.parts = s.fewAccesses[:0], s.fewParts[:0]
	if n := len(r.Accesses) + len(r.Statements); n > len(s.fewAccesses) {
		s.accesses = make([]access, 0, n)
	}
	if n := len(r.Statements); n > len(s.fewParts) {
		s.parts = make([]part, 0, n)
	}
	for i := range r.Accesses {
		a := &r.Accesses[i]
		s.accesses = append(s.accesses, access{
			operation: operation(a.Operation), class: classOf(a.Class), kind: a.Kind, schema: a.Schema, name: a.Name,
		})
		s.accesses[i].classifySetting()
		s.note(a)
	}
	for i := range r.Statements {
		s.parts = append(s.parts, part{r.Statements[i].Operation, r.Statements[i].Name})
		s.addPart(r.Statements[i].Operation)
	}
	for i := range r.Settings {
		s.addSetting(&r.Settings[i])
	}
	for i := range s.accesses {
		s.accesses[i].statements = uint16(len(s.parts))
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
		c := change{setting: setting{set.Name, set.Value}, reset: set.Change == sql.ChangeReset, sure: set.Change != sql.ChangeMaybe && !set.Local}
		if len(c.value) > maxSettingValue {
			c.value = nil
		}
		s.encodings = append(s.encodings, c)
	}
}

// maxSettingValue is the length of the longest value of such a setting that is kept, in bytes. Without its value the text is
// refused.
const maxSettingValue = 1 << 10

// The cache of texts.
const (
	// cacheSlots is the number of texts.
	cacheSlots = 1 << 12
	// maxCached is the length of the longest text in the cache, in bytes.
	maxCached = 8 << 10
	// statementCost is about what a statement takes, and the cache for it, without what is of any length.
	statementCost, accessCost = 400, 64
)

// cache remembers what texts do, for all connections of an instance. Each text has one place; a newer one takes it over.
type cache struct {
	seed      maphash.Seed
	allowance *proxylib.Allowance
	slots     [cacheSlots]slot
}

// slot is the place of texts. Where several connections write to it at once, hash may be that of another text than the one
// there; then neither is found.
type slot struct {
	cached atomic.Pointer[cached]
	// hash spares a look at another text, which is in memory that has long not been used.
	hash atomic.Uint32
	// cost is what has been taken from the allowance for the text that came last, and is given back when another comes.
	cost atomic.Int32
}

// cached is what a text does that has been read by the settings. It never changes. The statement may outlive it, and does not
// retain the text.
type cached struct {
	statement *statement
	text      string
	set       sql.Settings
}

type cacheKey struct{}

func newCache(a *proxylib.Allowance) *cache {
	return &cache{seed: maphash.MakeSeed(), allowance: a}
}

// place returns the slot of a text, and its hash.
func (c *cache) place(text []byte) (s *slot, hash uint32) {
	h := maphash.Bytes(c.seed, text)
	return &c.slots[h%cacheSlots], uint32(h >> 32)
}

// get returns what a text does if it is known.
func (c *cache) get(text []byte, set sql.Settings) *statement {
	if len(text) > maxCached {
		return nil
	}
	place, hash := c.place(text)
	if place.hash.Load() != hash {
		return nil
	}
	known := place.cached.Load()
	if known == nil || known.text != string(text) || known.set != set {
		return nil
	}
	return known.statement
}

// put remembers a statement, if its text is short.
func (c *cache) put(text []byte, set sql.Settings, s *statement) {
	cost := s.cost() + len(text)
	if len(text) > maxCached || !c.allowance.Take(cost) {
		return
	}
	place, hash := c.place(text)
	place.cached.Store(&cached{s, string(text), set})
	place.hash.Store(hash)
	c.allowance.Give(int(place.cost.Swap(int32(cost))))
}

// cost is about the number of bytes that a statement takes.
func (s *statement) cost() int {
	return statementCost + s.size + len(s.unread) + accessCost*(len(s.accesses)+len(s.parts)+len(s.encodings))
}
