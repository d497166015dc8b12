package envoy

import (
	"strings"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/policy/httprule"
)

// forwardedCertificate is the header in which proxies say whose certificate they have seen.
const forwardedCertificate = "x-forwarded-client-cert"

// nameClient fills in the name of the client if it is in a header.
func (f *httpFilter) nameClient(facts *httpFacts, r *httprule.Request) {
	if f.names == nil || f.settings.ClientName != filterconfig.NameForwarded {
		return
	}
	for i := range r.Headers {
		if h := &r.Headers[i]; h.Name == forwardedCertificate {
			facts.name = forwardedURI(h.Value)
		}
	}
}

// forwardedURI returns the last URI in the last element of the header, which is that of the proxy that is nearest. It is a part of the
// header, and empty if there is none or a quote is open at the end: a proxy appends to what clients send, who might hide in quotes
// what it appends. See "x-forwarded-client-cert" in Envoy's documentation of HTTP headers.
func forwardedURI(header string) (uri string) {
	element, whole := header, true
	for more := true; more; {
		var rest string
		if _, rest, more, whole = cutOutsideQuotes(element, ','); more {
			element = rest
		}
	}
	if !whole {
		return ""
	}
	for more := true; more; {
		var pair string
		pair, element, more, _ = cutOutsideQuotes(element, ';')
		if key, value, _ := strings.Cut(pair, "="); strings.EqualFold(strings.TrimSpace(key), "uri") {
			uri = strings.Trim(value, `"`)
		}
	}
	return uri
}

// cutOutsideQuotes cuts a text at the first separator that is not in quotes. whole: no quote is open at the end. Quotes and backslashes
// can be escaped everywhere, so that a quote which a client leaves open stays open, whatever the proxy puts into quotes of its own.
func cutOutsideQuotes(text string, separator byte) (before, after string, found, whole bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && (quoted || i+1 < len(text) && (text[i+1] == '\\' || text[i+1] == '"')):
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			return text[:i], text[i+1:], true, true
		}
	}
	return text, "", false, !quoted
}
