package httprule

import "strings"

// notInHosts are characters that the text of a host, with or without a port, does not have, but for the brackets of an address.
const notInHosts = ",@/\\?# []"

// isNotInHosts has true for each of them.
var isNotInHosts = func() (table [256]bool) {
	for i := range len(notInHosts) {
		table[notInHosts[i]] = true
	}
	return table
}()

// IsHost reports whether a text is that of a single host, with or without a port. Lines of Host after each other, which the proxy
// joins with commas, users before a host, and brackets that are not around an address are not: servers would disagree about whom such
// a request is for. No text at all is.
func IsHost(text string) bool {
	name, port := splitPort(text)
	if address, bracketed := strings.CutPrefix(name, "["); bracketed {
		var closed bool
		if name, closed = strings.CutSuffix(address, "]"); !closed {
			return false
		}
	}
	return isPlainHost(name) && isPlainHost(port)
}

func isPlainHost(text string) bool {
	for i := range len(text) {
		if isNotInHosts[text[i]] {
			return false
		}
	}
	return true
}

// splitPort returns a host, and what follows it from the first colon on, where servers end it. Those in the brackets of an address of
// IPv6 do not count.
func splitPort(authority string) (name, port string) {
	from := 0
	if strings.HasPrefix(authority, "[") {
		from = strings.IndexByte(authority, ']') + 1
	}
	if i := strings.IndexByte(authority[from:], ':'); i >= 0 {
		return authority[:from+i], authority[from+i:]
	}
	return authority, ""
}

// Hosts returns what else servers take a host for, with texts that are empty for none: in lower case with escapes decoded and without
// the dot that may end a name, and the same without a port. Rules that deny are to be asked about these as well. Rules that allow are
// not, as they say themselves what a client has to send.
func Hosts(authority string) (readings [2]string) {
	name, port := splitPort(authority)
	plain := name
	if strings.Contains(plain, "%") {
		plain = decoded(plain)
	}
	plain = strings.TrimSuffix(strings.ToLower(plain), ".")
	if plain != name {
		readings[0] = plain + port
	}
	if port != "" {
		readings[1] = plain
	}
	return readings
}
