package accesslog

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"sync"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Redaction is what happens to the values of a field before any reader gets them.
type Redaction string

const (
	// Hash replaces a value by a keyed hash of it: equal values stay equal, and cannot be found out by trying without the key.
	Hash Redaction = "hash"
	// Cut leaves the first four characters of a value, at most half of it.
	Cut Redaction = "cut"
	// Drop leaves the field out.
	Drop Redaction = "drop"
)

const (
	// hashBytes is the length of a hash in the log, in bytes before it is written in hexadecimal.
	hashBytes = 8
	// cutTo is how many characters of a value are left.
	cutTo = 4
	// minRedactKey is the length of the shortest key, in bytes.
	minRedactKey = 16
)

// Redactor is a [Logger] that hands entries on without what must not be logged. It may be used from several threads at once.
type Redactor struct {
	to     Logger
	rules  map[string]Redaction
	http   map[string]Redaction // for entries of HTTP
	hashes sync.Pool
}

// redacting is the memory of a call.
type redacting struct {
	l7, reply Generic
	http      HTTP
	flow      Flow
	exchange  Exchange
	hash      hash.Hash
	sum       [sha256.Size]byte
	text      []byte
	shown     []byte
}

// NewRedactor returns a logger that redacts fields by their names before it hands entries to another. "user" is that of the
// entry, too. key is for hashes. The error names the field and the cure.
func NewRedactor(to Logger, rules map[string]Redaction, key []byte) (*Redactor, error) {
	if err := CheckRedaction(rules); err != nil {
		return nil, err
	}
	if len(key) < minRedactKey {
		return nil, fmt.Errorf("key for hashes has %d bytes: give at least %d that nobody can guess", len(key), minRedactKey)
	}
	key = slices.Clone(key)
	r := &Redactor{to: to, rules: rules, http: rulesForHTTP(rules)}
	r.hashes.New = func() any { return &redacting{hash: hmac.New(sha256.New, key)} }
	return r, nil
}

// CheckRedaction returns an error if a rule is not known.
func CheckRedaction(rules map[string]Redaction) error {
	for field, rule := range rules {
		if rule != Hash && rule != Cut && rule != Drop {
			return fmt.Errorf("%.64q: %.32q is unknown: give %q, %q or %q", field, rule, Hash, Cut, Drop)
		}
	}
	return nil
}

// Log implements [Logger].
func (r *Redactor) Log(e Entry) {
	w := r.hashes.Get().(*redacting)
	defer r.hashes.Put(w)
	rules := r.rules
	switch l7 := e.L7.(type) {
	case nil:
	case *Generic:
		r.redact(w, &w.l7, l7, rules)
		e.L7 = &w.l7
	case *HTTP:
		rules = r.http
		r.redactHTTP(w, &w.http, l7)
		e.L7 = &w.http
	default:
		// What is in the other forms has no names.
		e.L7 = nil
	}
	if e.Exchange != nil && e.Exchange.Reply != nil {
		r.redact(w, &w.reply, e.Exchange.Reply, rules)
		w.exchange = *e.Exchange
		w.exchange.Reply = &w.reply
		e.Exchange = &w.exchange
	}
	if user := e.Flow.User(); user != "" && r.rules["user"] != "" {
		w.text = r.value(w, w.text[:0], r.rules["user"], []byte(user))
		w.flow = e.Flow.WithUser(string(w.text))
		e.Flow = &w.flow
	}
	r.to.Log(e)
	w.flow, w.exchange = Flow{}, Exchange{}
	w.l7.Trim()
	w.reply.Trim()
	w.http.release()
}

// redact makes to a copy of an entry without what rules redact.
func (r *Redactor) redact(w *redacting, to, from *Generic, rules map[string]Redaction) {
	to.Begin(from.proto)
	if from.head == 0 {
		return
	}
	for rest := from.wire[from.head:]; len(rest) > 0; {
		all := rest
		var key, value []byte
		key, value, rest = cutField(rest)
		name, _ := protowire.ConsumeBytes(key[1:])
		rule, redacts := rules[string(name)]
		switch {
		case !redacts:
			to.wire = append(to.wire, all[:len(all)-len(rest)]...)
		case rule != Drop:
			w.text = r.value(w, w.text[:0], rule, value)
			to.wire = appendField(to.wire, key, w.text, MaxValue)
		}
	}
}

// value appends what is left of a value.
func (r *Redactor) value(w *redacting, b []byte, rule Redaction, value []byte) []byte {
	switch rule {
	case Hash:
		w.hash.Reset()
		w.hash.Write(value)
		return hex.AppendEncode(b, w.hash.Sum(w.sum[:0])[:hashBytes])
	case Cut:
		n, limit := 0, min(cutTo, utf8.RuneCount(value)/2)
		for range limit {
			_, size := utf8.DecodeRune(value[n:])
			n += size
		}
		return append(append(b, value[:n]...), cutMarker...)
	}
	return b
}
