package host

import (
	"sync"
	"sync/atomic"
)

// Instances is a table of reference-counted instances: equal configurations share one. The zero value is
// empty and ready for use, from several threads at once.
type Instances struct {
	mu    sync.Mutex
	last  uint64
	byKey map[string]*openInstance
	// byID is replaced as a whole, so that Get, which every new connection calls, takes no lock.
	byID atomic.Pointer[map[uint64]*openInstance]
}

type openInstance struct {
	*Instance
	key  string
	refs int
}

// Open returns the instance of the configuration that key stands for, and takes a reference to it. The first Open of
// a key calls create with the number that the new instance gets; its error is returned as it is.
func (t *Instances) Open(key string, create func(id uint64) (*Instance, error)) (*Instance, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if open := t.byKey[key]; open != nil {
		open.refs++
		return open.Instance, nil
	}
	instance, err := create(t.last + 1)
	if err != nil {
		return nil, err
	}
	t.last++
	open := &openInstance{Instance: instance, key: key, refs: 1}
	if t.byKey == nil {
		t.byKey = map[string]*openInstance{}
	}
	t.byKey[key] = open
	t.renew()
	return instance, nil
}

// renew sets byID to what byKey holds.
func (t *Instances) renew() {
	byID := make(map[uint64]*openInstance, len(t.byKey))
	for _, open := range t.byKey {
		byID[open.ID()] = open
	}
	t.byID.Store(&byID)
}

// find returns the open instance with the number, or nil.
func (t *Instances) find(id uint64) *openInstance {
	if byID := t.byID.Load(); byID != nil {
		return (*byID)[id]
	}
	return nil
}

// Get returns the open instance with the number, or nil.
func (t *Instances) Get(id uint64) *Instance {
	if open := t.find(id); open != nil {
		return open.Instance
	}
	return nil
}

// Close gives one reference back. With the last one the instance leaves the table and its Release is called. It reports
// whether the instance was open.
func (t *Instances) Close(id uint64) bool {
	t.mu.Lock()
	open := t.find(id)
	if open == nil {
		t.mu.Unlock()
		return false
	}
	open.refs--
	if open.refs > 0 {
		t.mu.Unlock()
		return true
	}
	delete(t.byKey, open.key)
	t.renew()
	t.mu.Unlock()
	if release := open.settings().Release; release != nil {
		release()
	}
	return true
}
