package proxylib_test

import (
	"strings"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// What follows is a parser as authors wrote it for the interface that was announced first: a factory that answers a
// Parser, a rule parser that panics by way of ParseError, and log entries of the generated type.

type wordRule struct{ word string }

func (r *wordRule) Matches(data interface{}) bool {
	word, ok := data.(string)
	return ok && (r.word == "" || r.word == word)
}

func wordRuleParser(rule *cilium.PortNetworkPolicyRule) []L7NetworkPolicyRule {
	var rules []L7NetworkPolicyRule
	l7Rules := rule.GetL7Rules()
	if l7Rules == nil {
		return rules
	}
	for _, l7Rule := range l7Rules.GetL7AllowRules() {
		var wr wordRule
		for k, v := range l7Rule.Rule {
			switch k {
			case "word":
				wr.word = v
			default:
				ParseError("Unsupported key: "+k, rule)
			}
		}
		rules = append(rules, &wr)
	}
	return rules
}

type wordFactory struct{}

func init() {
	RegisterParserFactory("announced", &wordFactory{})
	RegisterL7RuleParser("announced", wordRuleParser)
}

type wordParser struct {
	connection *Connection
}

func (f *wordFactory) Create(connection *Connection) Parser {
	return &wordParser{connection: connection}
}

func (p *wordParser) OnData(reply, endStream bool, dataArray [][]byte) (OpType, int) {
	var data string
	for _, d := range dataArray {
		data += string(d)
	}
	end := strings.Index(data, "\n")
	if end < 0 {
		if len(data) == 0 {
			return NOP, 0
		}
		return MORE, 1
	}
	if reply {
		return PASS, end + 1
	}
	word := data[:end]
	matches := p.connection.Matches(word)
	entryType := cilium.EntryType_Denied
	if matches {
		entryType = cilium.EntryType_Request
	}
	p.connection.Log(entryType, &cilium.LogEntry_GenericL7{
		GenericL7: &cilium.L7LogEntry{Proto: "announced", Fields: map[string]string{"word": word}},
	})
	if !matches {
		p.connection.Inject(true, []byte("NO\n"))
		return DROP, end + 1
	}
	return PASS, end + 1
}

// laterFactory is a factory of the later shape, for a parser of the Reader form.
type laterFactory struct{}

func init() { RegisterParserFactory("later", laterFactory{}) }

func (laterFactory) Create(connection *Connection) interface{} { return &readerParser{connection} }

type readerParser struct{ connection *Connection }

func (p *readerParser) OnData(reply bool, reader *Reader) (OpType, int) {
	length := make([]byte, 1)
	if _, err := reader.PeekFull(length); err != nil {
		return NOP, 0
	}
	n := int(length[0])
	if missing := n - reader.Length(); missing > 0 {
		return MORE, missing
	}
	unit := make([]byte, n)
	if _, err := reader.Read(unit); err != nil {
		return ERROR, int(ERROR_INVALID_FRAME_LENGTH)
	}
	if !p.connection.Matches(string(unit[1:])) {
		return DROP, n
	}
	return PASS, n
}

// namedRuleParser and namedWithError are rule parsers of named types.
var (
	namedRuleParser L7RuleParser   = wordRuleParser
	namedWithError  ruleParserType = func(rule *cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
		return wordRuleParser(rule), nil
	}
)

type ruleParserType func(*cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error)

func init() {
	RegisterL7RuleParser("test.named", namedRuleParser)
	RegisterL7RuleParser("test.named.error", namedWithError)
	RegisterParserFactory("test.named", &wordFactory{})
	RegisterParserFactory("test.named.error", &wordFactory{})
}

type AnnouncedSuite struct{}

var _ = check.Suite(&AnnouncedSuite{})

func (s *AnnouncedSuite) TestAParserOfTheAnnouncedInterfaceWorksUnchanged(c *check.C) {
	log := &record{}
	instance := newInstance(log)
	instance.Policies().Replace(snapshot(c, "announced", map[string]string{"word": "yes"}))
	conn := connect(c, instance, "announced")
	ops, result := conn.OnData(false, false, chunks("yes\nn", "o\nye"), make([]host.FilterOp, 0, host.MaxOps))
	c.Check(result, check.Equals, OK)
	c.Check(ops, check.DeepEquals, []host.FilterOp{{PASS, 4}, {DROP, 3}, {MORE, 1}})
	c.Check(string(*conn.ReplyBuf), check.Equals, "NO\n")
	c.Assert(log.entries, check.HasLen, 2)
	c.Check(log.entries[0].Type, check.Equals, EntryTypeRequest)
	c.Check(log.entries[1].Type, check.Equals, EntryTypeDenied)
	c.Check(log.entries[1].L7, check.NotNil)
}

func (s *AnnouncedSuite) TestARuleParserMayBeOfANamedType(c *check.C) {
	for _, parser := range []string{"test.named", "test.named.error"} {
		instance := newInstance(nil)
		instance.Policies().Replace(snapshot(c, parser, map[string]string{"word": "yes"}))
		conn := connect(c, instance, parser)
		c.Check(conn.Decide("yes").Allowed, check.Equals, true)
		c.Check(conn.Decide("no").Allowed, check.Equals, false)
	}
}

func (s *AnnouncedSuite) TestErrorsHaveTheNameOfTheirConstantAndWords(c *check.C) {
	for code, want := range map[OpError][2]string{
		ERROR_INVALID_OP_LENGTH:    {"ERROR_INVALID_OP_LENGTH", "invalid operation length"},
		ERROR_INVALID_FRAME_TYPE:   {"ERROR_INVALID_FRAME_TYPE", "invalid frame type"},
		ERROR_INVALID_FRAME_LENGTH: {"ERROR_INVALID_FRAME_LENGTH", "invalid frame length"},
		99:                         {"OpError(99)", "parser error 99"},
	} {
		c.Check([2]string{code.String(), code.Error()}, check.Equals, want)
	}
}

func (s *AnnouncedSuite) TestAParserOfTheReaderFormWorks(c *check.C) {
	instance := newInstance(nil)
	instance.Policies().Replace(snapshot(c, "later"))
	conn := connect(c, instance, "later")
	ops, result := conn.OnData(false, false, chunks("\x03a", "b\x05xy"), make([]host.FilterOp, 0, host.MaxOps))
	c.Check(result, check.Equals, OK)
	c.Check(ops, check.DeepEquals, []host.FilterOp{{DROP, 3}, {MORE, 2}}, check.Commentf("no rule parser: all denied"))
}
