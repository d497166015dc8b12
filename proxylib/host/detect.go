package host

import "github.com/proxylib/proxylib/proxylib"

// Detectable returns the names of the protocols that [Detect] may return, in order.
func Detectable() (parsers []string) {
	for _, name := range proxylib.ParserNames() {
		if proxylib.Registered(name).Detect != nil {
			parsers = append(parsers, name)
		}
	}
	return parsers
}

// Detect returns the name of the registered protocol whose bytes those are with which a connection begins: request those of
// the client so far, reply those of the server. The name is empty if no protocol recognises them, or more than one does; more
// reports whether further bytes may tell.
func Detect(request, reply []byte) (parser string, more bool) {
	for _, name := range proxylib.ParserNames() {
		detect := proxylib.Registered(name).Detect
		if detect == nil {
			continue
		}
		switch detect(request, reply) {
		case proxylib.DetectionMore:
			more = true
		case proxylib.DetectionYes:
			if parser != "" {
				return "", false
			}
			parser = name
		}
	}
	return parser, more && parser == ""
}
