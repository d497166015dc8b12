package xds

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Cache holds the resources of one type, and who gets them. It may be used from several threads at once.
type Cache struct {
	typeURL string
	// firstRequest is how long a client may take for its first request on a stream.
	firstRequest time.Duration

	mu    sync.RWMutex
	state state
	// changed is closed when the state changes.
	changed chan struct{}
	// clients are those that have asked.
	clients map[*clientRecord]*progress
	// moved is closed when a client has said all about a state, or has left.
	moved chan struct{}
}

// state is all resources at one version.
type state struct {
	version   string
	resources map[string]*resource
	// serial counts the states of a cache; 0 is none yet. delta names what differs from the state before.
	serial uint64
	delta  []string
}

// progress is how far a client has come.
type progress struct {
	// serial is that of the state about which the client has said all.
	serial uint64
	// unanswered is when the response was sent to which the client has not replied yet; zero where there is none.
	unanswered time.Time
	// answers: the client has replied to a response of its stream, for the last of which it took took.
	answers bool
	took    time.Duration
}

// resource is one resource, encoded, immutable.
type resource struct {
	name string
	// version depends on the content alone, so that it is the same after a restart.
	version string
	encoded *anypb.Any
}

// firstRequest is the time that a client has for the first request of a stream.
const firstRequest = 30 * time.Second

// NewCache makes an empty cache for messages of the type.
func NewCache(message proto.Message) *Cache {
	return &Cache{
		typeURL:      "type.googleapis.com/" + string(message.ProtoReflect().Descriptor().FullName()),
		firstRequest: firstRequest,
		state:        state{resources: map[string]*resource{}},
		changed:      make(chan struct{}), moved: make(chan struct{}), clients: map[*clientRecord]*progress{},
	}
}

// Update changes resources, by their names; nil removes one. Until the first call clients wait.
func (c *Cache) Update(version string, changes map[string]proto.Message) error {
	encoded := make(map[string]*resource, len(changes))
	for name, message := range changes {
		encoded[name] = nil
		if message == nil {
			continue
		}
		var err error
		if encoded[name], err = c.encode(name, message); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.update(version, encoded) {
		close(c.changed)
		c.changed = make(chan struct{})
	}
	return nil
}

// update makes the next state, and reports whether it differs from the one before in more than its version.
func (s *state) update(version string, changes map[string]*resource) bool {
	var delta []string
	for name, r := range changes {
		old := s.resources[name]
		switch {
		case r == nil && old == nil || r != nil && old != nil && r.version == old.version:
			continue
		case r == nil:
			delete(s.resources, name)
		default:
			s.resources[name] = r
		}
		delta = append(delta, name)
	}
	s.version = version
	if len(delta) == 0 && s.serial > 0 {
		return false
	}
	s.serial++
	s.delta = delta
	return true
}

func (c *Cache) encode(name string, message proto.Message) (*resource, error) {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("resource %s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	return &resource{
		name: name, version: hex.EncodeToString(sum[:16]),
		encoded: &anypb.Any{TypeUrl: c.typeURL, Value: text},
	}, nil
}

// get returns the serial of the state, and a channel that is closed when there is another.
func (c *Cache) get() (uint64, <-chan struct{}) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.state.serial, c.changed
}

// read lets a function look at the state, which it must not retain.
func (c *Cache) read(look func(*state)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	look(&c.state)
}

// Version returns the version of the resources, and how many there are.
func (c *Cache) Version() (version string, resources int) {
	c.read(func(s *state) { version, resources = s.version, len(s.resources) })
	return version, resources
}

// Clients lists who is connected, the oldest first.
func (c *Cache) Clients() []Client {
	c.mu.Lock()
	list := make([]Client, 0, len(c.clients))
	for record, p := range c.clients {
		client := record.get()
		client.Unanswered = p.unanswered
		list = append(list, client)
	}
	c.mu.Unlock()
	slices.SortFunc(list, func(a, b Client) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Address, b.Address))
	})
	return list
}

func (c *Cache) enter(r *clientRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clients[r] == nil {
		c.clients[r] = &progress{}
	}
}

func (c *Cache) leave(r *clientRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.clients, r)
	c.wake()
}

// asked notes that a client is sent a response.
func (c *Cache) asked(r *clientRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clients[r].unanswered = time.Now()
}

// answered notes that a client has replied to the response that it was sent.
func (c *Cache) answered(r *clientRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.clients[r]
	p.took = time.Since(p.unanswered)
	p.unanswered, p.answers = time.Time{}, true
}

// settled notes that a client has accepted or refused all of a state.
func (c *Cache) settled(r *clientRecord, serial uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.clients[r]; p != nil && p.serial < serial {
		p.serial = serial
		c.wake()
	}
}

func (c *Cache) wake() {
	close(c.moved)
	c.moved = make(chan struct{})
}

// Settle waits until every client has accepted or refused the resources, and reports whether they did before the
// context ended. It waits only for clients that reply: not for one that has never replied on its stream, nor for
// one that has had a response for longer than the patience, or took longer for the one before. So a client that is silent
// or slow delays no other, or only once.
func (c *Cache) Settle(ctx context.Context, patience time.Duration) bool {
	for {
		wait, moved := c.pending(patience)
		if wait <= 0 {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-moved:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// pending returns for how long it is worth to wait for a client that has not said all about the resources, 0 where there
// is none, and a channel that is closed when that may have changed.
func (c *Cache) pending(patience time.Duration) (wait time.Duration, moved <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.clients {
		switch {
		case !p.answers || p.took > patience || p.serial >= c.state.serial:
		case p.unanswered.IsZero():
			wait = max(wait, patience)
		default:
			wait = max(wait, patience-time.Since(p.unanswered))
		}
	}
	return wait, c.moved
}
