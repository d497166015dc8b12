package xds

import (
	"maps"
	"slices"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

const (
	// versionUnknown stands for the version of a resource of which the client has to hear again, whatever it has.
	versionUnknown = ""
	// removal stands for the version of a resource that is offered as removed.
	removal = ""
)

// delta is the incremental form.
type delta struct {
	typeURL string
	// begun: there was a request. responded: there was a response.
	begun, responded bool
	// all: every resource is wanted; names: these are wanted by name.
	all   bool
	names map[string]bool
	// known are the versions that the client has. absent are names of which it knows that they do not exist.
	known  map[string]string
	absent map[string]bool

	// offered is what the last response would make of known, a version or removal.
	offered map[string]string
	// last are the names of the resources of the last response.
	last []string
	// serial is the state that the client agrees with, 0 where that is not known; offeredSerial is that of the last
	// answer.
	serial, offeredSerial uint64
}

func (d *delta) subscribe(r *discovery.DeltaDiscoveryRequest) bool {
	first := d.begin(r)
	changed := first
	for _, name := range r.GetResourceNamesSubscribe() {
		changed = true
		if name == wildcard {
			d.all = true
			continue
		}
		d.names[name] = true
		if !first {
			d.resend(name)
		}
	}
	for _, name := range r.GetResourceNamesUnsubscribe() {
		changed = d.unsubscribe(name) || changed
	}
	if changed {
		d.serial, d.offeredSerial = 0, 0
	}
	return changed
}

// begin takes over what the first request of a stream says, and reports whether this is the first. To name nothing in
// it is to ask for everything.
func (d *delta) begin(r *discovery.DeltaDiscoveryRequest) bool {
	if d.begun {
		return false
	}
	d.begun = true
	d.all = len(r.GetResourceNamesSubscribe())+len(r.GetResourceNamesUnsubscribe()) == 0
	d.names, d.absent, d.known = map[string]bool{}, map[string]bool{}, map[string]string{}
	maps.Copy(d.known, r.GetInitialResourceVersions())
	return true
}

// resend has a resource sent to the client again, also where a response with it is on its way.
func (d *delta) resend(name string) {
	delete(d.known, name)
	delete(d.absent, name)
	delete(d.offered, name)
}

// unsubscribe reports whether the client has to be answered. That is so where it goes on to want everything: it cannot
// know then whether the resource is still among that.
func (d *delta) unsubscribe(name string) (changed bool) {
	if name == wildcard {
		d.all = false
		unwanted := func(name, _ string) bool { return !d.names[name] }
		maps.DeleteFunc(d.known, unwanted)
		maps.DeleteFunc(d.offered, unwanted)
		return false
	}
	named := d.names[name]
	delete(d.names, name)
	switch {
	case !d.all:
		d.resend(name)
	case named:
		d.resend(name)
		d.known[name] = versionUnknown
		return true
	}
	return false
}

// stale reports whether a request has to be ignored. None has: what it changes of the subscription holds, whatever its
// nonce.
func (d *delta) stale(string, string) bool { return false }

func (d *delta) wants(name string) bool { return d.all || d.names[name] }

func (d *delta) next(s *state, nonce string) (*discovery.DeltaDiscoveryResponse, bool) {
	d.offered, d.offeredSerial, d.last = map[string]string{}, s.serial, nil
	if !d.all && len(d.names) == 0 {
		return nil, false
	}
	response := &discovery.DeltaDiscoveryResponse{SystemVersionInfo: s.version, TypeUrl: d.typeURL, Nonce: nonce}
	for _, name := range d.suspects(s) {
		d.offer(s, name, response)
	}
	if d.responded && len(d.offered) == 0 {
		d.serial = s.serial
		return nil, false
	}
	// The first answer goes out even if it is empty, so that the client knows that it has all.
	d.responded = true
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
			d.last = append(d.last, name)
			response.Resources = append(response.Resources,
				&discovery.Resource{Name: name, Version: r.version, Resource: r.encoded})
		}
	case r == nil && d.wants(name) && (known || d.names[name] && !d.absent[name]):
		d.offered[name] = removal
		response.RemovedResources = append(response.RemovedResources, name)
	}
}

func (d *delta) sent(place int) string { return at(d.last, place) }

// accepted takes over what was offered.
func (d *delta) accepted() {
	d.settle()
	d.serial = d.offeredSerial
}

// refused takes over what was offered and is not refused. The rest is offered again with the next change. The client may
// have retained something of a resource that it refuses, so its removal is sent as well.
func (d *delta) refused(resources []Refused) {
	unknown := d.offered
	if d.haveAll(resources) {
		unknown = map[string]string{}
		for _, r := range resources {
			unknown[r.Resource] = d.offered[r.Resource]
		}
		maps.DeleteFunc(d.offered, func(name, _ string) bool { _, refused := unknown[name]; return refused })
		d.settle()
	}
	for name, version := range unknown {
		if version != removal {
			d.known[name] = versionUnknown
		}
	}
	d.serial, d.offered = 0, nil
}

// haveAll reports whether there are resources, all of which were offered. A name may have been cut on its way.
func (d *delta) haveAll(resources []Refused) bool {
	for _, r := range resources {
		if _, offered := d.offered[r.Resource]; !offered {
			return false
		}
	}
	return len(resources) > 0
}

// settle makes what was offered known.
func (d *delta) settle() {
	for name, version := range d.offered {
		if version == removal {
			delete(d.known, name)
			d.absent[name] = d.names[name]
			continue
		}
		d.known[name] = version
		delete(d.absent, name)
	}
	d.offered = nil
}
