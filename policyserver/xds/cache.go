// Package xds serves resources by the discovery protocol, state of the world and delta.
//
// State of the world answers with all resources at once, since a client of NPDS takes what is missing for removed. Each
// stream has at most one answer on its way, so a slow client skips versions instead of queueing them. What a client
// refuses is remembered with its reason, and offered again together with the next change.
package xds

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Cache holds the resources of one type, and who gets them. It may be used from several threads at once.
type Cache struct {
	typeURL string

	mu      sync.Mutex
	current *state
	// changed is closed when current is replaced.
	changed chan struct{}
	// clients are those that have asked, each with the serial of the state that it has said all about.
	clients map[*clientRecord]uint64
	// answered is closed when a client has said all about a state, or has left.
	answered chan struct{}
}

// state is all resources at one version, immutable.
type state struct {
	version   string
	resources map[string]*resource
	// serial counts the states of a cache from 1; delta names what differs from the state with the serial before.
	serial uint64
	delta  []string
}

// resource is one resource, encoded, immutable.
type resource struct {
	name    string
	message proto.Message
	// version depends on the content alone, so that it is the same after a restart.
	version string
	encoded *anypb.Any
}

// NewCache makes an empty cache for messages of the type.
func NewCache(message proto.Message) *Cache {
	return &Cache{
		typeURL: "type.googleapis.com/" + string(message.ProtoReflect().Descriptor().FullName()),
		changed: make(chan struct{}), answered: make(chan struct{}), clients: map[*clientRecord]uint64{},
	}
}

// Update replaces all resources. A message that is the same pointer as before is taken for unchanged, and none may be
// changed afterwards. Until the first call clients wait. There is one caller at a time.
func (c *Cache) Update(version string, messages map[string]proto.Message) error {
	c.mu.Lock()
	old := c.current
	c.mu.Unlock()
	next := &state{version: version, resources: make(map[string]*resource, len(messages))}
	for name, message := range messages {
		if r := old.resource(name); r != nil && r.message == message {
			next.resources[name] = r
			continue
		}
		r, err := c.encode(name, message)
		if err != nil {
			return err
		}
		next.resources[name] = r
	}
	next.compare(old)

	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = next
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}

func (c *Cache) encode(name string, message proto.Message) (*resource, error) {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("resource %s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	return &resource{
		name: name, message: message, version: hex.EncodeToString(sum[:16]),
		encoded: &anypb.Any{TypeUrl: c.typeURL, Value: text},
	}, nil
}

// resource returns a resource; nil where there is none, or no state.
func (s *state) resource(name string) *resource {
	if s == nil {
		return nil
	}
	return s.resources[name]
}

// compare finds what differs from the state before.
func (s *state) compare(before *state) {
	s.serial = 1
	if before == nil {
		return
	}
	s.serial += before.serial
	for name, r := range s.resources {
		if old := before.resources[name]; old == nil || old.version != r.version {
			s.delta = append(s.delta, name)
		}
	}
	for name := range before.resources {
		if s.resources[name] == nil {
			s.delta = append(s.delta, name)
		}
	}
}

// get returns the resources, nil before the first update, and a channel that is closed when there are others.
func (c *Cache) get() (*state, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current, c.changed
}

// Version returns the version of the resources, and how many there are.
func (c *Cache) Version() (version string, resources int) {
	s, _ := c.get()
	if s == nil {
		return "", 0
	}
	return s.version, len(s.resources)
}

// Clients lists who is connected, the oldest first.
func (c *Cache) Clients() []Client {
	c.mu.Lock()
	records := slices.Collect(maps.Keys(c.clients))
	c.mu.Unlock()
	list := make([]Client, 0, len(records))
	for _, r := range records {
		list = append(list, r.get())
	}
	slices.SortFunc(list, func(a, b Client) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Address, b.Address))
	})
	return list
}

func (c *Cache) enter(r *clientRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clients[r] += 0
}

func (c *Cache) leave(r *clientRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.clients, r)
	c.wake()
}

// settled notes that a client has accepted or refused all of a state.
func (c *Cache) settled(r *clientRecord, s *state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.clients[r]; there && s != nil {
		c.clients[r] = s.serial
		c.wake()
	}
}

func (c *Cache) wake() {
	close(c.answered)
	c.answered = make(chan struct{})
}

// Settle waits until every client has accepted or refused the resources, and tells whether that came before the context
// ended.
func (c *Cache) Settle(ctx context.Context) bool {
	for {
		pending, answered := c.pending()
		if !pending {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-answered:
		}
	}
}

// pending tells whether a client has not said all about the resources, and returns a channel that is closed when that
// may have changed.
func (c *Cache) pending() (bool, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, serial := range c.clients {
		if c.current != nil && serial < c.current.serial {
			return true, c.answered
		}
	}
	return false, c.answered
}
