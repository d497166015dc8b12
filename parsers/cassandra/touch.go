package cassandra

import "bytes"

// touch is an object in the keyspace where the server finds it. It is what rules match and what is logged.
type touch struct {
	action action
	// name is "keyspace.table", or the keyspace alone for what is no table, or empty.
	name []byte
	// keyspace and table are the parts of name. Of a table that no keyspace is known for, the name begins with the dot.
	keyspace, table []byte
}

func (t *touch) equal(u *touch) bool { return t.action == u.action && bytes.Equal(t.name, u.name) }

// touches are what one request touches, each once and at most [MaxObjects]. It is used again and again.
type touches struct {
	list []touch
	room []byte
}

func (t *touches) reset() {
	clear(t.list)
	t.list, t.room = t.list[:0], t.room[:0]
}

// add notes an object; keyspace is where one without a keyspace is. It answers false when there are too many.
func (t *touches) add(o *object, keyspace []byte) bool {
	if o.qualified() {
		keyspace = o.keyspace
	}
	from := len(t.room)
	t.room = append(t.room, keyspace...)
	u := touch{action: o.action}
	if actions[o.action].target == targetTable {
		t.room = append(t.room, '.')
		t.room = append(t.room, o.table...)
		u.table = t.room[len(t.room)-len(o.table):]
	}
	u.name = t.room[from:len(t.room):len(t.room)]
	u.keyspace = u.name[:len(keyspace):len(keyspace)]
	return t.merge(u)
}

// merge notes a touch, whose memory it keeps.
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

// addAll notes what a statement touches; keyspace is where its names without a keyspace are.
func (t *touches) addAll(s *statement, keyspace []byte) bool {
	for i := range s.objects {
		if !t.add(&s.objects[i], keyspace) {
			return false
		}
	}
	return true
}
