package compat

import (
	"slices"
	"strconv"
	"strings"
)

// outcome is what a library made of a connection.
type outcome struct {
	calls              []call
	toServer, toClient string
	// result is "ok", or why the host has closed the connection.
	result string
	// entries are those of the access log.
	entries []entry
}

// call is what a call of OnData returned.
type call struct {
	// reply: the bytes came from the server.
	reply bool
	// input is the number of bytes.
	input int
	ops   []op
	// failed is the result of the call, if it was not OK.
	failed string
}

// op is an operation, and the number of bytes that it is for.
type op struct {
	name string
	n    int
}

// entry is an entry of the access log: its type, the name of its protocol, and its fields.
type entry struct {
	kind, proto string
	fields      map[string]string
}

// readOutcomes reads what the command show of the host prints, by the names of the transcripts.
func readOutcomes(lines []string) map[string]*outcome {
	outcomes := map[string]*outcome{}
	var o *outcome
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "case":
			o = &outcome{}
			outcomes[rest] = o
		case "request", "reply":
			o.calls = append(o.calls, readCall(word == "reply", rest))
		case "to-server":
			o.toServer = rest
		case "to-client":
			o.toClient = rest
		case "result":
			o.result = rest
		}
	}
	return outcomes
}

func readCall(reply bool, text string) call {
	c := call{reply: reply}
	input, text, _ := strings.Cut(text, " ")
	c.input, _ = strconv.Atoi(input)
	words := strings.Fields(text)
	for len(words) > 1 {
		n, err := strconv.Atoi(words[1])
		if err != nil {
			break
		}
		c.ops = append(c.ops, op{words[0], n})
		words = words[2:]
	}
	c.failed = strings.Join(words, " ")
	return c
}

// clone copies an outcome, so that differences can be removed from it.
func (o *outcome) clone() *outcome {
	c := *o
	c.calls = nil
	for _, from := range o.calls {
		from.ops = slices.Clone(from.ops)
		c.calls = append(c.calls, from)
	}
	c.entries = nil
	for _, from := range o.entries {
		c.entries = append(c.entries, from.with(func(string, string) bool { return true }))
	}
	return &c
}

// with returns the entry with the fields that are to stay.
func (e entry) with(stays func(key, value string) bool) entry {
	fields := map[string]string{}
	for key, value := range e.fields {
		if stays(key, value) {
			fields[key] = value
		}
	}
	e.fields = fields
	return e
}

// idle reports whether a call has dealt with all of its input before its last operation.
func (c *call) idle() bool {
	covered := 0
	for _, o := range c.ops[:len(c.ops)-1] {
		if o.name == "PASS" || o.name == "DROP" {
			covered += o.n
		}
	}
	return covered == c.input
}
