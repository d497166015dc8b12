package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

var errReason = errors.New("the reason")

func TestAnErrorNamesEachPartOfItsPlaceThatItKnows(t *testing.T) {
	for want, e := range map[string]Error{
		"the reason":                                       {},
		"policy of endpoint web: the reason":               {Endpoint: "web"},
		"policy of endpoint web: endpoint_ips: the reason": {Endpoint: "web", Field: "endpoint_ips"},
		"ingress: the reason":                              {Direction: "ingress"},
		"egress port 80-90: end_port: the reason":          {Direction: "egress", Port: "80-90", Field: "end_port"},
		`policy of endpoint web: ingress port 80: rule 0 "a": l7_proto: the reason`:             {Endpoint: "web", Direction: "ingress", Port: "80", Rule: `0 "a"`, Field: "l7_proto"},
		`ingress port 80: rule 0 "a": l7_allow_rules: memcache rule 1: key command: the reason`: {Direction: "ingress", Port: "80", Rule: `0 "a"`, Field: "l7_allow_rules", Parser: "memcache", Entry: "1", Key: "command"},
		"l7_allow_rules: the reason":      {Field: "l7_allow_rules", Parser: "memcache"},
		"rule 1: key command: the reason": {Entry: "1", Key: "command"},
	} {
		e.Err = errReason
		if got := e.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if !errors.Is(&e, errReason) {
			t.Errorf("%s does not wrap its reason", want)
		}
	}
	long := Error{Key: strings.Repeat("k", 500), Err: errReason}
	if text := long.Error(); len(text) > 200 || !strings.Contains(text, "(500 bytes)") {
		t.Errorf("a long key is not cut: %s", text)
	}
}

func TestARefusedRuleIsNamedByTheFieldsOfItsError(t *testing.T) {
	_, err := compile(port80(`{}, {"name": "r", "l7_proto": "words", "l7_rules": {"l7_allow_rules": [{}, {"rule": {"word": ""}}]}}`))
	got := ErrorOf(fmt.Errorf("line 3: %w", err))
	if got == nil {
		t.Fatalf("not an Error: %v", err)
	}
	want := Error{
		Endpoint: "10.0.0.1 (id 7)", Direction: "ingress", Port: "80", Rule: `1 "r"`, Field: "l7_allow_rules",
		Parser: "words", Entry: "1", Key: "word", Err: got.Err,
	}
	if *got != want || got.Err.Error() != "is empty; leave the key out to match anything" {
		t.Errorf("got  %#v\nwant %#v", *got, want)
	}
	if text := got.InRule().Error(); text != "l7_allow_rules: words rule 1: key word: is empty; leave the key out to match anything" {
		t.Errorf("in its rule: %s", text)
	}
	if text := got.Of("default/web").Error(); !strings.HasPrefix(text, `policy of endpoint default/web: ingress port 80: rule 1 "r": `) {
		t.Errorf("of another endpoint: %s", text)
	}
	if got.Endpoint != want.Endpoint || got.Rule != want.Rule {
		t.Error("the error itself was changed")
	}
}

func TestEveryErrorOfACompilerIsAnError(t *testing.T) {
	for _, text := range []string{
		`{}`, ingress(`{"port": 65536}`), port80(`{"precedence": 4, "pass_precedence": 2}, {"precedence": 4, "pass_precedence": 1}`),
		port80(`{"server_names": ["a b"]}`), l7(`"l7_allow_rules": [{"rule": {"panic": "x"}}]`),
	} {
		_, err := compile(text)
		if _, ok := err.(*Error); !ok {
			t.Errorf("%s: %T: %v", text, err, err)
		}
	}
	if e := ErrorOf(errReason); e != nil {
		t.Errorf("got %v", e)
	}
}

func TestABriefErrorKeepsWhatItWraps(t *testing.T) {
	long := fmt.Errorf("%s%w", strings.Repeat("x", 1<<20), &Error{Key: "word", Err: errReason})
	for _, err := range []error{long, errReason} {
		short := Brief(err)
		if text := short.Error(); text != Reason(err) || len(text) > MaxReason {
			t.Errorf("%d bytes", len(text))
		}
		if !errors.Is(short, errReason) {
			t.Error("the reason is lost")
		}
	}
	if ErrorOf(Brief(long)).Key != "word" {
		t.Error("the key is lost")
	}
}
