//go:build e2e

package postgres

import (
	"math/rand/v2"
	"regexp"
	"strings"
)

// mutator makes texts out of others that are nearly right.
type mutator struct {
	*rand.Rand
	texts [][]string
	// keywords are those that names may be, and others.
	keywords []string
}

var pieces = regexp.MustCompile(`(?s)[A-Za-z_][A-Za-z0-9_$]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\w*\$|[0-9.]+|::|--[^\n]*|/\*|\*/|\s+|.`)

// words replace other words.
var words = strings.Fields(`select from where with as table values insert into update set delete using merge on join left natural
	lateral only rows order by group having union all except intersect limit offset fetch for share of nowait window over
	filter within partition rollup cube grouping sets case when then else end cast extract substring overlay trim position for
	is not null distinct like ilike similar to escape overlaps between in any some exists array row collate collation at time
	zone local operator interval year second double precision character varying json json_table columns passing path xmltable
	xmlexists default returning conflict do nothing matched recursive materialized search cycle depth tablesample repeatable
	current_user current_date current_schema coalesce treat values execute explain analyze copy stdin stdout program truncate
	lock begin atomic return call set role session_authorization reset show declare cursor create view temp
	ordinality normalize normalized uescape national bit of unique key no skip locked symmetric leading both default e n u x b
	a b t f public secret int text pg_sleep lower`)

func newMutator(r *rand.Rand, texts, keywords []string) *mutator {
	m := &mutator{Rand: r, keywords: keywords}
	for _, text := range texts {
		if len(text) < 2000 {
			m.texts = append(m.texts, pieces.FindAllString(text, -1))
		}
	}
	return m
}

func (m *mutator) some() []string { return m.texts[m.IntN(len(m.texts))] }

// piece returns a piece of any text.
func (m *mutator) piece() string {
	list := m.some()
	return list[m.IntN(len(list))]
}

// text returns a text with one to four mutations.
func (m *mutator) text() string {
	list := append([]string(nil), m.some()...)
	for range 1 + m.IntN(4) {
		list = m.mutate(list)
	}
	text := strings.Join(list, "")
	for m.IntN(3) == 0 && text != "" {
		text = m.spell(text)
	}
	return text
}

// spell changes a letter.
func (m *mutator) spell(text string) string {
	i := m.IntN(len(text))
	// Whatever opens, closes or changes strings, names and comments.
	const signs = `''""$$\\//**--;..::()[]eExXbBnNuU&_109+=<>!@#%^|~? ` + "\n\r\t\f\v\u00e9"
	switch sign := string([]rune(signs)[m.IntN(len([]rune(signs)))]); m.IntN(3) {
	case 0:
		return text[:i] + text[i+1:]
	case 1:
		return text[:i] + sign + text[i+1:]
	default:
		return text[:i] + sign + text[i:]
	}
}

func (m *mutator) mutate(list []string) []string {
	if len(list) == 0 {
		return list
	}
	i := m.IntN(len(list))
	switch m.IntN(16) {
	case 0: // without a piece
		return append(list[:i:i], list[i+1:]...)
	case 1: // with a piece twice
		return append(list[:i+1:i+1], list[i:]...)
	case 2: // with a piece of another text
		list[i] = m.piece()
	case 3: // another piece before it
		list[i] = m.piece() + " " + list[i]
	case 4: // another word
		if i = m.wordFrom(list, i); i >= 0 {
			list[i] = m.word()
		}
	case 5: // a word more
		list[i] += " " + m.word() + " "
	case 6: // no space
		for j := i; j < len(list); j++ {
			if strings.TrimSpace(list[j]) == "" {
				list[j] = ""
				break
			}
		}
	case 7: // a comment
		list[i] += []string{"/**/", "/*/* x */ from secret */", "--\n", "-- from secret\n", "/*", "*/", "--"}[m.IntN(7)]
	case 8: // the case of letters
		list[i] = []func(string) string{strings.ToUpper, strings.ToLower, strings.ToTitle}[m.IntN(3)](list[i])
	case 9: // a name in quotes
		if i = m.wordFrom(list, i); i >= 0 {
			list[i] = []string{`"` + list[i] + `"`, `U&"` + list[i] + `"`, `U&"!0061" uescape '!'`, `'` + list[i] + `'`,
				`$$` + list[i] + `$$`, `E'` + list[i] + `\''`, `(` + list[i] + `)`, list[i] + ".b", "a." + list[i], list[i] + "(1)"}[m.IntN(10)]
		}
	case 10: // quotes off
		list[i] = strings.Trim(list[i], `'"$`)
	case 11: // two pieces exchanged
		j := m.IntN(len(list))
		list[i], list[j] = list[j], list[i]
	case 12: // a part of another text in parentheses
		list[i] = "(" + m.part() + ")"
	case 13: // another statement after it or in its middle
		list[i] += []string{";", " ", "\n", ","}[m.IntN(4)] + m.part()
	case 14: // parentheses around a part
		j := i + m.IntN(min(len(list)-i, 12))
		list[i], list[j] = "("+list[i], list[j]+")"
	case 15: // a query
		list[i] = []string{"(select * from secret)", "(table secret)", "(values (1))", "(with a as (select * from a) select * from a)",
			"((select f(1)) union select * from secret for update)", "a as (select 1)", "with recursive a as (select * from a)",
			"(select * from a, lateral f(a) as (b int), (a join b using (c)))", "array(select g())", "E'\\'' || f()",
			"operator(public.+)", "grouping sets (rollup(f(1)), cube(a))", "extract(day from f(1))", "cast(f(1) as numeric(3))",
			"json_table(f(), '$' columns (a int path '$'))", "f(1) over (order by g())"}[m.IntN(16)]
	}
	return list
}

// word returns a word of queries, or any keyword.
func (m *mutator) word() string {
	list := words
	if m.IntN(2) == 0 {
		list = m.keywords
	}
	return list[m.IntN(len(list))]
}

// wordFrom returns the index of the next word, -1 without one.
func (m *mutator) wordFrom(list []string, i int) int {
	for ; i < len(list); i++ {
		if list[i] != "" && isLetter(list[i][0]) {
			return i
		}
	}
	return -1
}

// part returns a few pieces of another text that follow one another.
func (m *mutator) part() string {
	list := m.some()
	i := m.IntN(len(list))
	return strings.Join(list[i:min(len(list), i+1+m.IntN(20))], "")
}
