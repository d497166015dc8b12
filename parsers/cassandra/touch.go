package cassandra

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
)

// touch is an object in the keyspace where the server finds it. It is what rules match and what is logged. The names are
// canonical: small letters where they stood without quotes, as written where they were quoted.
type touch struct {
	action action
	// split is the length of the keyspace in name.
	split int
	// name is "keyspace.table", or the keyspace alone for what is no table, or empty. Of a table that no keyspace is known
	// for, it begins with the dot.
	name []byte
	// logged are the log fields, made ready for a prepared statement; else empty.
	logged proxylib.LogConstant
}

func (t *touch) keyspace() []byte { return t.name[:t.split] }

// table is empty for what is no table.
func (t *touch) table() []byte { return t.name[min(t.split+1, len(t.name)):] }

func (t *touch) equal(a action, name []byte) bool { return t.action == a && bytes.Equal(t.name, name) }

// touches are what one request touches, each once and at most [MaxObjects]. It is used again and again.
type touches struct {
	list []touch
	// room is where the names are.
	room []byte
}

// reset empties the list. What it held stays valid until something is noted.
func (t *touches) reset() { t.list, t.room = t.list[:0], t.room[:0] }

// add notes a touch, of whose name it keeps the memory. It answers false when there are too many.
func (t *touches) add(a action, split int, name []byte) bool {
	for i := range t.list {
		if t.list[i].equal(a, name) {
			return true
		}
	}
	if len(t.list) == MaxObjects {
		return false
	}
	t.list = append(t.list, touch{action: a, split: split, name: name})
	return true
}
