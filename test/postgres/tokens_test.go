//go:build e2e

package postgres

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// The lexer cuts every text that both accept where PostgreSQL's own scanner does: what both make of it without its literals is
// the same.
func TestLexerFindsTheTokensOfPostgreSQL(t *testing.T) {
	texts := corpus(t)
	m := newMutator(rand.New(rand.NewPCG(*seed, 2)), texts, keywords(t))
	for range *mutations {
		texts = append(texts, m.text())
	}
	var r sql.Reader
	both := 0
	for _, text := range texts {
		if r.Read([]byte(text), known) != nil {
			continue
		}
		if _, err := pg.Parse(text); err != nil {
			continue
		}
		both++
		want, err := normalized(text)
		if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		if got := string(r.Normalized()); got != want {
			t.Fatalf("-seed %d:\n%s\nis\n%s\nwant\n%s", *seed, text, got, want)
		}
	}
	t.Logf("-seed %d: of %d texts %d are accepted by both", *seed, len(texts), both)
	if both < *mutations/20 {
		t.Errorf("only %d texts are accepted by both", both)
	}
}

// normalized returns a text as [sql.Reader.Normalized] does, out of the tokens of PostgreSQL's scanner.
func normalized(text string) (string, error) {
	result, err := pg.Scan(text)
	if err != nil {
		return "", fmt.Errorf("the scanner refuses what the parser accepts: %w", err)
	}
	var parts []string
	var before pg.Token
	// begin is where the token before began; escaped: UESCAPE comes after it.
	begin, escaped := int32(0), false
	for _, token := range result.Tokens {
		part, literal := text[token.Start:token.End], false
		if token.Token == pg.Token_UESCAPE && (before == pg.Token_UIDENT || before == pg.Token_USCONST) {
			// With the character after it, it is part of the name or string before.
			escaped = true
			continue
		}
		if token.Token == pg.Token_NCHAR && len(part) == 1 {
			// The N of N'...'.
			continue
		}
		switch token.Token {
		case pg.Token_SQL_COMMENT, pg.Token_C_COMMENT:
			continue
		case pg.Token_ICONST, pg.Token_FCONST, pg.Token_BCONST, pg.Token_XCONST, pg.Token_SCONST, pg.Token_USCONST, pg.Token_PARAM:
			part, literal = "?", true
		case pg.Token_IDENT, pg.Token_UIDENT:
			if !strings.HasSuffix(part, `"`) {
				part = short(part)
			}
		default:
			if token.KeywordKind != pg.KeywordKind_NO_KEYWORD {
				part = strings.ToLower(part)
			}
		}
		n := len(parts)
		switch {
		case escaped:
			if parts[n-1] != "?" {
				parts[n-1] = text[begin:token.End]
			}
		case literal && n > 1 && parts[n-1] == "," && parts[n-2] == "?":
			parts = parts[:n-1]
		default:
			parts = append(parts, part)
		}
		before, begin, escaped = token.Token, token.Start, false
	}
	return strings.Join(parts, " "), nil
}

// short returns a name without quotes as the server cuts it, in small letters.
func short(name string) string {
	name = strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
	return name[:min(len(name), 63)]
}
