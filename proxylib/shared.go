package proxylib

import (
	"sync"
	"sync/atomic"
)

// Limits of what the connections of one instance share; see [Shared].
const (
	// MaxShared is the number of values. A connection past it gets a value of its own.
	MaxShared = 16384
	// MaxSharedBytes is the number of bytes that all values may take with [Allowance.Take].
	MaxSharedBytes = 64 << 20
)

// Shared returns the value that the connections of the instance with the same parser, key and type share, such as what is
// known of one server: drivers prepare a statement on one connection and execute it on all. The first of them calls
// make, whose value must be ready for use from several threads at once. The value belongs to the instance and is released
// when the last connection that asked for it ends. A parser calls Shared when it is made, once for each value.
//
// The number of values is bounded by [MaxShared]. What a value keeps it takes from the allowance that make gets.
func Shared[T any, K comparable](c *Connection, key K, make func(*Allowance) *T) *T {
	t := &c.Instance.shared
	t.mu.Lock()
	defer t.mu.Unlock()
	s := groupOf[T, K](t, c.ParserName).join(key, make)
	if c.shared == nil {
		c.shared = s
	} else {
		c.shared = &sharedUse{s, c.shared}
	}
	return s.value
}

// Allowance is what a shared value may keep in memory. It is used from several threads at once.
type Allowance struct {
	taken atomic.Int64
	all   *atomic.Int64
}

// Take counts n more bytes that the value keeps. It reports false, and counts nothing, if all values of the instance would
// keep more than [MaxSharedBytes]: the value then removes something else, or keeps less.
func (a *Allowance) Take(n int) bool {
	if a.all.Add(int64(n)) > MaxSharedBytes {
		a.all.Add(int64(-n))
		return false
	}
	a.taken.Add(int64(n))
	return true
}

// Give counts n fewer bytes. What is still taken when the value is released is given back then.
func (a *Allowance) Give(n int) {
	a.taken.Add(int64(-n))
	a.all.Add(int64(-n))
}

// sharedBytes returns the number of bytes that values of the instance keep, sharedValues the number of values.
func (i *Instance) sharedBytes() int64 { return i.shared.bytes.Load() }

func (i *Instance) sharedValues() int {
	i.shared.mu.Lock()
	defer i.shared.mu.Unlock()
	return i.shared.values
}

// sharedTable holds what the connections of an instance share.
type sharedTable struct {
	mu sync.Mutex
	// groups holds a *sharedGroup[T, K] for each parser and types. Keys of a type of their own are found in half the time, see
	// BenchmarkConnection of the C host.
	groups map[sharedKind]any
	// values is the number of values in all of them.
	values int
	bytes  atomic.Int64
}

// sharedKind keeps values of different parsers and types apart. types is a nil pointer of the type of the group.
type sharedKind struct {
	parser string
	types  any
}

// sharedGroup are the values of one parser and of one type.
type sharedGroup[T any, K comparable] struct {
	table *sharedTable
	byKey map[K]*sharedValue[T, K]
}

// groupOf returns the group of a parser from a table that is locked. It is made if there is none: there are as many as calls
// of [Shared] in the parsers.
func groupOf[T any, K comparable](t *sharedTable, parser string) *sharedGroup[T, K] {
	kind := sharedKind{parser, (*sharedGroup[T, K])(nil)}
	if group, ok := t.groups[kind]; ok {
		return group.(*sharedGroup[T, K])
	}
	if t.groups == nil {
		t.groups = map[sharedKind]any{}
	}
	group := &sharedGroup[T, K]{table: t, byKey: map[K]*sharedValue[T, K]{}}
	t.groups[kind] = group
	return group
}

type sharedValue[T any, K comparable] struct {
	group *sharedGroup[T, K]
	key   K
	// alone: the value is not in the table.
	alone     bool
	users     int
	allowance Allowance
	value     *T
}

// leaver is what a connection shares: a value, or a list of them.
type leaver interface{ leave() }

// sharedUse is a value that a connection shares, and what it shared before. Most connections share one value at most, and need
// no list.
type sharedUse struct{ value, before leaver }

func (u *sharedUse) leave() {
	u.value.leave()
	u.before.leave()
}

// join returns the value of a key, with one user more. make is called with the table locked, so that it is called once.
func (g *sharedGroup[T, K]) join(key K, make func(*Allowance) *T) *sharedValue[T, K] {
	t, s := g.table, g.byKey[key]
	if s == nil {
		s = &sharedValue[T, K]{group: g, key: key, allowance: Allowance{all: &t.bytes}}
		s.value = make(&s.allowance)
		if s.alone = t.values == MaxShared; !s.alone {
			g.byKey[key] = s
			t.values++
		}
	}
	s.users++
	return s
}

// leaveShared gives back what the connection shares with others, when it ends.
func (c *Connection) leaveShared() {
	if c.shared != nil {
		c.shared.leave()
		c.shared = nil
	}
}

// leave takes one user away, and releases the value with the last one.
func (s *sharedValue[T, K]) leave() {
	t := s.group.table
	t.mu.Lock()
	defer t.mu.Unlock()
	s.users--
	if s.users > 0 {
		return
	}
	if !s.alone {
		delete(s.group.byKey, s.key)
		t.values--
	}
	s.allowance.Give(int(s.allowance.taken.Load()))
}
