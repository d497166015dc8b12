package cli

import (
	"errors"
	"fmt"
	"slices"
)

// explanation is the result of a question: that of each side that has a policy, and the verdict of all.
type explanation struct {
	Verdict string    `json:"verdict"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Port    uint16    `json:"port"`
	Sides   []*answer `json:"sides"`
}

// conclude makes the verdict of all: the worst of those that count.
func (e *explanation) conclude() {
	order := []string{verdictAllowed, verdictDepends, verdictDenied}
	worst := 0
	for _, side := range e.Sides {
		if side.Counts {
			worst = max(worst, slices.Index(order, side.Verdict))
		}
	}
	e.Verdict = order[worst]
}

func (e *explanation) rows(add func(...any)) {
	add(e.Verdict, fmt.Sprintf("from %s to %s, port %d", e.From, e.To, e.Port))
	for _, side := range e.Sides {
		side.rows(add)
	}
}

// exit ends the program with the code of the verdict. The result has been printed.
func (e *explanation) exit() error {
	code := map[string]int{verdictDenied: exitDenied, verdictDepends: exitDepends}[e.Verdict]
	if code == 0 {
		return nil
	}
	return &exitError{code: code, err: errors.New(e.Verdict), silent: true}
}
