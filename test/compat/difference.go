package compat

import (
	"reflect"
	"slices"
)

// A difference is one way in which our library does other than upstream's on harmless traffic.
type difference struct {
	// ours says what our library does.
	ours string
	// reason says why.
	reason string
	// cases name the transcripts of testdata/traffic.txt in which it shows, all of them; nil stands for any, but at least
	// one.
	cases []string
	// inPieces name more of them, in which it shows when the bytes come in pieces.
	inPieces []string
	// logged: it is one of the access log alone.
	logged bool
	// remove takes the difference away from the outcomes of one transcript.
	remove func(ours, upstream *outcome)
}

// differences are all that are known, in the order in which they are removed.
var differences = []difference{
	{
		ours:   "Returns no operation when nothing is left to look at, where upstream asks for the first bytes of the next message.",
		reason: "A host that waits for bytes would not ask for denials that have come to be due.",
		remove: removeIdleCalls,
	},
	{
		ours:   "Passes a message in parts: a value or a line at a time.",
		reason: "Values are passed as they come, and not held until they are complete.",
		remove: joinParts,
	},
	{
		ours:   "Passes `END` alone as the whole reply to a `get` that misses.",
		reason: "It is complete, and nothing that follows belongs to it.",
		cases:  []string{"memcache get that misses"},
		remove: alike,
	},
	{
		ours:   "Passes a value that comes in several segments.",
		reason: "PASS of more than is there ends a list of operations, so nothing follows it.",
		cases:  []string{"memcache set in two pieces", "memcache binary set in two pieces"},
		inPieces: []string{
			"memcache set", "memcache denied", "memcache pipelined", "memcache every command where all is allowed",
			"memcache binary set",
		},
		remove: alike,
	},
	{
		ours:   "Gives every denial its place in the order of the replies, where the protocol has one.",
		reason: "Clients that send several requests match replies by their order.",
		cases:  []string{"r2d2 denied among requests that wait", "memcache denied among requests that wait"},
		remove: alike,
	},
	{
		ours:   "Answers a denied request of the binary memcached protocol with its own opaque value.",
		reason: "Clients match replies by it.",
		cases:  []string{"memcache binary denied"},
		remove: alikeToClient,
	},
	{
		ours:   "Says in Cassandra's error `Unauthorized` which action on which table was denied.",
		reason: "The user sees what permission is missing.",
		cases:  []string{"cassandra denied", "cassandra denied among requests that wait"},
		remove: alikeToClient,
	},
	{
		ours:   "Leaves fields without a value out of the access log.",
		reason: "What is not there and what is empty are not the same.",
		logged: true,
		remove: removeEmptyFields,
	},
	{
		ours:   "Writes more entries for Cassandra: replies, and `USE`.",
		reason: "A log that has the requests alone does not say what came of them.",
		logged: true,
		remove: removeCassandraReplies,
	},
	{
		ours:   "Writes one entry for a Cassandra batch whose statements all do the same, with the field `batch_size`.",
		reason: "A batch of thousands of equal statements would fill the log.",
		cases:  []string{"cassandra batch"},
		logged: true,
		remove: alikeEntries,
	},
	{
		ours:   "Writes more fields: `status` and `bytes` for memcached; `keyspace`, `consistency`, `prepared`, `result` and others for Cassandra.",
		reason: "They say what was done and what came of it.",
		logged: true,
		remove: removeMoreFields,
	},
}

// removeIdleCalls removes a MORE at the end of a call where ours returns no more, and calls that return nothing.
func removeIdleCalls(ours, upstream *outcome) {
	for _, o := range []*outcome{ours, upstream} {
		for i := range o.calls {
			c := &o.calls[i]
			if n := len(c.ops); n > 0 && c.ops[n-1].name == "MORE" && c.idle() {
				c.ops = c.ops[:n-1]
			}
		}
		o.calls = slices.DeleteFunc(o.calls, func(c call) bool { return len(c.ops) == 0 && c.failed == "" })
	}
}

// joinParts makes one operation of several that pass bytes one after the other, in one call or in several.
func joinParts(ours, upstream *outcome) {
	for _, o := range []*outcome{ours, upstream} {
		var joined []call
		for _, c := range o.calls {
			if n := len(joined); n > 0 && joined[n-1].reply == c.reply && joined[n-1].failed == "" {
				joined[n-1].input += c.input
				joined[n-1].ops = append(joined[n-1].ops, c.ops...)
				joined[n-1].failed = c.failed
				continue
			}
			joined = append(joined, c)
		}
		for i := range joined {
			joined[i].ops = joinPasses(joined[i].ops)
		}
		o.calls = joined
	}
}

func joinPasses(ops []op) (joined []op) {
	for _, o := range ops {
		if n := len(joined); n > 0 && o.name == "PASS" && joined[n-1].name == "PASS" {
			joined[n-1].n += o.n
			continue
		}
		joined = append(joined, o)
	}
	return joined
}

// alike is for differences in the bytes that arrive. The entries are compared, but for those of replies that upstream's
// parser has not seen.
func alike(ours, upstream *outcome) {
	entries := ours.entries[:min(len(ours.entries), len(upstream.entries))]
	*ours = *upstream
	ours.entries = entries
}

func alikeToClient(ours, upstream *outcome) { ours.toClient = upstream.toClient }

func alikeEntries(ours, upstream *outcome) { ours.entries = upstream.entries }

func removeEmptyFields(_, upstream *outcome) {
	for i, e := range upstream.entries {
		upstream.entries[i] = e.with(func(_, value string) bool { return value != "" })
	}
}

func removeCassandraReplies(ours, _ *outcome) {
	ours.entries = slices.DeleteFunc(ours.entries, func(e entry) bool {
		return e.proto == "cassandra" && (e.kind == "Response" || e.fields["query_action"] == "use")
	})
}

// removeMoreFields removes fields that upstream's entry in the same place has not.
func removeMoreFields(ours, upstream *outcome) {
	for i, e := range ours.entries {
		if i < len(upstream.entries) {
			ours.entries[i] = e.with(func(key, _ string) bool {
				_, there := upstream.entries[i].fields[key]
				return there
			})
		}
	}
}

// concerns reports whether the difference may show in a transcript. Of what comes in pieces, no entries are compared.
func (d *difference) concerns(name string, pieces bool) bool {
	if pieces && d.logged {
		return false
	}
	return d.cases == nil || slices.Contains(d.cases, name) || pieces && slices.Contains(d.inPieces, name)
}

// removed takes a difference away from copies of outcomes, and reports whether that has changed anything.
func (d *difference) removed(ours, upstream *outcome) (_, _ *outcome, shows bool) {
	a, b := ours.clone(), upstream.clone()
	d.remove(a, b)
	return a, b, !reflect.DeepEqual(a, ours.clone()) || !reflect.DeepEqual(b, upstream.clone())
}
