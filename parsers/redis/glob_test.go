package redis

import "testing"

func TestAPatternMatchesAsTheServersDo(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		matches       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "any\n\xff", true}, {"?", "\xe9", true}, {"?", "é", false},
		{"a*c", "abc", true}, {"a*c", "abcd", false}, {"a*b*c", "aXbYbZc", true}, {"**a", "ba", true}, {"*a", "ab", false},
		{"[a-c]x", "bx", true}, {"[c-a]x", "bx", true}, {"[^a-c]x", "bx", false}, {"[^a-c]x", "dx", true}, {"[a-]x]", "]", true},
		{`\*`, "*", true}, {`\*`, "x", false}, {`[\]]`, "]", true}, {`[\^]`, "^", true}, {"a]", "a]", true}, {"A", "a", false},
	} {
		matches, err := compileGlob(c.pattern)
		if err != nil {
			t.Fatalf("%q: %v", c.pattern, err)
		}
		if matches([]byte(c.text)) != c.matches {
			t.Errorf("pattern %q, text %q: must match: %v", c.pattern, c.text, c.matches)
		}
	}
}

func TestAPatternThatEndsTooEarlyIsRefused(t *testing.T) {
	for _, pattern := range []string{`a\`, "[a", "[", "[^", `[\`, "[a-", "[ab-]"} {
		if _, err := compileGlob(pattern); err == nil {
			t.Errorf("%q must be refused", pattern)
		}
	}
}
