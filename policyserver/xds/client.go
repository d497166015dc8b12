package xds

import (
	"sync"
	"time"
)

// Client is how a client stands with one stream.
type Client struct {
	Node    string    `json:"node"`
	Address string    `json:"address"`
	Delta   bool      `json:"delta"`
	Since   time.Time `json:"since"`
	// Version is what the client accepted last, at the time Updated; Refusal is why it refused what came after that.
	Version string    `json:"version"`
	Updated time.Time `json:"updated,omitzero"`
	Refusal string    `json:"refusal,omitempty"`
}

// clientRecord is a client that may change while it is looked at.
type clientRecord struct {
	mu     sync.Mutex
	client Client
}

func (r *clientRecord) get() Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.client
}

func (r *clientRecord) node(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id != "" {
		r.client.Node = id
	}
}

// answered notes what the client says about a version; an empty refusal accepts it.
func (r *clientRecord) answered(version, refusal string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client.Refusal = refusal; refusal == "" {
		r.client.Version, r.client.Updated = version, time.Now()
	}
}
