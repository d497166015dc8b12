package accesslog

// Kinds says for which readers an entry of a request that passes, or of a reply, is. All other entries are for all.
type Kinds uint8

const (
	// Requests is for readers to whom a request that passes is an entry at once, and its reply may be one of its own.
	Requests Kinds = 1 << iota
	// Exchanges is for readers to whom a request that passes and its reply are one entry, when the reply has ended.
	Exchanges

	// All are the kinds of an entry that every reader gets.
	All Kinds = 0
)

// WantedBy reports whether a reader that wants some kinds gets an entry of the kind.
func (k Kinds) WantedBy(kinds Kinds) bool { return k == All || k&kinds != 0 }
