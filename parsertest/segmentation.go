package parsertest

import (
	"fmt"
	"math/rand/v2"
)

// Bounds of the cost of one case. Each segmentation is played through every host.
const (
	maxCuts    = 300
	maxPieces  = 4096
	maxBytes   = 64 << 20
	randomRuns = 30
)

// segmentation is a way in which the bytes of the turns arrive.
type segmentation struct {
	name  string
	turns []turn
	// pieces cuts the data of a turn. Scattered, they are the chunks of one call; otherwise each is a call of its own.
	pieces    func(turn int, data string) []string
	scattered bool
	// whole: nothing is cut.
	whole bool
}

// segmentations lists the ways in which turns are played; joined is the same with turns of one side put together.
func segmentations(turns, joined []turn) []segmentation {
	list := []segmentation{
		{name: "unsplit", turns: turns, pieces: every(0), whole: true},
		{name: "unsplit, steps of one side joined", turns: joined, pieces: every(0)},
		{name: "byte by byte", turns: turns, pieces: every(1)},
		{name: "byte by byte, steps of one side joined", turns: joined, pieces: every(1)},
		{name: "in chunks of one byte", turns: turns, pieces: every(1), scattered: true},
	}
	for seed := range uint64(randomRuns) {
		name := fmt.Sprintf("random pieces, seed %d", seed)
		list = append(list,
			segmentation{name: name, turns: turns, pieces: random(seed)},
			segmentation{name: name + ", scattered", turns: turns, pieces: random(seed), scattered: true})
	}
	for _, c := range cuts(turns) {
		name := fmt.Sprintf("step %d cut after byte %d of %d", c.turn+1, c.at, len(turns[c.turn].data))
		list = append(list,
			segmentation{name: name, turns: turns, pieces: c.pieces},
			segmentation{name: name + ", scattered", turns: turns, pieces: c.pieces, scattered: true})
	}
	return list
}

// every cuts pieces of n bytes; 0 cuts nothing. Data so long that the pieces would be too many has larger ones.
func every(n int) func(int, string) []string {
	return func(_ int, data string) []string {
		size := max(n, (len(data)+maxPieces-1)/maxPieces)
		if n == 0 {
			size = len(data)
		}
		return cut(data, func() int { return size })
	}
}

// random cuts pieces of random length, short ones more often than long ones. It is the same for the same seed.
func random(seed uint64) func(int, string) []string {
	return func(turn int, data string) []string {
		r := rand.New(rand.NewPCG(seed, uint64(turn)))
		least := len(data) / maxPieces
		return cut(data, func() int { return least + 1 + r.IntN(1<<r.IntN(9)) })
	}
}

func cut(data string, size func() int) []string {
	var pieces []string
	for len(data) > 0 {
		n := min(len(data), size())
		pieces = append(pieces, data[:n])
		data = data[n:]
	}
	return pieces
}

// place is a place where the data of one turn is cut in two.
type place struct{ turn, at int }

func (p place) pieces(turn int, data string) []string {
	if turn != p.turn {
		return every(0)(turn, data)
	}
	return []string{data[:p.at], data[p.at:]}
}

// cuts lists the places to cut at: all of them, or as many as the bounds allow, evenly chosen.
func cuts(turns []turn) []place {
	var all []place
	total := 0
	for i, t := range turns {
		total += len(t.data)
		for at := 1; at < len(t.data); at++ {
			all = append(all, place{i, at})
		}
	}
	n := min(len(all), maxCuts, maxBytes/max(1, total))
	chosen := make([]place, n)
	for i := range chosen {
		chosen[i] = all[i*len(all)/n]
	}
	return chosen
}
