package parsertest

import (
	"fmt"
	"slices"
	"strings"
)

// outcome is what came of a transcript.
type outcome struct {
	toServer, toClient string
	log                []string
	// closed is the reason for closing, or a part of it where it is what a test wants; empty is open.
	closed string
	ops    []string
	// misconduct says what the parser did that no parser may do.
	misconduct string
	// accounts are those of the original and the reply direction.
	accounts [2]account
}

// promise is how much of the outcome is the same in every segmentation.
type promise int

const (
	// everything: all bytes are the same.
	everything promise = iota
	// beginning: the connection ends in an error, and bytes that were on their way then may be lost.
	beginning
)

// differs describes the first way in which o is not what is wanted; empty if it is.
func (o outcome) differs(want outcome, promised promise) string {
	if o.misconduct != "" {
		return "  " + o.misconduct
	}
	if (o.closed == "") != (want.closed == "") || !strings.Contains(o.closed, want.closed) {
		return fmt.Sprintf("  connection: %s\n        want: %s", state(o.closed), state(want.closed))
	}
	if p := differsInBytes("to server", o.toServer, want.toServer, promised); p != "" {
		return p
	}
	if p := differsInBytes("to client", o.toClient, want.toClient, promised); p != "" {
		return p
	}
	return differsInLines("access log", o.log, want.log)
}

func state(closed string) string {
	if closed == "" {
		return "open"
	}
	return "closed: " + closed
}

func differsInBytes(what, got, want string, promised promise) string {
	if got == want || promised == beginning && strings.HasPrefix(want, got) {
		return ""
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	text := fmt.Sprintf("  %s, from byte %d on: %s\n  %*s %s", what, at, excerpt(got, at), len(what)+17, "want:",
		excerpt(want, at))
	if promised == beginning {
		text += " or a beginning of it"
	}
	return text
}

// around is the number of bytes that are shown before and behind the place where two texts differ.
const around = 120

func excerpt(s string, at int) string {
	from, to := max(0, at-around), min(len(s), at+around)
	text := fmt.Sprintf("%q", s[from:to])
	if from > 0 {
		text = "…" + text
	}
	if to < len(s) {
		text += "…"
	}
	return fmt.Sprintf("%s (%d bytes)", text, len(s))
}

func differsInLines(what string, got, want []string) string {
	if slices.Equal(got, want) {
		return ""
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	return fmt.Sprintf("  %s, line %d: %s\n  want: %s", what, at+1, rest(got, at), rest(want, at))
}

// rest shows the lines from where they differ, so many that one sees what goes on.
func rest(lines []string, at int) string {
	if at == len(lines) {
		return fmt.Sprintf("nothing after %d lines", at)
	}
	shown := lines[at:min(len(lines), at+3)]
	return fmt.Sprintf("%s (%d lines in all)", strings.Join(shown, " | "), len(lines))
}
