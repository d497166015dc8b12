package accesslog

import (
	"maps"
	"slices"
	"strings"
)

// pseudoHeaders are those that policies expect, by the fields that entries have for them.
var pseudoHeaders = map[string]string{"scheme": ":scheme", "host": ":authority", "path": ":path", "method": ":method"}

// rulesForHTTP returns rules with the names that an entry of HTTP has: those of headers are in lower case, and what is in a field can be
// in a pseudo-header as well. Of rules for the same name in several spellings, that in lower case counts.
func rulesForHTTP(rules map[string]Redaction) map[string]Redaction {
	own := map[string]Redaction{}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		own[strings.ToLower(name)] = rules[name]
	}
	for field, header := range pseudoHeaders {
		for _, names := range [...][2]string{{field, header}, {header, field}} {
			if given, other := own[names[0]], own[names[1]]; given != "" && other == "" {
				own[names[1]] = given
			}
		}
	}
	return own
}

// redactHTTP makes to a copy of an entry of HTTP without what must not be logged: "scheme", "host", "path" and "method", and headers by
// their names.
func (r *Redactor) redactHTTP(w *redacting, to, from *HTTP) {
	*to = HTTP{
		Protocol: from.Protocol, Status: from.Status, Scheme: r.text(w, "scheme", from.Scheme), Host: r.text(w, "host", from.Host),
		Path: r.text(w, "path", from.Path), Method: r.text(w, "method", from.Method),
		Headers: r.headers(w, to.Headers[:0], from.Headers), Missing: r.headers(w, to.Missing[:0], from.Missing),
		Rejected: r.headers(w, to.Rejected[:0], from.Rejected),
	}
}

// text returns what is left of the value of a field. As with other fields, it is made of what a log would show: so a long value has the
// same hash in every entry, also where only its beginning is kept.
func (r *Redactor) text(w *redacting, name, value string) string {
	rule, redacts := r.http[name]
	if !redacts || value == "" {
		return value
	}
	w.shown = appendText(w.shown[:0], value, MaxValue)
	w.text = r.value(w, w.text[:0], rule, w.shown)
	return string(w.text)
}

func (r *Redactor) headers(w *redacting, to, from []HTTPHeader) []HTTPHeader {
	for i := range from {
		if h := &from[i]; r.http[h.Key] != Drop {
			to = append(to, HTTPHeader{h.Key, r.text(w, h.Key, h.Value)})
		}
	}
	return to
}

// release forgets the texts of an entry, and retains its memory.
func (h *HTTP) release() {
	for _, list := range [...][]HTTPHeader{h.Headers, h.Missing, h.Rejected} {
		clear(list)
	}
	*h = HTTP{Headers: h.Headers[:0], Missing: h.Missing[:0], Rejected: h.Rejected[:0]}
}
