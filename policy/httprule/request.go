package httprule

import "crypto/subtle"

// Pseudo headers of requests.
const (
	Method    = ":method"
	Path      = ":path"
	Authority = ":authority"
	Scheme    = ":scheme"
)

// host is the name of the header that arrives as [Authority].
const host = "host"

// Header is one line of a header, or one pseudo header. Its name is in lower case.
type Header struct{ Name, Value string }

// Secrets finds the values of secrets by their names in policies. It may be called from several threads at once.
type Secrets interface {
	// Secret returns a value; false if there is none.
	Secret(name string) (value string, ok bool)
}

// Edit is a change of the headers: all lines of a name are removed, or one line is added.
type Edit struct {
	Header
	// Remove removes all lines; Value is then empty.
	Remove bool
}

// Redacted is what stands for the value of a secret in [Request.Missing] and [Request.Rejected].
const Redacted = "[redacted]"

// Request is a request that is decided, with what rules say beside their verdict. It is used by one thread at a time, and again
// after [Request.Reset]. Texts may alias memory of the caller, as long as that is there until the next Reset.
type Request struct {
	// Headers are the lines in their order, pseudo headers among them. Rules change them as they change the request.
	Headers []Header
	// Secrets finds the values of secrets; nil knows none.
	Secrets Secrets
	// Edits are the changes that the rules make, to be carried out in their order if the request passes.
	Edits []Edit
	// Missing are the headers that rules expected, Rejected those whose values they did not want, each once.
	Missing, Rejected []Header

	// joined is the memory of a value with several lines.
	joined []byte
}

// Reset empties the request and retains its memory.
func (r *Request) Reset() {
	clear(r.Headers)
	clear(r.Edits)
	clear(r.Missing)
	clear(r.Rejected)
	r.Headers, r.Edits, r.Missing, r.Rejected = r.Headers[:0], r.Edits[:0], r.Missing[:0], r.Rejected[:0]
}

// First returns the value of the first line of a header, and whether there is one.
func (r *Request) First(name string) (value string, there bool) {
	for i := range r.Headers {
		if r.Headers[i].Name == name {
			return r.Headers[i].Value, true
		}
	}
	return "", false
}

// value returns the value of a header: that of its lines with commas between them. It is valid until the next call.
func (r *Request) value(name string) (value []byte, single string, there bool) {
	lines := 0
	for i := range r.Headers {
		h := &r.Headers[i]
		switch {
		case h.Name != name:
			continue
		case lines == 0:
			single = h.Value
		case lines == 1:
			r.joined = append(append(append(r.joined[:0], single...), ','), h.Value...)
		default:
			r.joined = append(append(r.joined, ','), h.Value...)
		}
		lines++
	}
	if lines > 1 {
		return r.joined, "", true
	}
	return nil, single, lines == 1
}

// text returns the value of a header as a text, which allocates if it has several lines.
func (r *Request) text(name string) (value string, there bool) {
	joined, single, there := r.value(name)
	if joined != nil {
		return string(joined), true
	}
	return single, there
}

// add appends a line to the headers, and notes it.
func (r *Request) add(name, value string) {
	line := Header{name, value}
	r.Headers = append(r.Headers, line)
	r.Edits = append(r.Edits, Edit{Header: line})
}

// remove removes all lines of a header, and notes it.
func (r *Request) remove(name string) {
	kept := r.Headers[:0]
	for _, h := range r.Headers {
		if h.Name != name {
			kept = append(kept, h)
		}
	}
	clear(r.Headers[len(kept):])
	r.Headers = kept
	r.Edits = append(r.Edits, Edit{Header: Header{Name: name}, Remove: true})
}

// note adds a header to a list that holds none twice.
func note(list *[]Header, name, value string) {
	for i := range *list {
		if (*list)[i] == (Header{name, value}) {
			return
		}
	}
	*list = append(*list, Header{name, value})
}

// sameText compares in constant time.
func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
