package httpfilter

import (
	"context"

	"github.com/proxylib/proxylib/internal/httplink"
)

// Header is a line of a header. Names are in lower case; values are bytes, not always UTF-8.
type Header = httplink.Header

// Action is what is to be done with a message. The zero value denies it: use one of the functions.
type Action struct {
	kind actionKind
	// edits are those of Continue.
	edits []Edit
	// The reply of Deny.
	status        int
	body, details string
	headers       []Header
	// wait is the function of Wait.
	wait func(context.Context) Action
	// span is the name of a span for the time that a message waits; empty is none.
	span string
}

type actionKind int

const (
	noAction actionKind = iota
	proceed
	deny
	pause
	wait
)

// Continue lets a message pass, after edits.
func Continue(edits ...Edit) Action { return Action{kind: proceed, edits: edits} }

// Deny replies with a status from 200 to 599, a body, which is text/plain unless a header says otherwise, and headers. Details are a
// word for Envoy's access log, %RESPONSE_CODE_DETAILS%. Clients of gRPC get the status of gRPC that corresponds.
func Deny(status int, body, details string, headers ...Header) Action {
	return Action{kind: deny, status: status, body: body, details: details, headers: headers}
}

// Pause holds the message until a [Pin] resumes it, which must have been taken before; else the message is denied. [Wait] is simpler.
func Pause() Action { return Action{kind: pause} }

// Wait holds the message, runs a function in a goroutine that it has for itself, and carries out the action that it returns. It may block: others do
// not wait for it. The context ends with the stream, and when the time is over; it also serves [Cluster]. The function must not use what
// belongs to the thread of the stream, such as fields of the handler that other methods change at the same time.
func Wait(f func(context.Context) Action) Action { return Action{kind: wait, wait: f} }

// Span returns the action with a span of a name for the time that the message waits, below the span that Envoy makes for the request, from
// Envoy 1.38 on. It is for [Wait] and [Pause]. Without tracing it does nothing.
func (a Action) Span(name string) Action {
	a.span = name
	return a
}

// Edit is a change of the message that a method was called for. An edit that is impossible, such as one of content-length, denies the message.
type Edit struct {
	kind        editKind
	name, value string
	body        []byte
}

type editKind int

const (
	setHeader editKind = iota
	addHeader
	removeHeader
	replaceBody
	reroute
	setMetadata
	setTag
)

// SetHeader replaces all lines of a header by one.
func SetHeader(name, value string) Edit { return Edit{kind: setHeader, name: name, value: value} }

// AddHeader adds a line of a header.
func AddHeader(name, value string) Edit { return Edit{kind: addHeader, name: name, value: value} }

// RemoveHeader removes all lines of a header.
func RemoveHeader(name string) Edit { return Edit{kind: removeHeader, name: name} }

// SetMethod changes the method of a request.
func SetMethod(method string) Edit { return Edit{kind: setHeader, name: ":method", value: method} }

// SetPath changes the path of a request, which includes the query. The request keeps its route unless there is a [Reroute].
func SetPath(path string) Edit { return Edit{kind: setHeader, name: ":path", value: path} }

// SetAuthority changes the host of a request.
func SetAuthority(host string) Edit { return Edit{kind: setHeader, name: ":authority", value: host} }

// SetStatus changes the status of a response, which has three digits.
func SetStatus(status string) Edit { return Edit{kind: setHeader, name: ":status", value: status} }

// ReplaceBody replaces the body, where it is [Whole], or the piece, where it is [Rewritten]. The length is brought up to date. A message
// without a body cannot be given one.
func ReplaceBody(body []byte) Edit { return Edit{kind: replaceBody, body: body} }

// Reroute has Envoy choose the route again, after edits of a request's headers. The request may then get another configuration of a route.
func Reroute() Edit { return Edit{kind: reroute} }

// Metadata sets dynamic metadata in the namespace of the filter's name, for access logs: %DYNAMIC_METADATA(NAME:KEY)%.
func Metadata(key, value string) Edit { return Edit{kind: setMetadata, name: key, value: value} }

// Tag sets a tag of the span that Envoy makes for the request, from Envoy 1.38 on. Without tracing it does nothing.
func Tag(key, value string) Edit { return Edit{kind: setTag, name: key, value: value} }
