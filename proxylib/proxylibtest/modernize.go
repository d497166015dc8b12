package proxylibtest

import (
	"hash/fnv"
	"net/netip"
	"strconv"
	"strings"
)

// modernize returns the text of a cilium.NetworkPolicy with today's names of fields: name, policy and, within l7_rules, l7_rules
// become endpoint_ips, endpoint_id and l7_allow_rules. A name that is not an IP address becomes one, the same each time, also
// where connections are made with it.
func modernize(text string) string {
	m := modernizer{rest: text}
	for m.rest != "" {
		m.token()
	}
	return m.out.String()
}

// modernizer reads protobuf text token by token.
type modernizer struct {
	rest string
	out  strings.Builder
	// name is the last name that was read, and within are the names of the messages around it.
	name   string
	within []string
}

func isName(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func (m *modernizer) token() {
	switch c := m.rest[0]; {
	case c == '#':
		end := strings.IndexByte(m.rest, '\n')
		if end < 0 {
			end = len(m.rest)
		}
		m.out.WriteString(m.take(end))
	case c == '"' || c == '\'':
		m.text(c)
	case isName(rune(c)):
		end := strings.IndexFunc(m.rest, func(r rune) bool { return !isName(r) })
		if end < 0 {
			end = len(m.rest)
		}
		m.name = m.today(m.take(end))
		m.out.WriteString(m.name)
	default:
		switch c {
		case '<', '{':
			m.within = append(m.within, m.name)
		case '>', '}':
			m.within = m.within[:max(0, len(m.within)-1)]
		}
		m.out.WriteString(m.take(1))
	}
}

// take returns the next n bytes.
func (m *modernizer) take(n int) string {
	taken := m.rest[:n]
	m.rest = m.rest[n:]
	return taken
}

// text takes a quoted text.
func (m *modernizer) text(quote byte) {
	end := 1
	for end < len(m.rest) && m.rest[end] != quote {
		if m.rest[end] == '\\' {
			end++
		}
		end++
	}
	quoted := m.take(min(end+1, len(m.rest)))
	if len(m.within) == 0 && m.name == "endpoint_ips" {
		quoted = strconv.Quote(address(strings.Trim(quoted, `"'`)))
	}
	m.out.WriteString(quoted)
}

// today returns the name that a field has today.
func (m *modernizer) today(name string) string {
	switch depth := len(m.within); {
	case depth == 0 && name == "name":
		return "endpoint_ips"
	case depth == 0 && name == "policy":
		return "endpoint_id"
	case depth > 0 && m.within[depth-1] == "l7_rules" && name == "l7_rules":
		return "l7_allow_rules"
	}
	return name
}

// address returns the IP address that stands for the name of a policy.
func address(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return name
	}
	hash := fnv.New128a()
	hash.Write([]byte(name))
	sum := [16]byte(hash.Sum(nil))
	sum[0] = 0xfd
	return netip.AddrFrom16(sum).String()
}
