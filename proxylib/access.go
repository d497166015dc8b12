package proxylib

import (
	"fmt"
	"strings"
)

// Access is what a request does to what the server has: it reads, it writes, or it administers. Each includes those
// before it. The zero value is not classified, which counts as [Admin].
type Access uint8

const (
	// Read changes nothing that another client could see.
	Read Access = iota + 1
	// Write changes data.
	Write
	// Admin changes what is not data, such as schemas, permissions, users and the server itself, or reveals it.
	Admin
)

// String returns "read", "write" or "admin", the values of the rule key access.
func (a Access) String() string { return string(accessNames[a.rank()]) }

func (a Access) rank() Access {
	if a < Read || a > Admin {
		return Admin
	}
	return a
}

// accessNames holds the values of the rule key access.
var accessNames = [...][]byte{Read: []byte("read"), Write: []byte("write"), Admin: []byte("admin")}

// accessOfText returns the class that a text names; any other text is Admin.
func accessOfText(text []byte) Access {
	for a := Read; a < Admin; a++ {
		if string(text) == string(accessNames[a]) {
			return a
		}
	}
	return Admin
}

// Classified is a [Subject] that reports what it does. Subjects of a [Protocol] with Access should be; one that is not
// counts as [Admin]. AccessClass allocates nothing and returns the highest class of all that the request does.
type Classified interface {
	Subject
	AccessClass() Access
}

// AccessDoc documents what a protocol counts as one class of [Access].
type AccessDoc struct {
	Access Access
	// Doc lists it, such as "`GET`, `STRLEN`".
	Doc string
}

// ListAccess documents requests by the words for them, each in the class that of returns for it.
func ListAccess(words []string, of func(word string) Access) []AccessDoc {
	var docs []AccessDoc
	for a := Read; a <= Admin; a++ {
		var list []string
		for _, word := range words {
			if of(word).rank() == a {
				list = append(list, "`"+word+"`")
			}
		}
		if len(list) > 0 {
			docs = append(docs, AccessDoc{a, strings.Join(list, ", ")})
		}
	}
	return docs
}

// AccessTable returns the documentation of what counts as read, write and admin, a table in Markdown.
func (p *Protocol) AccessTable() string {
	var b strings.Builder
	b.WriteString("| access | requests |\n|---|---|\n")
	for _, d := range p.Access {
		fmt.Fprintf(&b, "| `%s` | %s |\n", d.Access, d.Doc)
	}
	return b.String()
}

// CheckReadOnly returns an error if connections of the protocol cannot be made read-only, since it does not classify
// requests.
func (p *Protocol) CheckReadOnly() error {
	if len(p.Access) == 0 {
		return fmt.Errorf("parser %s does not say which requests change nothing: leave readonly out", p.Name)
	}
	return nil
}

// accessKey is the rule key that every protocol with Access has.
var accessKey = RuleKey{
	Name: "access", Field: fieldAccess, Match: accessLevel,
	Values: map[string][]string{"read": {"read"}, "write": {"write"}, "admin": {"admin"}},
	Doc: "it does no more than this: `read`, `write` (which includes read) or `admin` (which includes both); " +
		"of a rule that denies, it does this or more",
}

// accessOf returns the class of a request.
func accessOf(s Subject) Access {
	if c, ok := s.(Classified); ok {
		return c.AccessClass().rank()
	}
	return Admin
}

// changes reports whether a request may change something.
func changes(l7 any) bool {
	s, ok := l7.(Subject)
	return !ok || accessOf(s) != Read
}
