package xds

import (
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/proxylib/proxylib/internal/nack"
	"github.com/proxylib/proxylib/policy"
)

// Client is the state of a client on one stream.
type Client struct {
	Node    string `json:"node"`
	Address string `json:"address"`
	// Library is name and version of the client, as far as it says so.
	Library string    `json:"library,omitempty"`
	Delta   bool      `json:"delta"`
	Since   time.Time `json:"since"`
	// Version is what the client accepted last, at the time Updated; Refusal is why it refused what came after that.
	Version string    `json:"version"`
	Updated time.Time `json:"updated,omitzero"`
	Refusal string    `json:"refusal,omitempty"`
	// Refused are the resources of which the refusal names each by itself, as the library does.
	Refused []Refused `json:"refused,omitempty"`
	// Unanswered is when the response was sent to which the client has not replied yet; zero where there is none.
	Unanswered time.Time `json:"unanswered,omitzero"`
}

// Refused is a resource that a client refuses, and why.
type Refused struct {
	Resource string `json:"resource"`
	Reason   string `json:"reason"`
}

const (
	// maxText is the length, in bytes, of the longest name of a node or resource that is retained of what a client sends, and
	// maxReason that of the reason for one resource.
	maxText, maxReason = 256, 256
	// maxRefused is how many of the resources that a client refuses are retained.
	maxRefused = 16
)

// plain returns a text of a client within bounds, and so that a terminal which shows it does nothing else.
func plain(text string, limit int) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, policy.Cut(text, limit))
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

func (r *clientRecord) node(n *core.Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := n.GetId(); id != "" {
		r.client.Node = plain(id, maxText)
	}
	if name := n.GetUserAgentName(); name != "" {
		r.client.Library = plain(strings.TrimSpace(name+" "+n.GetUserAgentVersion()), maxText)
	}
}

// accepted notes that the client accepts a version.
func (r *clientRecord) accepted(version string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.client.Version, r.client.Updated, r.client.Refusal, r.client.Refused = version, time.Now(), "", nil
}

// refused notes why the client refuses a version, and which resources.
func (r *clientRecord) refused(reason string, named []Refused) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.client.Refused = nil
	for _, one := range named[:min(len(named), maxRefused)] {
		r.client.Refused = append(r.client.Refused,
			Refused{plain(one.Resource, maxText), plain(one.Reason, maxReason)})
	}
	if r.client.Refusal = plain(reason, policy.MaxReason); r.client.Refusal == "" {
		r.client.Refusal = "refused without a reason"
	}
}

// refusedOf returns the resources that a refusal names. all reports whether the others of the update are in force. sent
// returns the name of a resource by its place in the response.
func refusedOf(refusal *rpc.Status, sent func(int) string) (refused []Refused, all bool) {
	named, all := nack.Named(refusal)
	for _, one := range named {
		refused = append(refused, Refused{resourceOf(one.Field, sent), one.Reason})
	}
	return refused, all
}

// resourceOf returns the name of the resource that a field is about.
func resourceOf(field string, sent func(int) string) string {
	text, found := strings.CutPrefix(field, "resource ")
	if !found {
		return field
	}
	if name, err := strconv.Unquote(text); err == nil {
		return name
	}
	if place, err := strconv.Atoi(text); err == nil {
		if name := sent(place); name != "" {
			return name
		}
	}
	return field
}
