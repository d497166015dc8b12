package npds

import "fmt"

// inForce is what is in force of one type.
type inForce[T any] interface {
	// find returns what is in force for a key, and all the keys of that.
	find(key string) (value T, keys []string, ok bool)
	// each calls do for all keys.
	each(do func(key string, value T))
}

// newWorld returns what comes in force, by its keys, of a whole state; field is that of a resource which holds them. An
// offer without error replaces what was there; with keep, the others leave it as it was. Two offers for the same key are
// both refused. While there is an offer that does not even say which keys it is about, nothing that was in force is known
// to be removed.
func newWorld[T any](field string, offers []*offer[T], before inForce[T], keep bool) (after map[string]T, refused refusals) {
	claims := make(map[string]int, len(offers))
	for _, o := range offers {
		if o.err == nil {
			for _, key := range o.keys {
				claims[key]++
			}
		}
	}
	after = make(map[string]T, len(claims))
	for _, o := range offers {
		if o.err == nil {
			o.err = o.conflict(field, claims)
		}
		if o.err != nil {
			refused = append(refused, refusal{o.label, o.field, o.err})
			continue
		}
		for _, key := range o.keys {
			after[key] = o.value
		}
	}
	if keep && len(refused) > 0 {
		keepRefused(offers, before, after)
	}
	return after, refused
}

func (o *offer[T]) conflict(field string, claims map[string]int) error {
	for _, key := range o.keys {
		if claims[key] > 1 {
			return fmt.Errorf("%s: %s: %s is given twice", o.label, field, key)
		}
	}
	return nil
}

// keepRefused adds to a new state what was in force of the offers that are refused.
func keepRefused[T any](offers []*offer[T], before inForce[T], after map[string]T) {
	keep := func(key string, value T) {
		if _, taken := after[key]; !taken {
			after[key] = value
		}
	}
	for _, o := range offers {
		if o.err == nil {
			continue
		}
		if !o.identified {
			before.each(keep)
			return
		}
		for _, key := range o.keys {
			value, keys, ok := before.find(key)
			for i := 0; ok && i < len(keys); i++ {
				keep(keys[i], value)
			}
		}
	}
}
