package npds

import (
	"fmt"
	"maps"
	"slices"
)

// ledger holds the named resources of a source that sends changes: those in force, and those that are refused.
type ledger[T any] struct {
	// field is that of a resource which holds its keys.
	field string
	// keep: a resource stays in force while one that is to replace it is refused.
	keep bool
	held map[string]*resource[T]
	// owners are the resources in force by their keys.
	owners map[string]*resource[T]
	// waiting are resources that are refused only because a key of theirs belongs to another.
	waiting map[string]*offer[T]
	// whole: the next update holds all that the server has.
	whole bool
	// reasons are those for which resources are not in force as they came last, by their names.
	reasons map[string]error
}

// resource is one in force.
type resource[T any] struct {
	name, version string
	keys          []string
	value         T
}

func newLedger[T any](field string, keep bool) *ledger[T] {
	return &ledger[T]{
		field: field, keep: keep, held: map[string]*resource[T]{}, owners: map[string]*resource[T]{},
		waiting: map[string]*offer[T]{}, reasons: map[string]error{},
	}
}

// difference is what an update changes: keys that are gone, and resources that have come in force.
type difference[T any] struct {
	gone  []string
	added []*resource[T]
}

// update takes changed resources and the names of removed ones. A resource that could not come in force before because of
// another may do so now.
func (l *ledger[T]) update(changed []*offer[T], removed []string) (d difference[T], refused refusals) {
	if l.whole {
		removed, l.whole = slices.Concat(removed, l.missing(changed)), false
	}
	for _, name := range removed {
		delete(l.waiting, name)
		delete(l.reasons, name)
		l.leave(name, &d)
	}
	candidates := l.candidates(changed, &d)
	l.withdraw(candidates, &d)
	for name := range candidates {
		l.leave(name, &d)
	}
	for name, o := range candidates {
		delete(l.waiting, name)
		delete(l.reasons, name)
		d.added = append(d.added, l.enter(o))
	}
	return d, l.refusedOf(changed)
}

// candidates are the resources that may come in force, by name: changed ones that can be used, and waiting ones.
func (l *ledger[T]) candidates(changed []*offer[T], d *difference[T]) map[string]*offer[T] {
	seen := make(map[string]bool, len(changed))
	for _, o := range changed {
		if !seen[o.name] {
			delete(l.reasons, o.name)
			delete(l.waiting, o.name)
		} else if o.err == nil {
			o.err = fmt.Errorf("%s is given twice", o.label)
		}
		seen[o.name] = true
		if o.err != nil {
			l.refuse(o, d)
		}
	}
	candidates := maps.Clone(l.waiting)
	for _, o := range changed {
		if l.reasons[o.name] == nil {
			candidates[o.name] = o
		}
	}
	return candidates
}

// withdraw takes those from candidates that need a key of another resource. One that is withdrawn stays as it was, and may
// so be in the way of others.
func (l *ledger[T]) withdraw(candidates map[string]*offer[T], d *difference[T]) {
	claims := map[string][]*offer[T]{}
	names := slices.Sorted(maps.Keys(candidates))
	for _, name := range names {
		for _, key := range candidates[name].keys {
			claims[key] = append(claims[key], candidates[name])
		}
	}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		o := candidates[name]
		if o == nil {
			continue
		}
		if o.err = l.conflict(o, claims, candidates); o.err == nil {
			continue
		}
		delete(candidates, name)
		if held := l.held[name]; held != nil {
			for _, key := range held.keys {
				for _, other := range claims[key] {
					names = append(names, other.name)
				}
			}
		}
		l.refuse(o, d)
		o.err = nil
		l.waiting[name] = o
	}
}

// conflict returns why a candidate cannot come in force. The owner of a key goes first, if it still wants it; of
// several others, none does.
func (l *ledger[T]) conflict(o *offer[T], claims map[string][]*offer[T], candidates map[string]*offer[T]) error {
	for _, key := range o.keys {
		owner := l.owners[key]
		if owner != nil && owner.name == o.name {
			continue
		}
		if owner != nil && candidates[owner.name] == nil {
			return l.taken(o, key, owner.name)
		}
		for _, other := range claims[key] {
			if other != o {
				return l.taken(o, key, other.name)
			}
		}
	}
	return nil
}

func (l *ledger[T]) taken(o *offer[T], key, other string) error {
	return fmt.Errorf("%s: %s: %s is that of %s as well; change or remove one of them", o.label, l.field, key, labelOf(other))
}

func (l *ledger[T]) refuse(o *offer[T], d *difference[T]) {
	l.reasons[o.name] = o.err
	if !l.keep {
		l.leave(o.name, d)
	}
}

func (l *ledger[T]) leave(name string, d *difference[T]) {
	r := l.held[name]
	if r == nil {
		return
	}
	delete(l.held, name)
	for _, key := range r.keys {
		delete(l.owners, key)
	}
	d.gone = append(d.gone, r.keys...)
}

func (l *ledger[T]) enter(o *offer[T]) *resource[T] {
	r := &resource[T]{o.name, o.version, o.keys, o.value}
	l.held[o.name] = r
	for _, key := range r.keys {
		l.owners[key] = r
	}
	return r
}

// refusedOf returns which of the changed resources are refused.
func (l *ledger[T]) refusedOf(changed []*offer[T]) (refused refusals) {
	seen := map[string]bool{}
	for _, o := range changed {
		if reason := l.reasons[o.name]; reason != nil && !seen[o.name] {
			seen[o.name] = true
			refused = append(refused, refusal{o.label, o.field, reason})
		}
	}
	return refused
}

// outstanding returns all that is not in force as it came last.
func (l *ledger[T]) outstanding() (all refusals) {
	for _, name := range slices.Sorted(maps.Keys(l.reasons)) {
		all = append(all, refusal{labelOf(name), labelOf(name), l.reasons[name]})
	}
	return all
}

const (
	// maxVersionBytes is the largest size of the versions that a stream begins with. A gRPC server with the defaults
	// refuses requests above 4 MiB.
	maxVersionBytes = 3 << 20
	// versionOverhead is what a name and a version take besides their bytes.
	versionOverhead = 16
)

// restart returns the versions in force, by name, for a stream that begins. What is refused is dropped from the list: the server sends
// it again, for its version is another, or has no such resource any more. There are none if they are too large for a
// request; the server then sends all that it has, and what is not in its first update is removed.
func (l *ledger[T]) restart() map[string]string {
	clear(l.waiting)
	clear(l.reasons)
	versions, size := make(map[string]string, len(l.held)), 0
	for name, r := range l.held {
		versions[name] = r.version
		size += len(name) + len(r.version) + versionOverhead
	}
	if l.whole = size > maxVersionBytes; l.whole {
		return nil
	}
	return versions
}

// missing returns the names of what is in force and not among changed resources.
func (l *ledger[T]) missing(changed []*offer[T]) (names []string) {
	there := make(map[string]bool, len(changed))
	for _, o := range changed {
		there[o.name] = true
	}
	for name := range l.held {
		if !there[name] {
			names = append(names, name)
		}
	}
	return names
}

// some reports whether there is any difference.
func (d *difference[T]) some() bool { return len(d.gone)+len(d.added) > 0 }
