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
	full := sharedKey[T, K]{c.ParserName, key}
	s := c.Instance.shared.join(full, func(a *Allowance) any { return make(a) })
	c.shared = &sharedUse{s, c.shared}
	return s.value.(*T)
}

// sharedKey keeps values of different parsers and types apart.
type sharedKey[T any, K comparable] struct {
	parser string
	key    K
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
	return len(i.shared.byKey)
}

// sharedTable holds what the connections of an instance share.
type sharedTable struct {
	mu    sync.Mutex
	byKey map[any]*sharedValue
	bytes atomic.Int64
}

type sharedValue struct {
	// key is nil for a value that is not in the table.
	key       any
	users     int
	allowance Allowance
	value     any
}

// sharedUse is a value that a connection shares, and those that it shared before.
type sharedUse struct {
	value *sharedValue
	next  *sharedUse
}

// join returns the value of a key, with one user more. make is called with the table locked, so that it is called once.
func (t *sharedTable) join(key any, make func(*Allowance) any) *sharedValue {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.byKey[key]
	if s == nil {
		s = &sharedValue{allowance: Allowance{all: &t.bytes}}
		s.value = make(&s.allowance)
		if len(t.byKey) < MaxShared {
			t.add(key, s)
		}
	}
	s.users++
	return s
}

func (t *sharedTable) add(key any, s *sharedValue) {
	if t.byKey == nil {
		t.byKey = map[any]*sharedValue{}
	}
	s.key = key
	t.byKey[key] = s
}

// leaveShared gives back what the connection shares with others, when it ends.
func (c *Connection) leaveShared() {
	for ; c.shared != nil; c.shared = c.shared.next {
		c.Instance.shared.leave(c.shared.value)
	}
}

func (t *sharedTable) leave(s *sharedValue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.users--
	if s.users > 0 {
		return
	}
	if s.key != nil {
		delete(t.byKey, s.key)
	}
	s.allowance.Give(int(s.allowance.taken.Load()))
}
