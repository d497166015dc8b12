package r2d2

import (
	"regexp"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

func TestRulesMatchWhatTheirKeysSay(t *testing.T) {
	for _, c := range []struct {
		rule map[string]string
		line string
		want bool
	}{
		{nil, "READ a", true},
		{nil, "HALT", true},
		{map[string]string{"cmd": "READ"}, "READ a", true},
		{map[string]string{"cmd": "READ"}, "WRITE a", false},
		{map[string]string{"cmd": "HALT"}, "HALT", true},
		{map[string]string{"file": "^public/"}, "READ public/x", true},
		{map[string]string{"file": "^public/"}, "WRITE public/x", true},
		{map[string]string{"file": "^public/"}, "READ private/public/x", false},
		{map[string]string{"file": "pub"}, "READ a/pub/x", true},
		{map[string]string{"file": ".*"}, "HALT", false},
		{map[string]string{"cmd": "WRITE", "file": "x$"}, "WRITE ax", true},
		{map[string]string{"cmd": "WRITE", "file": "x$"}, "READ ax", false},
	} {
		rules, err := registration.Complete().Compile([]map[string]string{c.rule})
		if err != nil {
			t.Fatal(err)
		}
		var req request
		if _, err := req.decode([]byte(c.line + "\r\n")); err != nil {
			t.Fatal(err)
		}
		if got := rules.Matches(&req); got != c.want {
			t.Errorf("rule %v and %q: %v, want %v", c.rule, c.line, got, c.want)
		}
	}
}

func TestTheREADMEDocumentsRulesAndLog(t *testing.T) { parsertest.Documented(t, Name) }

func TestARuleMatchesNothingButRequests(t *testing.T) {
	rules, err := registration.Complete().Compile([]map[string]string{nil})
	if err != nil || rules.Matches("READ a") {
		t.Error("matched a value that is not a request")
	}
}

func TestMistakesInARuleAreRefused(t *testing.T) {
	for _, c := range []struct {
		rule map[string]string
		want string
	}{
		{map[string]string{"cmd": "read"}, `key cmd: "read" is unknown, use HALT, READ, RESET or WRITE`},
		{map[string]string{"file": "("}, `key file: error parsing regexp`},
		{map[string]string{"cmd": "HALT", "file": "a"}, `key file: HALT takes no file`},
		{map[string]string{"command": "READ"}, `key command: is unknown, use cmd, file or access`},
	} {
		_, err := registration.Complete().Compile([]map[string]string{c.rule})
		if err == nil || !regexp.MustCompile("^rule 0: "+regexp.QuoteMeta(c.want)).MatchString(err.Error()) {
			t.Errorf("rule %v: error %v, want %s", c.rule, err, c.want)
		}
	}
}
