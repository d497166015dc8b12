package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/check.v1"
)

type ReasonSuite struct{}

var _ = check.Suite(&ReasonSuite{})

func (s *ReasonSuite) TestALongTextKeepsItsBeginningAndItsEnd(c *check.C) {
	long := "at the start " + strings.Repeat("ü", 1<<20) + " at the end"
	got := Reason(errors.New(long))
	c.Check(got, check.Matches, `at the start ü+ … \(2097176 bytes\) … ü+ at the end`)
	c.Check(len(got) <= MaxReason && len(got) > MaxReason-8, check.Equals, true, check.Commentf("%d", len(got)))
	c.Check(Reason(errors.New("short")), check.Equals, "short")
}

func (s *ReasonSuite) TestLinesAreFewAndShort(c *check.C) {
	c.Check(Lines(nil), check.HasLen, 0)
	c.Check(Lines([]string{"a", "b"}), check.DeepEquals, []string{"a", "b"})
	many := Lines(slices.Repeat([]string{strings.Repeat("x", 1<<20)}, 1000))
	c.Check(many, check.HasLen, maxLines+1)
	c.Check(many[maxLines], check.Equals, "and 980 more")
	for _, line := range many {
		c.Check(len(line) <= MaxReason, check.Equals, true)
	}
}

func (s *ReasonSuite) TestEveryCutIsShortAndValid(c *check.C) {
	for _, text := range []string{strings.Repeat("ü", 100), strings.Repeat("\xff", 100), strings.Repeat("a", 100), "\xffa", ""} {
		for limit := range 110 {
			got := Cut(text, limit)
			c.Check(len(got) <= limit && utf8.ValidString(got), check.Equals, true, check.Commentf("%q, %d: %q", text, limit, got))
		}
	}
}

func (s *ReasonSuite) TestARefusalOfMuchInputIsShortAndStillSaysWhatIsWrong(c *check.C) {
	huge := strings.Repeat("x", 4<<20)
	for _, t := range []struct{ policy, want string }{
		{port80(`{"name": "HUGE", "proxy_id": 65536}`), "proxy_id: is at most 65535"},
		{`{"endpoint_ips": ["HUGE"]}`, "is not an IP address"},
		{port80(`{"server_names": ["a b HUGE"]}`), "is not a pattern of a DNS name"},
		{port80(`{"server_names": ["a..HUGE"]}`), "has a label that is empty"},
		{port80(`{"l7_proto": "HUGE"}, {"l7_proto": "kafka"}`), "one port has one protocol"},
		{l7(`"l7_allow_rules": [{"rule": {"HUGE": "x"}}]`), `unknown key`},
		{l7(`"l7_deny_rules": [{"rule": {"HUGE": "x"}}]`), `l7_deny_rules: rule 0: unknown key`},
	} {
		_, err := compile(strings.ReplaceAll(t.policy, "HUGE", huge))
		c.Assert(err, check.NotNil)
		c.Check(len(err.Error()) < 2*MaxReason, check.Equals, true, check.Commentf("%d bytes", len(err.Error())))
		c.Check(strings.Contains(Reason(err), t.want), check.Equals, true, check.Commentf("%.300s", err))
	}
	var table Identities
	err := table.Add(huge, 7)
	c.Check(len(err.Error()) < MaxReason, check.Equals, true)
}

func (s *ReasonSuite) TestACompilerIsOfUseAfterARefusal(c *check.C) {
	compiler := NewCompiler(words)
	for i, text := range []string{l7(`"l7_allow_rules": [{"rule": {"wrod": "x"}}]`), port80(allowGet)} {
		r, err := resource(text)
		c.Assert(err, check.IsNil)
		c.Check(compiler.Add(r) == nil, check.Equals, i == 1, check.Commentf(fmt.Sprint(i)))
	}
	verdict := compiler.Snapshot().Lookup("10.0.0.1", true, 80).Decide(&Request{Parser: "words", L7: "get"})
	c.Check(verdict.Allowed, check.Equals, true)
}
