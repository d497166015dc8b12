package accesslog

// Kinds says for which readers an entry of a request that passes, or of a reply, is. All other entries are for all.
type Kinds uint8

const (
	// Requests: a request that passes has an entry at once, and its reply may have one of its own.
	Requests Kinds = 1 << iota
	// Exchanges: a request that passes and its reply have one entry, when the reply has ended.
	Exchanges

	// All are the kinds of an entry that every reader gets.
	All Kinds = 0
)

// WantedBy reports whether a reader that wants some kinds gets an entry of the kind.
func (k Kinds) WantedBy(kinds Kinds) bool { return k == All || k&kinds != 0 }
