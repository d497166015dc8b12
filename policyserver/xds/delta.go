package xds

import (
	"maps"
	"slices"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

// delta is the incremental form.
type delta struct {
	typeURL string
	// begun: there was a request. told: there was an answer.
	begun, told bool
	// all: every resource; names: these beside.
	all   bool
	names map[string]bool
	// known are the versions that the client has. absent are names that it was told do not exist.
	known  map[string]string
	absent map[string]bool

	// offered is what the last answer would make of known; the empty version is removal.
	offered map[string]string
	// serial is the state that the client agrees with, 0 where that is not known; offeredSerial is that of the last
	// answer.
	serial, offeredSerial uint64
}

func (d *delta) subscribe(r *discovery.DeltaDiscoveryRequest) bool {
	changed := !d.begun || len(r.GetResourceNamesSubscribe()) > 0
	if !d.begun {
		d.begun = true
		d.known = maps.Clone(r.GetInitialResourceVersions())
		if d.known == nil {
			d.known = map[string]string{}
		}
		d.names, d.absent = map[string]bool{}, map[string]bool{}
		// To ask for nothing at first is to ask for all.
		d.all = len(r.GetResourceNamesSubscribe()) == 0
	}
	for _, name := range r.GetResourceNamesSubscribe() {
		if name == "*" {
			d.all = true
			continue
		}
		// To subscribe again is to ask for the resource again.
		d.names[name] = true
		delete(d.known, name)
		delete(d.absent, name)
	}
	for _, name := range r.GetResourceNamesUnsubscribe() {
		if name == "*" {
			d.all = false
		}
		delete(d.names, name)
		delete(d.absent, name)
		if !d.all {
			delete(d.known, name)
		}
	}
	if changed {
		d.serial, d.offeredSerial = 0, 0
	}
	return changed
}

func (d *delta) wants(name string) bool { return d.all || d.names[name] }

func (d *delta) next(s *state, nonce string) (*discovery.DeltaDiscoveryResponse, bool) {
	response := &discovery.DeltaDiscoveryResponse{SystemVersionInfo: s.version, TypeUrl: d.typeURL, Nonce: nonce}
	d.offered, d.offeredSerial = map[string]string{}, s.serial
	for _, name := range d.suspects(s) {
		d.offer(s, name, response)
	}
	if d.told && len(d.offered) == 0 {
		d.serial = s.serial
		return nil, false
	}
	// The first answer goes out even if it is empty, so that the client knows that it has all.
	d.told = true
	return response, true
}

// suspects lists, in order, the names that the client may know otherwise than they are.
func (d *delta) suspects(s *state) []string {
	if d.serial != 0 && d.serial+1 == s.serial {
		return slices.Sorted(slices.Values(s.delta))
	}
	names := map[string]bool{}
	for name := range d.known {
		names[name] = true
	}
	for name := range d.names {
		names[name] = true
	}
	if d.all {
		for name := range s.resources {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// offer puts a resource into the response if the client knows it otherwise.
func (d *delta) offer(s *state, name string, response *discovery.DeltaDiscoveryResponse) {
	r := s.resources[name]
	version, known := d.known[name]
	switch {
	case r != nil && d.wants(name):
		if version != r.version {
			d.offered[name] = r.version
			response.Resources = append(response.Resources,
				&discovery.Resource{Name: name, Version: r.version, Resource: r.encoded})
		}
	case r == nil && (known || d.names[name] && !d.absent[name]):
		d.offered[name] = ""
		response.RemovedResources = append(response.RemovedResources, name)
	}
}

// answered takes over what was offered. What was refused stays as it was, and is offered again with the next change,
// since the client refused all of it for what is wrong with a part.
func (d *delta) answered(accepted bool) {
	if accepted {
		for name, version := range d.offered {
			if version == "" {
				delete(d.known, name)
				d.absent[name] = d.names[name]
				continue
			}
			d.known[name] = version
			delete(d.absent, name)
		}
		d.serial = d.offeredSerial
	} else {
		d.serial = 0
	}
	d.offered = nil
}
