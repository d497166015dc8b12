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
	// unlogged is the first verdict that passed or dropped bytes without an entry in the log.
	unlogged string
	// fields are the names of the fields that entries of the log had.
	fields []string
	// speechless: the server had to be made to speak, and could not be.
	speechless bool
	// prompted: the server was made to speak. unanswered: it did not, as it was in the middle of something else.
	prompted, unanswered bool
	// closing says why the connection, which is open, would be closed after the reply to a request of the parser's own.
	closing string
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

// problem describes the first way in which o is not what is wanted of a host, or breaks a rule for all parsers; empty if
// all is well.
func (o outcome) problem(want outcome, h *hostKind) string {
	if o.closed == "" && want.closed != "" {
		o.closed = o.closing
	}
	if h == inTurns && (o.unsendable(want) || want.unsendable(o)) {
		return ""
	}
	if problem := o.differs(want, h.promises(want)); problem != "" {
		return problem
	}
	return o.unaccounted()
}

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
	return text + "\n" + hexRows("got", got, at) + hexRows("want", want, at)
}

// around is the number of bytes that are shown before and after the place where two texts differ.
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

// hexRow is the number of bytes of a row of a hex dump, hexRowsShown the number of rows.
const (
	hexRow       = 16
	hexRowsShown = 4
)

// hexRows is a hex dump around the byte at which two texts differ, which is marked in its row.
func hexRows(what, s string, at int) string {
	var b strings.Builder
	first := max(0, at/hexRow-1) * hexRow
	for row := first; row < min(len(s), first+hexRowsShown*hexRow); row += hexRow {
		fmt.Fprintf(&b, "  %5s %06x ", what, row)
		text := s[row:min(len(s), row+hexRow)]
		for i := range hexRow {
			mark := byte(' ')
			if row+i == at {
				mark = '>'
			}
			b.WriteByte(mark)
			if i < len(text) {
				fmt.Fprintf(&b, "%02x", text[i])
			} else {
				b.WriteString("  ")
			}
		}
		fmt.Fprintf(&b, "  %s\n", printable(text))
	}
	if at == len(s) {
		fmt.Fprintf(&b, "  %5s %06x ends here\n", what, at)
	}
	return b.String()
}

// printable replaces what is not printable ASCII by dots.
func printable(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '.'
		}
	}
	return string(b)
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

// rest shows the first lines from where they differ.
func rest(lines []string, at int) string {
	if at == len(lines) {
		return fmt.Sprintf("nothing after %d lines", at)
	}
	shown := lines[at:min(len(lines), at+3)]
	return fmt.Sprintf("%s (%d lines in all)", strings.Join(shown, " | "), len(lines))
}
