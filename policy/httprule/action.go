package httprule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
)

// headerMatch is a HeaderMatch, compiled: an expected value, and what is done where it is there and where it is not.
type headerMatch struct {
	name, value, secret string
	match               cilium.HeaderMatch_MatchAction
	mismatch            cilium.HeaderMatch_MismatchAction
}

// framing are headers that say where a message ends, who it is for or what the connection becomes. A rule that changed them
// would make the server read another request than the one that was decided.
var framing = []string{
	"connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

func compileHeaderMatch(h *cilium.HeaderMatch) (*headerMatch, error) {
	name, err := headerName(h.GetName())
	if err != nil {
		return nil, err
	}
	m := &headerMatch{name: name, value: h.GetValue(), secret: h.GetValueSdsSecret(), match: h.GetMatchAction(), mismatch: h.GetMismatchAction()}
	if m.edits() && (strings.HasPrefix(name, ":") || slices.Contains(framing, name)) {
		return nil, fmt.Errorf("%s: cannot be changed by a rule: use an action that fails or continues", name)
	}
	if !validValue(m.value) {
		return nil, fmt.Errorf("%s: value: has a control character, which no header can have", name)
	}
	return m, nil
}

// edits reports whether the match may change the request.
func (m *headerMatch) edits() bool {
	return m.match == cilium.HeaderMatch_DELETE_ON_MATCH || m.mismatch == cilium.HeaderMatch_ADD_ON_MISMATCH ||
		m.mismatch == cilium.HeaderMatch_DELETE_ON_MISMATCH || m.mismatch == cilium.HeaderMatch_REPLACE_ON_MISMATCH
}

// validValue reports whether a text can be the value of a header.
func validValue(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// expected returns the value that is expected; false if there is none because a secret has none.
func (m *headerMatch) expected(r *Request) (value string, ok bool) {
	if m.secret != "" && r.Secrets != nil {
		if value, ok := r.Secrets.Secret(m.secret); ok && value != "" && validValue(value) {
			return value, true
		}
	}
	return m.value, m.secret == "" || m.value != ""
}

// run carries out the match, and reports whether it says yes.
func (m *headerMatch) run(r *Request) bool {
	expected, ok := m.expected(r)
	if !ok {
		return false
	}
	value, there := r.text(m.name)
	if there && (expected == "" || sameText(value, expected)) {
		return m.matched(r, value)
	}
	return m.mismatched(r, expected, value, there)
}

// shown is a value as lists show it.
func (m *headerMatch) shown(value string) string {
	if m.secret != "" {
		return Redacted
	}
	return value
}

func (m *headerMatch) matched(r *Request, value string) bool {
	switch m.match {
	case cilium.HeaderMatch_CONTINUE_ON_MATCH:
		return true
	case cilium.HeaderMatch_FAIL_ON_MATCH:
		note(&r.Rejected, m.name, m.shown(value))
	case cilium.HeaderMatch_DELETE_ON_MATCH:
		note(&r.Rejected, m.name, m.shown(value))
		r.remove(m.name)
		return true
	}
	return false
}

func (m *headerMatch) mismatched(r *Request, expected, value string, there bool) bool {
	switch m.mismatch {
	case cilium.HeaderMatch_FAIL_ON_MISMATCH:
		note(&r.Missing, m.name, m.shown(expected))
	case cilium.HeaderMatch_CONTINUE_ON_MISMATCH:
		note(&r.Missing, m.name, m.shown(expected))
		return true
	case cilium.HeaderMatch_ADD_ON_MISMATCH:
		note(&r.Missing, m.name, m.shown(expected))
		r.add(m.name, expected)
		return true
	case cilium.HeaderMatch_REPLACE_ON_MISMATCH:
		if there {
			note(&r.Rejected, m.name, m.shown(value))
			r.remove(m.name)
		}
		note(&r.Missing, m.name, m.shown(expected))
		r.add(m.name, expected)
		return true
	case cilium.HeaderMatch_DELETE_ON_MISMATCH:
		if there && expected != "" {
			note(&r.Rejected, m.name, m.shown(value))
			r.remove(m.name)
		}
		return true
	}
	return false
}
