package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxWarnings is how many unknown parsers are named.
const maxWarnings = 10

// unknownParsers are the port entries of an endpoint that no parser of this build can judge, counted by the name that
// they give in l7_proto.
type unknownParsers struct {
	// address is the first of the endpoint, by which it is counted once.
	address string
	ports   map[string]int
}

// count adds the port entries of an endpoint, which was found by an address, to those of a snapshot that is being made;
// sign -1 takes them away.
func (s *Snapshot) count(address string, e *Endpoint, sign int) {
	if e == nil || e.unknown == nil || e.unknown.address != address {
		return
	}
	if s.unknown == nil {
		s.unknown = map[string]int{}
	}
	for name, n := range e.unknown.ports {
		if s.unknown[name] += sign * n; s.unknown[name] == 0 {
			delete(s.unknown, name)
		}
	}
}

// Warnings says, one line each, which parsers the policy names that are not among parsers. Ports that are theirs pass
// nothing, which a reader of the policy may not expect.
func (s *Snapshot) Warnings(parsers RuleParsers) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.unknown)) {
		if len(list) == maxWarnings {
			return append(list, fmt.Sprintf("l7_proto: and %d other parsers that this build does not have", len(s.unknown)-maxWarnings))
		}
		list = append(list, fmt.Sprintf("l7_proto: this build has no parser %.64q, so what %d port entries say of it is denied%s",
			name, s.unknown[name], parsers.Suggestion(name)))
	}
	return list
}

// Suggestion returns "; did you mean NAME?" for the parser whose name is closest to one that does not exist, or nothing
// if none is close.
func (p RuleParsers) Suggestion(name string) string {
	best, nearest := "", 3
	for _, candidate := range slices.Sorted(maps.Keys(p)) {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < nearest {
			best, nearest = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is the number of letters to insert, delete or replace that makes one name of the other. Names that are far
// longer than those of parsers are far from each other.
func distance(a, b string) int {
	if max(len(a), len(b)) > 64 {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
