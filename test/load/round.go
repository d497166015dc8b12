package main

import (
	"cmp"
	"slices"
)

// round is a cell of each side, one right after the other.
type round struct{ alone, other cell }

// others is the share of the machine that others took meanwhile.
func (r round) others() float64 { return max(r.alone.others, r.other.others) }

// mostRounds bounds how many rounds are made for each that is wanted.
const mostRounds = 8

// enough reports whether as many rounds as wanted were calm: others took no more of the machine than that share. On a
// machine that does not become calm it is enough to have tried for long.
func enough(rounds []round, wanted int, calm float64) bool {
	n := 0
	for _, r := range rounds {
		if r.others() <= calm {
			n++
		}
	}
	return n >= wanted || len(rounds) >= mostRounds*wanted
}

// calmest returns the n rounds that others disturbed least. What the rounds have measured has no say in it.
func calmest(rounds []round, n int) []round {
	slices.SortStableFunc(rounds, func(a, b round) int { return cmp.Compare(a.others(), b.others()) })
	return rounds[:n]
}
