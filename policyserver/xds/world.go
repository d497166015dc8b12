package xds

import (
	"maps"
	"slices"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// world is the state-of-the-world form.
type world struct {
	typeURL string
	asked   bool
	// names is what the client wants; none is all.
	names []string
}

func (w *world) subscribe(r *discovery.DiscoveryRequest) bool {
	names := slices.Compact(slices.Sorted(slices.Values(r.GetResourceNames())))
	if slices.Contains(names, "*") {
		names = nil
	}
	if w.asked && slices.Equal(names, w.names) {
		return false
	}
	w.asked, w.names = true, names
	return true
}

func (w *world) next(s *state, nonce string) (*discovery.DiscoveryResponse, bool) {
	names := w.names
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(s.resources))
	}
	response := &discovery.DiscoveryResponse{
		VersionInfo: s.version, TypeUrl: w.typeURL, Nonce: nonce, Resources: make([]*anypb.Any, 0, len(names)),
	}
	for _, name := range names {
		if r := s.resources[name]; r != nil {
			response.Resources = append(response.Resources, r.encoded)
		}
	}
	return response, true
}

func (w *world) answered(bool) {}
