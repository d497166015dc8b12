package cassandra

import "bytes"

// touch is an object in the keyspace where the server finds it. It is what rules match and what is logged. The names are
// canonical: small letters where they stood without quotes, as written where they were quoted.
type touch struct {
	action action
	// split is the length of the keyspace in name.
	split int
	// name is "keyspace.table", or the keyspace alone for what is no table, or empty. Of a table that no keyspace is known
	// for, it begins with the dot.
	name []byte
}

func (t *touch) keyspace() []byte { return t.name[:t.split] }

// table is empty for what is no table.
func (t *touch) table() []byte { return t.name[min(t.split+1, len(t.name)):] }

func (t *touch) equal(u *touch) bool { return t.action == u.action && bytes.Equal(t.name, u.name) }

// touches are what one request touches, each once and at most [MaxObjects]. It is used again and again.
type touches struct {
	list []touch
	// room is where the names are.
	room []byte
}

// reset empties the list. What it held stays valid until something is noted.
func (t *touches) reset() { t.list, t.room = t.list[:0], t.room[:0] }

// merge notes a touch, whose memory it keeps. It answers false when there are too many.
func (t *touches) merge(u touch) bool {
	for i := range t.list {
		if t.list[i].equal(&u) {
			return true
		}
	}
	if len(t.list) == MaxObjects {
		return false
	}
	t.list = append(t.list, u)
	return true
}
