package policy

import (
	"cmp"
	"slices"
)

// remoteIndex finds, by the identity of the other side, the rules of a port that may concern it, in their order.
type remoteIndex struct {
	// everyone are the places of the rules that name no identity.
	everyone []int32
	// ids, in ascending order, are identities that rules name; places[i] is that of a rule that names ids[i].
	ids    []uint32
	places []int32
}

func newRemoteIndex(rules []rule) remoteIndex {
	type named struct {
		id    uint32
		place int32
	}
	var x remoteIndex
	var all []named
	for i := range rules {
		if len(rules[i].remotes) == 0 {
			x.everyone = append(x.everyone, int32(i))
		}
		for _, id := range rules[i].remotes {
			all = append(all, named{id, int32(i)})
		}
	}
	slices.SortStableFunc(all, func(a, b named) int { return cmp.Compare(a.id, b.id) })
	x.ids, x.places = make([]uint32, len(all)), make([]int32, len(all))
	for i, n := range all {
		x.ids[i], x.places[i] = n.id, n.place
	}
	return x
}

// find sets c to the rules for an identity. 0 stands for an unknown identity: a rule that names it never applies.
func (x *remoteIndex) find(id uint32, c *remoteCursor) {
	c.a, c.b = x.everyone, nil
	if id == 0 || len(x.ids) == 0 {
		return
	}
	first, found := slices.BinarySearch(x.ids, id)
	if !found {
		return
	}
	end := first + 1
	if end < len(x.ids) && x.ids[end] == id {
		// Usually one rule names an identity, but all may.
		more, _ := slices.BinarySearchFunc(x.ids[end:], id, func(other, id uint32) int {
			if other <= id {
				return -1
			}
			return 1
		})
		end += more
	}
	c.b = x.places[first:end]
}

// remoteCursor walks over the rules of two lists in their order.
type remoteCursor struct{ a, b []int32 }

// next returns the place of the next rule, or -1 after the last.
func (c *remoteCursor) next() int32 {
	list := &c.a
	if len(c.a) == 0 || len(c.b) > 0 && c.b[0] < c.a[0] {
		list = &c.b
	}
	if len(*list) == 0 {
		return -1
	}
	i := (*list)[0]
	*list = (*list)[1:]
	return i
}
