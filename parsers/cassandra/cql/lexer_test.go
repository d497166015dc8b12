package cql

import (
	"strings"
	"testing"
)

// cut returns the tokens of a text, and whether they are all good.
func cut(text string) (tokens []string, good bool) {
	l := lexer{text: []byte(text)}
	for {
		if l.advance(); l.kind == kindEnd || l.kind == kindBad {
			return tokens, l.kind == kindEnd
		}
		tokens = append(tokens, text[l.from:l.pos])
	}
}

// tokens are texts that consist of tokens.
var tokens = []string{
	"1e5 1.e5 1.5 1. 1...2 1..2", "a-1 a--1\n b", "x1-2", "-1e-5", "0x", "0xAB", "00", "-x", "- nan", "-NaN",
	"-infinity", "1µs", "-1Y2MO3w4D5h6m7S8ms9US10µs11Ns",
	"P1D", "P1Y2M3DT4H5M6S", "P1M3D", "P2W", "PT1H", "PT1M1S", "P1YT1S", "P0001-02-03T04:05:06",
	"-P0001-02-03T04:05:06", "-PT1H", "P", "PT", "P1", "P1Dx", "p1d",
	"P1Y1Y", "P0001", "P00010-1", "deadbeef", "deadbeef-dead-dead-dead-deadbeefdead", "1234567e-1", "1234567e-1234",
	"1234567e-12345",
	"1234567e-1234-1234-1234-123456789012", "123456789-1", "abcdefabc-1", `""`, `""""`, `"a""b"`, "''", "'it''s'",
	"$$a$b$$", "$$$$", "$$$a$$", "+= -= <= >= != < > = + *",
	"expr(a)", "/**/", "/***/a", "/*/**/a", "--\na", "//\ra",
}

// noTokens are texts with something that a server refuses as a token, or with a number that runs into a word.
var noTokens = []string{
	"1e", "1.5e", "1e+", "1d2", "1d2x", "1dx", "1moo", "1ux", "1nx", "1µ", "1µx", "1x", "0xg", "00x1", "-n", "-na",
	"-nanx", "-i", "-inf", "-infinityx", "-P", "-P1", "-Px",
	"-P1Dx", "-P1Y1", "P0001-01", "P0001--1", "12345678-1", "abcdefab-c", "deadbeef-dead-dead-dead-deadbeefdeadx",
	"deadbeef-dead-dead-dead-deadbeefdea",
	"1234567e-1234-5", "1234567e-12a", `"`, `"""`, "'", "'''", "$", "$$", "$$$", "$$a$$$", "!", "@", "_a", "é", "\x00",
	"--", "-- a", "//", "/*", "/*/", "\v", "\u00a0", "`",
}

func TestTextsAreCutIntoTokens(t *testing.T) {
	for _, text := range tokens {
		if list, good := cut(text); !good {
			t.Errorf("%q: %q, and then something that is not a token", text, list)
		}
	}
	for _, text := range noTokens {
		if list, good := cut(text); good {
			t.Errorf("%q: %q", text, list)
		}
	}
	list, _ := cut("1...2,1..2,a-1,P1Dx-P1D,\"\"x-=1e5-1,deadbeef-dead-dead-dead-deadbeefdead-1")
	const want = "1. .. 2 , 1 .. 2 , a -1 , P1Dx -P1D , \"\" x -= 1e5 -1 , deadbeef-dead-dead-dead-deadbeefdead -1"
	if got := strings.Join(list, " "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// FuzzTokens checks that what is between tokens means nothing: with white space between them the tokens are the same.
func FuzzTokens(f *testing.F) {
	for _, text := range append(tokens, noTokens...) {
		f.Add(text)
	}
	for _, c := range read {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, good := cut(text)
		if !good {
			return
		}
		again, good := cut(strings.Join(list, "\n"))
		if !good || strings.Join(again, "\n") != strings.Join(list, "\n") {
			t.Fatalf("%q is cut into %q, and these into %q", text, list, again)
		}
	})
}
