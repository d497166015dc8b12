package main

import (
	"bytes"
	"strings"
	"testing"
)

var testRow = row{name: "test", connections: 1, inFlight: 1, size: 100}

// wire is what a server sends that answers the items in turn.
func wire(items []item) []byte {
	var all []byte
	for _, it := range items {
		all = append(all, it.reply...)
	}
	return all
}

func TestRepliesAreRecognisedInPiecesOfAnySize(t *testing.T) {
	items := testRow.items()
	all := wire(items)
	for _, size := range []int{1, 7, len(items[0].reply), 1000, len(all)} {
		r := replies{items: items}
		total := 0
		for i := 0; i < len(all); i += size {
			done, err := r.take(all[i:min(i+size, len(all))], len(items)-total)
			if err != nil {
				t.Fatalf("pieces of %d bytes: %v", size, err)
			}
			total += done
		}
		if total != len(items) || r.next != 0 || r.offset != 0 {
			t.Errorf("pieces of %d bytes: %d replies, then item %d, offset %d", size, total, r.next, r.offset)
		}
	}
}

func TestEachWrongByteIsSeen(t *testing.T) {
	items := testRow.items()
	for i := range items[0].reply {
		wrong := bytes.Clone(items[0].reply)
		wrong[i] ^= 1
		if _, err := (&replies{items: items}).take(wrong, 1); err == nil {
			t.Errorf("a wrong byte at %d was not seen", i)
		}
	}
}

func TestAReplyOutOfTurnIsSeen(t *testing.T) {
	items := testRow.items()
	r := replies{items: items}
	done, err := r.take(append(bytes.Clone(items[0].reply), items[2].reply...), 2)
	if done != 1 || err == nil || !strings.Contains(err.Error(), items[1].key) {
		t.Errorf("%d replies, error %v", done, err)
	}
}

func TestBytesBehindTheLastReplyAreSeen(t *testing.T) {
	items := testRow.items()
	r := replies{items: items}
	done, err := r.take(wire(items[:2]), 1)
	if done != 1 || err == nil {
		t.Errorf("%d replies, error %v", done, err)
	}
}
