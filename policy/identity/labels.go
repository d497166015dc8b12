package identity

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// NamespaceLabel is the label that holds an endpoint's namespace.
const NamespaceLabel = "io.kubernetes.pod.namespace"

// ReservedPrefix begins the label of what is not an endpoint with a policy of its own, such as "reserved:host".
const ReservedPrefix = "reserved:"

// Labels are names and values that an endpoint carries, without the source that may stand before a name; see
// [LabelName].
type Labels map[string]string

// LabelName is the name of a label as it is stored: the sources "k8s:" and "any:" before it make no difference.
func LabelName(name string) string {
	for _, source := range []string{"k8s:", "any:"} {
		if rest, found := strings.CutPrefix(name, source); found {
			return rest
		}
	}
	return name
}

// String is the canonical form: equal labels have equal strings, different ones different strings.
func (l Labels) String() string {
	pairs := make([]string, 0, len(l))
	for _, name := range slices.Sorted(maps.Keys(l)) {
		pairs = append(pairs, quote(name)+"="+quote(l[name]))
	}
	return strings.Join(pairs, ",")
}

// quote keeps a text of common characters as it is; any other is quoted, so that it cannot be mistaken for something
// else.
func quote(text string) string {
	common := func(r rune) bool {
		return r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./:", r))
	}
	if strings.IndexFunc(text, func(r rune) bool { return !common(r) }) >= 0 {
		return strconv.Quote(text)
	}
	return text
}
