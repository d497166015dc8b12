package main

import (
	"regexp"
	"strings"
)

// form is a form of words that a reader stumbles over.
type form struct {
	pattern *regexp.Regexp
	instead string
}

// forms are those that were met again and again, each with the plain word. In a pattern a space stands for any space,
// the end of a line included.
var forms = compiled([][2]string{
	{`tells? whether`, "reports whether"},
	{`can not`, "cannot"},
	{`programmer's errors?`, "programming error"},
	{`let(s|ting)? go`, "release, close"},
	{`anew`, "again"},
	{`as (many|much|few|long|often) \S+( \S+){0,8} as may be`, "the limit of"},
	{`as (many|much) as may be`, "the limit of"},
	{`signs? of life`, "keepalive"},
	{`keeps? word`, "records"},
	{`yet to come`, "not yet received"},
	{`so (many|much)`, "this many, at most this many"},
	{`dearer`, "more expensive"},
	{`glances?`, "result"},
	{`mend(s|ed|ing)?`, "fix, repair"},
	{`(is|are|be|been|being|was|were) told`, "is reported, logged, distinguished"},
	{`untold`, "not reported"},
	{`answers (true|false|nil|whether|with an error)`, "returns"},
	{`behind (the|its|their) (length|header|statement|text|name|value|key|command|line|word|token|number)`, "after"},
	{`(reads|says|is|are|has|have) nothing of`, "does not"},
	{`(at the most|at the least)`, "at most, at least"},
	{`whom we trust`, "the trust model"},
	{`hostile bytes`, "malformed input"},
	{`fairy`, "plain words"},
	{`thought of from then on`, "kept"},
	{`with some chance in it`, "with jitter"},
	{`as chance would`, "random spread"},
	{`out of use`, "no longer used"},
	{`comes? to import`, "imports indirectly"},
})

// isNo is right after "there", and before "longer" and its like.
var isNo = compiled([][2]string{{`(\S+ )?is no [a-z]+`, "is not a"}})[0]

func compiled(list [][2]string) []form {
	var forms []form
	for _, f := range list {
		pattern := strings.ReplaceAll(f[0], " ", `\s+`)
		forms = append(forms, form{regexp.MustCompile(`(?i)\b(` + pattern + `)\b`), f[1]})
	}
	return forms
}

// find calls found for each form that is in the text, with where it begins and what is there.
func find(text string, found func(at int, what, instead string)) {
	for _, f := range forms {
		for _, place := range f.pattern.FindAllStringIndex(text, -1) {
			found(place[0], text[place[0]:place[1]], f.instead)
		}
	}
	for _, place := range isNo.pattern.FindAllStringIndex(text, -1) {
		words := strings.Fields(strings.ToLower(text[place[0]:place[1]]))
		last := words[len(words)-1]
		if words[0] != "there" && last != "longer" && last != "more" && last != "less" {
			found(place[0], text[place[0]:place[1]], isNo.instead)
		}
	}
}
