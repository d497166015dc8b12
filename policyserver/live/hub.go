package live

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/proxylib/proxylib/accesslog/traffic"
)

const (
	// maxKept and maxKeptBytes bound the entries that are kept, by their number and the size of their JSON form.
	maxKept      = 20_000
	maxKeptBytes = 16 << 20
	// maxWaiting is how many entries wait for a follower; further ones are left out, and it sees their number.
	maxWaiting = 2048
	// maxFollowers is how many may follow at once.
	maxFollowers = 64
)

// Hub takes entries and hands them on. It may be used from several threads at once.
type Hub struct {
	// Metrics count the entries of all libraries.
	Metrics *traffic.Metrics

	mu        sync.Mutex
	kept      [][]byte
	keptBytes int
	followers map[*Follower]bool
	libraries map[*Library]bool
	closed    bool
}

// NewHub returns an empty hub.
func NewHub() *Hub {
	return &Hub{Metrics: traffic.NewMetrics(), followers: map[*Follower]bool{}, libraries: map[*Library]bool{}}
}

// Follower gets new entries.
type Follower struct {
	hub *Hub
	// Lines are the JSON forms of entries, each with the end of its line. It is closed when the hub is.
	Lines chan []byte
	// missed are those that did not fit.
	missed uint64
}

// Missed returns how many entries were left out since the last call.
func (f *Follower) Missed() uint64 {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	n := f.missed
	f.missed = 0
	return n
}

// Close ends the following.
func (f *Follower) Close() {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	delete(f.hub.followers, f)
}

// Kept returns the JSON lines of the entries that are kept, the oldest first. They must not be changed.
func (h *Hub) Kept() [][]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.kept)
}

// Follow returns what Kept does, and what gets the entries after those. It reports false where too many follow already.
func (h *Hub) Follow() (kept [][]byte, f *Follower, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.followers) >= maxFollowers {
		return nil, nil, false
	}
	f = &Follower{hub: h, Lines: make(chan []byte, maxWaiting)}
	h.followers[f] = true
	return slices.Clone(h.kept), f, true
}

// Add takes an entry.
func (h *Hub) Add(e *traffic.Entry) {
	h.Metrics.Add(e)
	// An entry has nothing that JSON cannot hold.
	line, _ := json.Marshal(e)
	line = append(line, '\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keep(line)
	for f := range h.followers {
		select {
		case f.Lines <- line:
		default:
			f.missed++
		}
	}
}

// keep keeps a line in the place of the oldest ones.
func (h *Hub) keep(line []byte) {
	h.kept = append(h.kept, line)
	h.keptBytes += len(line)
	drop := 0
	for len(h.kept)-drop > maxKept || h.keptBytes > maxKeptBytes {
		h.keptBytes -= len(h.kept[drop])
		h.kept[drop] = nil
		drop++
	}
	h.kept = h.kept[drop:]
}

// Close ends all following.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	for f := range h.followers {
		close(f.Lines)
	}
	clear(h.followers)
}

// Libraries returns the libraries that are connected, by their nodes.
func (h *Hub) Libraries() []State {
	h.mu.Lock()
	defer h.mu.Unlock()
	states := make([]State, 0, len(h.libraries))
	for l := range h.libraries {
		states = append(states, l.get())
	}
	slices.SortFunc(states, func(a, b State) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), a.Since.Compare(b.Since))
	})
	return states
}

// State is what is known of a library.
type State struct {
	Node     string    `json:"node"`
	Address  string    `json:"address"`
	Since    time.Time `json:"since"`
	Seen     time.Time `json:"seen"`
	Version  string    `json:"version"`
	Revision string    `json:"revision,omitempty"`
	Modified bool      `json:"modified,omitempty"`
	Go       string    `json:"go,omitempty"`
	Parsers  []string  `json:"parsers"`
	// Entries were received, Lost is how many the library has reported as lost.
	Entries uint64 `json:"entries"`
	Lost    uint64 `json:"lost"`
	Health  Health `json:"health"`
}

// Health is the state of a library; see logs.Health.
type Health struct {
	PolicySources          uint64    `json:"policySources"`
	PolicySourcesConnected uint64    `json:"policySourcesConnected"`
	PolicyWarnings         uint64    `json:"policyWarnings"`
	PolicyResourcesRefused uint64    `json:"policyResourcesRefused"`
	PolicyUpdates          uint64    `json:"policyUpdates"`
	PolicyUpdatesRefused   uint64    `json:"policyUpdatesRefused"`
	PolicyLastUpdate       time.Time `json:"policyLastUpdate,omitzero"`
	OpenConnections        uint64    `json:"openConnections"`
	HeldBytes              uint64    `json:"heldBytes"`
	LogEntriesLost         uint64    `json:"logEntriesLost"`
	Panics                 uint64    `json:"panics"`
	LimitConnections       uint64    `json:"limitConnections"`
	LimitTotalHeldBytes    uint64    `json:"limitTotalHeldBytes"`
	// Unobserved are connections that mode observe has passed without reading them, or without reading on.
	Unobserved uint64 `json:"unobserved"`
	// ParsersReplaced are changed files of parsers that were put in force, ParsersRefused those that were not.
	ParsersReplaced uint64 `json:"parsersReplaced"`
	ParsersRefused  uint64 `json:"parsersRefused"`
	// LoadedParsers are those that are loaded from files: name and version, file, hash.
	LoadedParsers []string `json:"loadedParsers,omitempty"`
}
