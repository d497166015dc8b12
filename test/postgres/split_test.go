//go:build e2e

package postgres

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// scripts returns the statements of all scripts for psql in a folder.
func scripts(t testing.TB, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		all = append(all, script(t, file)...)
	}
	if len(all) == 0 {
		t.Fatalf("there are no statements in %s", folder)
	}
	return all
}

// script returns the statements of a script.
func script(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return split(string(text))
}

var (
	copyIn    = regexp.MustCompile(`(?is)^\s*copy\s.*\sfrom\s+stdin`)
	dollarTag = regexp.MustCompile(`^\$([A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$`)
)

// split cuts a script as psql does: at semicolons outside quotes, comments, parentheses and bodies of functions; its own
// commands and the data for COPY are left out.
func split(script string) []string {
	var statements []string
	from, depth, body := 0, 0, false
	end := func(to, next int) {
		s := strings.TrimSpace(script[from:to])
		if s != "" {
			statements = append(statements, s)
		}
		from, depth, body = next, 0, false
		if copyIn.MatchString(s) {
			if n := strings.Index(script[next:], "\n\\."); n >= 0 {
				from = next + n + len("\n\\.")
			}
		}
	}
	for i := 0; i < len(script); i++ {
		switch rest := script[i:]; {
		case rest[0] == '\'' || rest[0] == '"':
			escapes := i > 0 && rest[0] == '\'' && script[i-1]|0x20 == 'e' && (i < 2 || !isLetter(script[i-2]))
			i += quoted(rest, escapes) - 1
		case strings.HasPrefix(rest, "--"):
			i += line(rest) - 1
		case strings.HasPrefix(rest, "/*"):
			i += comment(rest) - 1
		case rest[0] == '$' && dollarTag.MatchString(rest) && (i == 0 || !isLetter(script[i-1])):
			tag := dollarTag.FindString(rest)
			n := strings.Index(rest[len(tag):], tag)
			if n < 0 {
				return statements
			}
			i += 2*len(tag) + n - 1
		case rest[0] == '(':
			depth++
		case rest[0] == ')':
			depth--
		case len(rest) > 12 && strings.EqualFold(rest[:12], "begin atomic"):
			body = true
		case body && len(rest) > 4 && strings.EqualFold(rest[:4], "end;"):
			body = false
		case rest[0] == ';' && depth <= 0 && !body:
			end(i, i+1)
			i = from - 1
		case rest[0] == '\\':
			n := line(rest)
			if strings.HasPrefix(rest, "\\;") {
				continue
			}
			end(i, i+n)
			i = from - 1
		}
	}
	return statements
}

func isLetter(b byte) bool {
	return b == '_' || b >= 0x80 || b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9'
}

// quoted returns the length of what is in quotes.
func quoted(s string, escapes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return len(s)
}

func line(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

func comment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}
