//go:build e2e

package postgres

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// What a word before a parenthesis is depends on where it stands: a function, a part of the grammar, a name of a table, a
// column or a type. testdata/places.txt has such places, with %s for the word.
func TestReaderFindsWhatPostgreSQLFindsOfWordsBeforeParentheses(t *testing.T) {
	words, all := append(keywords(t), "w", `"w"`, "pg_sleep"), places(t)
	for _, j := range judges(t) {
		t.Run(j.name, func(t *testing.T) { judgeWords(t, &j, words, all) })
	}
}

func judgeWords(t *testing.T, j *judge, words, places []string) {
	var r sql.Reader
	random := rand.New(rand.NewPCG(*seed, 1))
	both := 0
	for range *mutations {
		text := filled(random, words, places[random.IntN(len(places))])
		refused, theirs, wrong := j.compare(&r, text)
		if wrong != nil {
			t.Fatalf("-seed %d: %v in:\n%s", *seed, wrong, text)
		}
		if refused == nil && theirs != nil {
			both++
		}
	}
	t.Logf("-seed %d: of %d texts %d are accepted by both", *seed, *mutations, both)
	if both < *mutations/20 {
		t.Errorf("only %d texts are accepted by both", both)
	}
}

// filled puts a word, or two or three of them, in each place.
func filled(random *rand.Rand, words []string, place string) string {
	parts := strings.Split(place, "%s")
	text := parts[0]
	for _, part := range parts[1:] {
		for i := range 1 + random.IntN(3) {
			if i > 0 {
				text += " "
			}
			text += words[random.IntN(len(words))]
		}
		text += part
	}
	return text
}

// places returns the places, also with a schema before and after the word, and without the space.
func places(t *testing.T) (all []string) {
	t.Helper()
	for _, place := range strings.Split(strings.TrimSpace(string(file(t, "testdata/places.txt"))), "\n") {
		all = append(all, place)
		if strings.Contains(place, "%s (") {
			for _, form := range []string{"%s.f (", "s.%s (", "%s("} {
				all = append(all, strings.ReplaceAll(place, "%s (", form))
			}
		}
	}
	return all
}

// keywords returns those of all releases.
func keywords(t *testing.T) (words []string) {
	t.Helper()
	const table = "../../parsers/postgres/sql/keywords.go"
	for _, found := range regexp.MustCompile(`case "([a-z_]+)":`).FindAllSubmatch(file(t, table), -1) {
		words = append(words, string(found[1]))
	}
	if len(words) < 450 {
		t.Fatalf("only %d keywords are found", len(words))
	}
	return words
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
