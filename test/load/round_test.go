package main

import "testing"

// disturbed makes rounds in which others took such shares of the machine.
func disturbed(shares ...float64) []round {
	var rounds []round
	for _, share := range shares {
		rounds = append(rounds, round{other: cell{others: share}})
	}
	return rounds
}

func TestRoundsAreMadeUntilEnoughOfThemWereCalm(t *testing.T) {
	for _, c := range []struct {
		rounds []round
		want   bool
	}{
		{nil, false},
		{disturbed(0.1), false},
		{disturbed(0.1, 0.3), false},
		{disturbed(0.1, 0.3, 0.2), true},
		{disturbed(make([]float64, 2)...), true},
		{disturbed(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), false},
		{disturbed(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), true},
	} {
		if got := enough(c.rounds, 2, 0.2); got != c.want {
			t.Errorf("%d rounds: got %v", len(c.rounds), got)
		}
	}
}

func TestTheCalmestRoundsCount(t *testing.T) {
	got := calmest(disturbed(0.5, 0.1, 0.9, 0.2), 2)
	if len(got) != 2 || got[0].others() != 0.1 || got[1].others() != 0.2 {
		t.Errorf("got %v", got)
	}
}

func TestAResultKeepsNeighboursTogether(t *testing.T) {
	res := resultOf(testRow, []round{
		{alone: cell{rate: 1}, other: cell{rate: 2, requests: 10, entries: 20}},
		{alone: cell{rate: 3}, other: cell{rate: 4, requests: 10, entries: 10}},
	})
	if res.alone[1].rate != 3 || res.other[1].rate != 4 || res.logged != 1.5 {
		t.Errorf("got %+v", res)
	}
}
