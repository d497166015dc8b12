package httprule

import (
	"regexp"
	"regexp/syntax"
)

// maxTexts is the number of texts up to which an expression that stands for a list is compared as one.
const maxTexts = 32

// plainForm finds the plain form of an expression that must match a whole value: a list of texts, or the beginning of a
// value after which anything follows. rest is "" then; otherwise texts is nil, and prefix is what every value begins with.
type plainForm struct {
	texts    []string
	prefix   string
	anything bool
}

// plain analyses an expression that is valid.
func plain(expression string) plainForm {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return plainForm{}
	}
	parts := partsOf(re.Simplify())
	if texts := textsOf(parts); texts != nil {
		return plainForm{texts: texts}
	}
	var form plainForm
	if len(parts) > 0 && parts[0].Op == syntax.OpLiteral && parts[0].Flags&syntax.FoldCase == 0 {
		form.prefix = string(parts[0].Rune)
		parts = parts[1:]
	}
	form.anything = len(parts) == 1 && parts[0].Op == syntax.OpStar && parts[0].Sub[0].Op == syntax.OpAnyCharNotNL
	return form
}

// partsOf lists what follows each other, without groups around all of it and the ends of the text, which are implied.
func partsOf(re *syntax.Regexp) []*syntax.Regexp {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	if len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		parts = parts[1:]
	}
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		parts = parts[:n-1]
	}
	return parts
}

// textsOf lists the texts that parts after each other stand for; nil if they are not a short list.
func textsOf(parts []*syntax.Regexp) []string {
	texts := []string{""}
	for _, part := range parts {
		var longer []string
		for _, end := range textsOfOne(part) {
			for _, text := range texts {
				longer = append(longer, text+end)
			}
		}
		if len(longer) == 0 || len(longer) > maxTexts {
			return nil
		}
		texts = longer
	}
	return texts
}

func textsOfOne(re *syntax.Regexp) (texts []string) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return []string{string(re.Rune)}
		}
	case syntax.OpCapture:
		return textsOfOne(re.Sub[0])
	case syntax.OpConcat:
		return textsOf(re.Sub)
	case syntax.OpQuest:
		if inner := textsOfOne(re.Sub[0]); inner != nil && len(inner) < maxTexts {
			return append(inner, "")
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			inner := textsOfOne(sub)
			if texts = append(texts, inner...); inner == nil || len(texts) > maxTexts {
				return nil
			}
		}
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if int(re.Rune[i+1]-re.Rune[i])+len(texts) >= maxTexts {
				return nil
			}
			for c := re.Rune[i]; c <= re.Rune[i+1]; c++ {
				texts = append(texts, string(c))
			}
		}
	}
	return texts
}

// whole compiles an expression so that it matches whole values only.
func whole(expression string) (*regexp.Regexp, error) {
	// It must be valid by itself, not only inside of the group.
	if _, err := regexp.Compile(expression); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + expression + `)\z`)
}
