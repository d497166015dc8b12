//go:build e2e

package cassandra

import (
	"math/rand/v2"
	"strings"
)

// gaps are what may stand between two tokens, and some of what may not.
var gaps = []string{" ", " ", " ", " ", "\n", "\t", "\r", "", "/**/", "/* from public.t */", "-- from public.t\n",
	"// from public.t\r", "/*'*/", "/*\"*/", "/*$$*/", "--'\n", "--\"\r", "/*--*/", "--/*\n", "//*\n", "/*/*/", "\v",
	"\u00a0", "/* ж */", "--ж\n"}

// values are literals, many with something in them that looks like a table.
var values = []string{"1", "?", "'x'", "' from public.t '", "''''", "'''from public.t'''", "$$ from public.t $$",
	"$$'$$", "'$$'", "$$ $ $$",
	"0x00", "-1", "1", "'--'", "'/*'", "?", "?", ":from", ":x", "1.5", "1e3", "'ж'",
	"550e8400-e29b-41d4-a716-446655440000", "1h", "- 1", "--1\n 1", "?", "1"}

// tables are names of tables of both keyspaces, as one may write them.
var tables = []string{"secret.t", "public.t", "secret.t", `secret."t"`, `"secret".t`, "SECRET.T", "Secret . t",
	"public.t", `"public"."t"`,
	"secret/*.t*/.t", "secret.\n--.t\nt", `secret."T"`, `public."T"`, `"public.t"`, `"public""t"`, "t"}

// statements are forms of statements: <t> is a table, <v> a value, <w> a name of a column, <c> a selection.
var statements = []string{
	"SELECT <c> FROM <t> WHERE k = <v>", "SELECT k , v FROM <t> WHERE k = <v> AND v = <v> ALLOW FILTERING",
	"SELECT JSON * FROM <t> WHERE k = <v>", "SELECT DISTINCT k FROM <t>",
	"SELECT count ( * ) FROM <t> WHERE k IN ( <v> , <v> )",
	"SELECT v AS <w> FROM <t> WHERE k = <v> LIMIT <v>", "SELECT cast ( v as text ) , <v> FROM <t> WHERE k = <v>",
	"SELECT ( text ) <v> FROM <t>", "INSERT INTO <t> ( k , v ) VALUES ( <v> , <v> )", "INSERT INTO <t> JSON <v>",
	"INSERT INTO <t> ( k , v ) VALUES ( <v> , ? ) IF NOT EXISTS USING TTL <v>", "UPDATE <t> SET v = <v> WHERE k = <v>",
	"UPDATE <t> USING TIMESTAMP <v> SET v = <v> WHERE k = ?", "DELETE FROM <t> WHERE k = <v>",
	"DELETE v FROM <t> WHERE k = <v> IF v = <v>",
	"BEGIN BATCH INSERT INTO <t> ( k , v ) VALUES ( <v> , ? ) ; DELETE FROM <t> WHERE k = ? APPLY BATCH",
	"BEGIN UNLOGGED BATCH USING TIMESTAMP <v> UPDATE <t> SET v = <v> WHERE k = <v> " +
		"INSERT INTO <t> ( k ) VALUES ( ? ) DELETE v FROM <t> WHERE k = ? ; APPLY BATCH ;",
	"BEGIN BATCH UPDATE <t> SET v = ? WHERE k = <v> DELETE FROM <t> WHERE k = ? APPLY BATCH",
}

// words are names of columns that are no plain words, or look like something else.
var words = []string{"from", `"from"`, "a", `" from public.t "`, "type", "exists", "json", "distinct",
	`"a""from public.t"`}

// ends are what may stand behind a statement, and some of what may not.
var ends = []string{";", ";;", " -- x", "-- x\n", "/* x", "/* x */", " ; SELECT * FROM secret.t", "$$", "'", " \x00"}

// odd makes statements from a number.
type odd struct{ *rand.Rand }

func (o odd) pick(list []string) string { return list[o.IntN(len(list))] }

// dml makes a statement on data, calm or with oddities between and behind its tokens.
func (o odd) dml() string {
	calm := o.IntN(3) == 0
	text := o.join(o.pick(statements), calm, func(token string) string {
		switch token {
		case "<t>":
			return o.pick(tables)
		case "<v>":
			if calm && o.IntN(4) > 0 {
				return "?"
			}
			return o.pick(values)
		case "<w>":
			return o.pick(words)
		case "<c>":
			return o.pick([]string{"*", "k", "v", `"v"`, "k , v", "writetime ( v )"})
		}
		return token
	})
	if o.IntN(4) == 0 {
		text += o.pick(ends)
	}
	if o.IntN(6) == 0 {
		text = o.damage(text)
	}
	return strings.ToValidUTF8(text, "")
}

// join puts the tokens of a form together, each replaced, with a space or an oddity between.
func (o odd) join(form string, calm bool, replace func(string) string) string {
	var b strings.Builder
	for i, token := range strings.Fields(form) {
		if i > 0 || o.IntN(8) == 0 {
			if calm || o.IntN(3) > 0 {
				b.WriteString(" ")
			} else {
				b.WriteString(o.pick(gaps))
			}
		}
		if token = replace(token); o.IntN(4) == 0 {
			token = strings.ToLower(token)
		}
		b.WriteString(token)
	}
	return b.String()
}

// damage changes a byte.
func (o odd) damage(text string) string {
	at := o.IntN(len(text) - 1)
	return text[:at] + o.pick([]string{"", "-", "/", "'", `"`, "$", "*", "1", " ", ".", "x", "\n"}) +
		text[at+o.IntN(2):]
}
