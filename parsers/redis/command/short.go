package command

// maxShort is the length of the longest name that [pack] can take.
const maxShort = 8

// pack returns a name in lower case as a number. Names of different lengths have different numbers: a byte that is 0 counts as one
// that is in no name.
func pack(name []byte) (word uint64) {
	for _, c := range name {
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c == 0:
			c = 0xff
		}
		word = word<<8 | uint64(c)
	}
	return word
}

// shortBits is the binary logarithm of the number of slots: names fill less than half of them.
const shortBits = 10

// shortTable finds short names, as those of nearly all requests are. It is a hash table with linear probing; a map takes four times
// as many instructions, see BenchmarkFind. The slot of a name that is not there is the zero value.
type shortTable [1 << shortBits]struct {
	word uint64
	found
}

var short = func() *shortTable {
	t := new(shortTable)
	for name, f := range words {
		if len(name) <= maxShort {
			word := pack([]byte(name))
			slot := t.slot(word)
			t[slot].word, t[slot].found = word, f
		}
	}
	return t
}()

// find returns what a packed name leads to.
func (t *shortTable) find(word uint64) *found { return &t[t.slot(word)].found }

// slot returns the slot of a packed name, or the free one where it would be. The hash is by Fibonacci.
func (t *shortTable) slot(word uint64) int {
	slot := int(word * 0x9e3779b97f4a7c15 >> (64 - shortBits))
	for t[slot].word != 0 && t[slot].word != word {
		slot = (slot + 1) % len(t)
	}
	return slot
}
