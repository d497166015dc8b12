package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Error says why a policy is refused, and which part of it. Every error of [Compile] and [Compiler] is one, and its text
// is the same wherever it is shown: on a command line, in a refusal that goes to a policy server, in the log of a host.
//
// From the outside to the inside, each field says where in the policy the part is. Those that do not apply are empty, and
// the text leaves them out.
type Error struct {
	// Endpoint is the endpoint whose policy it is: its addresses and the number, "10.0.0.1 (id 7)", or a name.
	Endpoint string
	// Direction is "ingress" or "egress".
	Direction string
	// Port is a port, "80", or a range, "80-90".
	Port string
	// Rule is the place of the rule among those of the port, from 0, and its name in quotation marks: `0 "web"`.
	Rule string
	// Field is the name of the field of the policy, or of the rule.
	Field string
	// Parser is the parser of the L7 rule, and Entry the place of that in the field, from 0.
	Parser, Entry string
	// Key is the key in that L7 rule.
	Key string
	// Err is the reason; never nil.
	Err error
}

// Error returns one line, without limits on what it quotes but for the key; see [Brief].
func (e *Error) Error() string {
	var b strings.Builder
	if e.Endpoint != "" {
		b.WriteString("policy of endpoint " + e.Endpoint + ": ")
	}
	switch {
	case e.Direction != "" && e.Port != "":
		b.WriteString(e.Direction + " port " + e.Port + ": ")
	case e.Direction != "":
		b.WriteString(e.Direction + ": ")
	}
	for _, part := range []struct{ what, which string }{
		{"rule ", e.Rule}, {"", e.Field}, {strings.TrimPrefix(e.Parser+" rule ", " "), e.Entry}, {"key ", Cut(e.Key, maxQuoted)},
	} {
		if part.which != "" {
			b.WriteString(part.what + part.which + ": ")
		}
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// InRule returns the error without endpoint, direction, port and rule, for a caller that names the rule in another way, such as
// by its line in a document.
func (e *Error) InRule() *Error {
	inner := *e
	inner.Endpoint, inner.Direction, inner.Port, inner.Rule = "", "", "", ""
	return &inner
}

// Of returns the error as one about an endpoint of another name.
func (e *Error) Of(endpoint string) *Error {
	named := *e
	named.Endpoint = endpoint
	return &named
}

// InEntry returns the error of a rule parser about the L7 rule at an index. err may be an [Error] that names a key.
func InEntry(index int, err error) *Error {
	e := inner(err)
	e.Entry = strconv.Itoa(index)
	return e
}

// ErrorOf returns the error in a chain that says where in a policy something is wrong; nil if there is none.
func ErrorOf(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// inner returns a copy of an error to which the outer parts of its place can be added.
func inner(err error) *Error {
	if e, ok := err.(*Error); ok {
		added := *e
		return &added
	}
	return &Error{Err: err}
}

// inField returns an error about a field.
func inField(field, format string, args ...any) *Error {
	return &Error{Field: field, Err: fmt.Errorf(format, args...)}
}

// Brief returns an error with the text of another, cut as [Reason] cuts it, which wraps that.
func Brief(err error) error {
	if len(err.Error()) <= MaxReason {
		return err
	}
	return &brief{err}
}

type brief struct{ error }

func (e *brief) Error() string { return Reason(e.error) }
func (e *brief) Unwrap() error { return e.error }
