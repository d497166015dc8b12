package judge

import (
	"math/rand/v2"
	"regexp"
	"strings"
)

// Source makes texts. The same seeds make the same texts.
type Source struct{ *rand.Rand }

// NewSource returns a source.
func NewSource(seed uint64) Source { return Source{rand.New(rand.NewPCG(seed, 1))} }

// Statement returns a statement that is meant to be accepted.
func (s Source) Statement() string { return s.fill(pick(s, forms)) }

// Mutant returns a statement that has been damaged or disguised in a few places.
func (s Source) Mutant() string {
	form := s.Statement()
	if s.IntN(4) == 0 {
		form = s.fill(pick(s, joined))
	}
	tokens := split(form)
	if s.IntN(2) == 0 {
		return s.mutated(tokens)
	}
	return s.mutated(s.mutate(tokens))
}

func (s Source) mutated(tokens []string) string {
	for range s.IntN(1 + s.IntN(4)) {
		tokens = s.mutate(tokens)
	}
	return strings.Join(tokens, "")
}

// Fragments returns tokens and pieces of tokens side by side.
func (s Source) Fragments() string {
	var b strings.Builder
	for range 1 + s.IntN(8) {
		b.WriteString(pick(s, fragments))
	}
	return b.String()
}

func pick(s Source, list []string) string { return list[s.IntN(len(list))] }

// token is what a text is split into for mutation; white space is a token.
var token = regexp.MustCompile(`\s+|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|[A-Za-z0-9_]+|(?s:.)`)

func split(text string) []string { return token.FindAllString(text, -1) }

// mutate changes tokens in one place.
func (s Source) mutate(tokens []string) []string {
	if len(tokens) == 0 {
		return []string{pick(s, fragments)}
	}
	i := s.IntN(len(tokens))
	switch s.IntN(16) {
	case 0, 1, 2:
		return s.glue(tokens)
	case 3:
		return append(tokens[:i:i], tokens[i+1:]...)
	case 4:
		return insert(tokens, i, pick(s, fragments))
	case 5:
		return replace(tokens, i, pick(s, fragments))
	case 6:
		return insert(tokens, i, tokens[s.IntN(len(tokens))])
	case 7:
		other := split(s.Statement())
		from := s.IntN(len(other))
		return insert(tokens, i, other[from:from+1+s.IntN(len(other)-from)]...)
	case 8:
		return insert(tokens, i, pick(s, spaces))
	case 9, 10:
		return replace(tokens, i, s.recase(tokens[i]))
	case 11:
		return replace(tokens, i, `"`+strings.ReplaceAll(tokens[i], `"`, `""`)+`"`)
	case 12:
		return replace(tokens, i, strings.Trim(tokens[i], `"'`))
	case 13:
		return replace(tokens, i, s.fill(pick(s, []string{"<name>", "<keyspace>", "<term>", "<function>"})))
	case 14:
		k := s.IntN(len(tokens))
		swapped := append([]string(nil), tokens...)
		swapped[i], swapped[k] = swapped[k], swapped[i]
		return swapped
	}
	return append(append(tokens[:len(tokens):len(tokens)], pick(s, joints)), split(s.Statement())...)
}

// glue takes away white space.
func (s Source) glue(tokens []string) []string {
	glued := make([]string, 0, len(tokens))
	all := s.IntN(4) == 0
	some := s.IntN(len(tokens))
	for i, t := range tokens {
		if strings.TrimSpace(t) == "" && (all && s.IntN(2) == 0 || !all && (i == some || i == some+1)) {
			continue
		}
		glued = append(glued, t)
	}
	return glued
}

// recase changes letters to the other case.
func (s Source) recase(text string) string {
	b := []byte(text)
	for i, c := range b {
		if (c|0x20) >= 'a' && (c|0x20) <= 'z' && s.IntN(2) == 0 {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

func insert(tokens []string, i int, more ...string) []string {
	return append(append(tokens[:i:i], more...), tokens[i:]...)
}

func replace(tokens []string, i int, by string) []string {
	return append(append(tokens[:i:i], by), tokens[i+1:]...)
}

// hole is where a form is filled.
var hole = regexp.MustCompile(`<[a-z]+>`)

func (s Source) fill(form string) string {
	return hole.ReplaceAllStringFunc(form, func(name string) string {
		choices, ok := holes[name]
		if !ok {
			return name
		}
		return s.fill(pick(s, choices))
	})
}
