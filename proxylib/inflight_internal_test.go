package proxylib

import "testing"

// An idle connection keeps little.
func TestAnIdleTableIsSmall(t *testing.T) {
	var f InFlight[uint16, int]
	for tag := range uint16(4 * keptInFlight) {
		f.Put(tag)
	}
	for tag := range uint16(4 * keptInFlight) {
		f.Remove(tag)
	}
	if f.entries != nil || f.chains != nil {
		t.Errorf("an idle table keeps %d entries", len(f.entries))
	}
}

// Tags that follow one another, by any step, are spread over the chains.
func TestTagsInStepsAreSpread(t *testing.T) {
	for _, step := range []int{1, 2, 64, 128, 256, 1000} {
		var f InFlight[uint16, int]
		for i := range min(100, 1<<15/step) {
			f.Put(uint16(i * step))
		}
		total := 0
		for _, first := range f.chains {
			length := 0
			for i := first; i != 0; i = f.entries[i].next {
				length++
			}
			total += length * (length + 1) / 2
		}
		if visits := float64(total) / float64(f.count); visits > 8 {
			t.Errorf("step %d: %.1f entries are visited to find one", step, visits)
		}
	}
}
