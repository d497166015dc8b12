package sqllex

import (
	"fmt"
	"strings"
	"testing"
)

// standard is a session of which all is known.
var standard = Mode{Letters: true, QuotedLetters: true, PlainStrings: true}

var postgres = PostgreSQL(func(name []byte) Keyword {
	if string(name) == "select" {
		return 1
	}
	return 0
}, len("select"))

// cut returns the tokens of a text, each as its kind with its text, and its name where it has one.
func cut(l *Lexer, text string, d *Dialect, m Mode) string {
	kinds := [...]string{End: "end", Bad: "bad", Word: "word", Quoted: "quoted", String: "string", Number: "number", Parameter: "parameter", Symbol: "symbol", Operator: "operator"}
	var all []string
	l.Begin([]byte(text), d, m)
	for {
		var t Token
		l.Next(&t)
		switch {
		case t.Kind == Bad:
			return strings.Join(append(all, fmt.Sprintf("bad at %d: %s", l.Err().Offset, l.Err().Reason)), " ")
		case t.Kind == End:
			return strings.Join(all, " ")
		case t.Kind == Word && t.Word != 0:
			all = append(all, "keyword:"+string(t.Name))
		case t.Name != nil:
			all = append(all, kinds[t.Kind]+":"+string(t.Name))
		default:
			all = append(all, kinds[t.Kind]+":"+text[t.From:t.To])
		}
	}
}

func TestPostgreSQLTokens(t *testing.T) {
	var l Lexer
	for text, want := range map[string]string{
		"":                                  "",
		"SELECT Select1 É":                  "keyword:select word:select1 word:É",
		"a$1 _b":                            "word:a$1 word:_b",
		`"A b" "a""b" "select"`:             `quoted:A b quoted:a"b quoted:select`,
		`U&"d\0061t\+000061" x`:             "quoted:data word:x",
		`U&"d!0061t" uescape '!' x`:         "quoted:dat word:x",
		`u &"a"`:                            `word:u operator:& quoted:a`,
		"'it''s' 'a'\n'b' 'c' 'd'":          "string:'it''s' string:'a'\n'b' string:'c' string:'d'",
		`'a\' E'a\'b' e'\\'`:                `string:'a\' string:E'a\'b' string:e'\\'`,
		"N'a' X'1F' b'01' U&'a' uescape'!'": "string:N'a' string:X'1F' string:b'01' string:U&'a' uescape'!'",
		"ee'a'":                             "word:ee string:'a'",
		"$$a'$$ $x$ $$ $x$ $1 $1$1":         "string:$$a'$$ string:$x$ $$ $x$ parameter:$1 parameter:$1 parameter:$1",
		"1 1.5 .5 1e-3 0x1F 1_000":          "number:1 number:1.5 number:.5 number:1e-3 number:0x1F number:1_000",
		"a.b(c,d)[1:2];":                    "word:a symbol:. word:b symbol:( word:c symbol:, word:d symbol:) symbol:[ number:1 symbol:: number:2 symbol:] symbol:;",
		"a::b := =>":                        "word:a operator::: word:b operator::= operator:=>",
		"1-+-2 @-+- <=>":                    "number:1 operator:- operator:+ operator:- number:2 operator:@-+- operator:<=>",
		"a-- b\nc/* d /* e */ f */g /*":     "word:a word:c word:g bad at 26: comment, string or name has no end",
		"a+--b\n1*/**/2":                    "word:a operator:+ number:1 operator:* number:2",
		"'a":                                "bad at 0: comment, string or name has no end",
		`""`:                                "bad at 0: name is empty, malformed or too long",
		"a `b` \\":                          "word:a operator:` word:b operator:` bad at 6: character that SQL does not have",
		"a\x00":                             "word:a bad at 1: text has a NUL byte",
		"1a":                                "bad at 0: number is malformed",
		strings.Repeat("a", 70):             "word:" + strings.Repeat("a", 63),
		strings.Repeat("a", 63) + "é":       "bad at 0: name is empty, malformed or too long",
	} {
		if got := cut(&l, text, postgres, standard); got != want {
			t.Errorf("%q:\ngot  %q\nwant %q", text, got, want)
		}
	}
}

