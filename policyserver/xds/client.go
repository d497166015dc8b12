package xds

import (
	"sync"
	"time"

	rpc "google.golang.org/genproto/googleapis/rpc/status"
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
	// Unanswered is when the response was sent that the client has not answered yet; zero where there is none.
	Unanswered time.Time `json:"unanswered,omitzero"`
}

// clientRecord is a client that may change while it is read.
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

// answered notes what the client says about a version; without a refusal it accepts it.
func (r *clientRecord) answered(version string, refusal *rpc.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if refusal == nil {
		r.client.Version, r.client.Updated, r.client.Refusal = version, time.Now(), ""
		return
	}
	if r.client.Refusal = refusal.GetMessage(); r.client.Refusal == "" {
		r.client.Refusal = "refused without a reason"
	}
}
