package xds

import (
	"maps"
	"slices"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// wildcard is the name that stands for every resource.
const wildcard = "*"

// world is the state-of-the-world form.
type world struct {
	typeURL string
	// asked: there was a request. named: one has named resources, so that an empty list no longer stands for all.
	asked, named bool
	// all: every resource is wanted; names, sorted, are those that are wanted by name.
	all   bool
	names []string
	// last are the names of the resources of the last response.
	last []string
}

func (w *world) subscribe(r *discovery.DiscoveryRequest) bool {
	names := slices.Compact(slices.Sorted(slices.Values(r.GetResourceNames())))
	w.named = w.named || len(names) > 0
	all := !w.named || slices.Contains(names, wildcard)
	if w.asked && all == w.all && slices.Equal(names, w.names) {
		return false
	}
	w.asked, w.all, w.names = true, all, names
	return true
}

// stale reports whether a request was sent before the client had the last answer. Each request lists all that the client
// wants, so a stale one is superseded by that which answers the last answer.
func (w *world) stale(nonce, last string) bool { return last != "" && nonce != last }

func (w *world) next(s *state, nonce string) (*discovery.DiscoveryResponse, bool) {
	names := w.names
	if w.all {
		names = slices.Sorted(maps.Keys(s.resources))
	}
	if !w.all && len(names) == 0 {
		return nil, false
	}
	response := &discovery.DiscoveryResponse{
		VersionInfo: s.version, TypeUrl: w.typeURL, Nonce: nonce, Resources: make([]*anypb.Any, 0, len(names)),
	}
	w.last = nil
	for _, name := range names {
		if r := s.resources[name]; r != nil {
			w.last = append(w.last, name)
			response.Resources = append(response.Resources, r.encoded)
		}
	}
	return response, true
}

func (w *world) sent(place int) string { return at(w.last, place) }

func at(names []string, place int) string {
	if place < 0 || place >= len(names) {
		return ""
	}
	return names[place]
}

func (w *world) accepted() {}

func (w *world) refused([]Refused) {}