func TestWhatASessionDoesNotSayIsRefused(t *testing.T) {
	var l Lexer
	for text, m := range map[string]Mode{
		"é": {QuotedLetters: true, PlainStrings: true}, `"é"`: {PlainStrings: true}, `U&"\00e9"`: {QuotedLetters: true, PlainStrings: true},
		`'\'`: {Letters: true, QuotedLetters: true}, "U&'a'": {Letters: true, QuotedLetters: true},
	} {
		if got := cut(&l, text, postgres, m); !strings.HasPrefix(got, "bad at") {
			t.Errorf("%q: %q", text, got)
		}
		if got := cut(&l, text, postgres, standard); strings.Contains(got, "bad") {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// other is a dialect with other comments, quotes, parameters and names: what differs is in the dialect, and nothing else.
var other = func() *Dialect {
	one := func(k Kind) func(*Lexer, *Token) {
		return func(l *Lexer, t *Token) {
			t.Symbol = l.text[l.pos]
			l.pos++
			t.end(k, l.pos)
		}
	}
	d := &Dialect{
		maxName: 8, keyword: func([]byte) Keyword { return 0 },
		comment: func(text []byte) int {
			if text[0] != '#' {
				return 0
			}
			return lineLen(text)
		},
		prefixed: func(*Lexer, *Token) bool { return false },
		number:   one(Number), operator: one(Operator), symbol: one(Symbol),
		quote: func(l *Lexer, t *Token) {
			if l.has(l.pos, '`') {
				l.quoted(t)
				return
			}
			one(Parameter)(l, t)
		},
	}
	d.set(space, " \n\v")
	d.set(start|inside, "abcdefgh")
	d.set(digit, "0123456789")
	d.set(quote, "`?")
	d.set(operator, "=-")
	d.set(comment, "#-")
	d.set(symbol, ",")
	return d
}()

func TestADialectSaysWhatDiffers(t *testing.T) {
	var l Lexer
	for text, want := range map[string]string{
		"a\v= ?,`b``c` # d\n-1": "word:a operator:= parameter:? symbol:, quoted:b`c operator:- number:1",
		"abcdefgha":             "word:abcdefgh",
		`a"`:                    "word:a bad at 1: character that SQL does not have",
		"`a":                    "bad at 0: comment, string or name has no end",
	} {
		if got := cut(&l, text, other, standard); got != want {
			t.Errorf("%q:\ngot  %q\nwant %q", text, got, want)
		}
	}
}

func TestCuttingAllocatesNothing(t *testing.T) {
	var l Lexer
	var token Token
	text := []byte(`SELECT "a""b", U&"c" FROM Tables WHERE e = E'\'' AND $1 <> 1.5 /* f */`)
	if n := testing.AllocsPerRun(100, func() {
		l.Begin(text, postgres, standard)
		for l.Next(&token); token.Kind != End; l.Next(&token) {
			if token.Kind == Bad {
				t.Fatal(l.Err())
			}
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzPostgreSQL(f *testing.F) {
	for _, text := range []string{
		`SELECT U&"d!0061t" uescape '!' FROM t WHERE a = E'\'' AND b::int <> $1`, "/* /* */ */ $$a$$ -- b\n'c'\n'd'", "1.5e+3 0x1F @-+- n'' B'0'",
	} {
		f.Add([]byte(text))
	}
	var l Lexer
	f.Fuzz(func(t *testing.T, text []byte) {
		l.Begin(text, postgres, standard)
		for at := 0; ; {
			var token Token
			l.Next(&token)
			if token.Kind == End || token.Kind == Bad {
				if token.Kind == Bad != l.Failed() || l.Failed() && l.Err().Offset > len(text) {
					t.Fatalf("%q: %+v, %v", text, token, l.Err())
				}
				return
			}
			if token.From < at || token.To <= token.From || token.To > len(text) || len(token.Name) > postgres.maxName {
				t.Fatalf("%q: %+v after %d", text, token, at)
			}
			at = token.To
		}
	})
}
