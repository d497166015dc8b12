package policy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// MaxReason is the length, in bytes, of the longest reason for a refusal that goes to a log, a status or a peer. What was
	// refused may be of many megabytes, and a reason may quote it.
	MaxReason = 4 << 10
	// maxQuoted is the length, in bytes, of the longest name or value that a reason quotes.
	maxQuoted = 128
)

// Reason returns the text of an error, which is not nil, in at most [MaxReason] bytes of valid UTF-8.
func Reason(err error) string { return Cut(err.Error(), MaxReason) }

// maxLines is the number of lines that [Lines] returns.
const maxLines = 20

// Lines returns lines for a log or a status: at most [maxLines] of them, each of at most [MaxReason] bytes, and one more that
// says how many are left out.
func Lines(lines []string) []string {
	var list []string
	for i, line := range lines {
		if i == maxLines {
			return append(list, fmt.Sprintf("and %d more", len(lines)-maxLines))
		}
		list = append(list, Cut(line, MaxReason))
	}
	return list
}

// Cut returns a text in at most limit bytes of valid UTF-8. Of a longer text it retains the beginning, which says where
// something is wrong, and the end, which says what, and it says how much it has left out between them.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return strings.ToValidUTF8(text, "?")
	}
	mark := fmt.Sprintf(" … (%d bytes) … ", len(text))
	size := limit - len(mark)
	if size < 0 {
		mark, size = "", limit
	}
	head, tail := text[:size-size/3], text[len(text)-size/3:]
	for len(head) > 0 && !utf8.RuneStart(text[len(head)]) {
		head = head[:len(head)-1]
	}
	for len(tail) > 0 && !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	return strings.ToValidUTF8(head, "?") + mark + strings.ToValidUTF8(tail, "?")
}

// quote returns a name or value of a policy for a reason: quoted, and cut if it is long.
func quote(text string) string { return strconv.Quote(Cut(text, maxQuoted)) }
