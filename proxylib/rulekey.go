package proxylib

import (
	"maps"
	"slices"
	"strings"
)

// RuleKey is a key of L7 rules: a condition on a field of requests. All keys of a rule have to hold; a rule without keys
// matches every request. A key whose value is empty is as one that is left out, where such are accepted: those who write
// resources of NPDS do so; documents with them are refused.
type RuleKey struct {
	Name string
	// Field is the parser's number of the field that the condition is on; see [Subject]. Several keys may be on one. It is
	// not negative.
	Field int
	// Match says how values are compared.
	Match Match
	// Values are what may be written for an [Exact] key, and which values of the field each word stands for; it may stand
	// for none, and then matches nothing. nil allows any text, which stands for itself.
	Values map[string][]string
	// Alias, if not 0, is the number of a field whose value is another name for all that Field has values of. The key
	// holds for a request if it holds for either; a rule that denies takes the values of both as parts.
	Alias int
	// Compile makes the comparison of a [Custom] key out of what is written. It may keep what it makes, but no value. The
	// comparison is called from several threads at once.
	Compile func(written string) (func(value []byte) bool, error)
	// Implied: the key is not for authors of policies. Only [Protocol.Imply] writes it.
	Implied bool
	// MaxLen is the longest value, in bytes, that the field can have in a request; 0 means unlimited. A longer one is refused for
	// an Exact or [Prefix] key, because it would match nothing.
	MaxLen int
	// Min is the lowest number that makes sense for an [AtMost] key; a lower one is refused.
	Min int64
	// Doc ends the sentence "a request matches when …".
	Doc string
}

// Match is a way to compare values.
type Match uint8

const (
	// Exact holds for values that are equal to what is written, or one of the Values that it stands for.
	Exact Match = iota + 1
	// Prefix holds for values that begin with what is written.
	Prefix
	// Regexp holds for values in which the regular expression (RE2, not anchored, on raw bytes) finds something.
	Regexp
	// AtMost holds for numbers that are not above the one that is written, in decimal.
	AtMost
	// Custom holds for values that match in the way which the meaning of the key says; see [RuleKey.Compile].
	Custom
	// accessLevel is that of the key access; see [Access].
	accessLevel
)

// Words makes the Values of a [RuleKey] of words that stand for themselves.
func Words(words ...string) map[string][]string {
	values := make(map[string][]string, len(words))
	for _, word := range words {
		values[word] = []string{word}
	}
	return values
}

// words lists what may be written for a key, for messages.
func (k *RuleKey) words() string { return either(slices.Sorted(maps.Keys(k.Values))) }

// either joins words for a sentence.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
