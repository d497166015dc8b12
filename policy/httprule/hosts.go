package httprule

import "strings"

// notInHosts are characters that the text of a host, with or without a port, does not have.
const notInHosts = ",@/\\?# "

// IsHost reports whether a text is that of a single host, with or without a port. Lines of Host after each other, which the proxy
// joins with commas, and users before a host are not: servers would disagree about whom such a request is for. No text at all is.
func IsHost(text string) bool { return !strings.ContainsAny(text, notInHosts) }

// Hosts returns what else servers take a host for, with texts that are empty for none: in lower case without the dot that may end
// a name, and the same without a port. Rules that deny are to be asked about these as well. Rules that allow are not, as they say
// themselves what a client has to send.
func Hosts(authority string) (readings [2]string) {
	name, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		name, port = authority[:i], authority[i:]
	}
	plain := strings.TrimSuffix(strings.ToLower(name), ".")
	if plain != name {
		readings[0] = plain + port
	}
	if port != "" {
		readings[1] = plain
	}
	return readings
}
