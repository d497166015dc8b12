package accesslog

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
)

func Test(t *testing.T) { check.TestingT(t) }

type EntrySuite struct{}

var _ = check.Suite(&EntrySuite{})

var info = FlowInfo{
	Connection: 7, Ingress: true, PolicyName: "10.0.0.1", ProxyID: 12345, SourceID: 100, DestinationID: math.MaxUint32,
	SourceAddress: "10.0.0.2:4711", DestinationAddress: "[fd00::1]:11211", ServerName: "a.example", Parser: "memcache",
}

func decode(c *check.C, wire []byte) *cilium.LogEntry {
	e := new(cilium.LogEntry)
	c.Assert(proto.Unmarshal(wire, e), check.IsNil)
	return e
}

// fieldsOf encodes an entry with the l7 part and returns the fields that a reader sees.
func fieldsOf(c *check.C, l7 L7) map[string]string {
	return decode(c, Entry{L7: l7}.Append(nil)).GetGenericL7().GetFields()
}

func (*EntrySuite) TestADecodedEntryIsWhatWasPutIn(c *check.C) {
	flow := NewFlow(info)
	got := decode(c, Entry{
		Time: 1700000000123456789, Type: cilium.EntryType_Denied, Rule: "keys of the shop", Flow: &flow,
		Reason: "deny rule keys of the shop", Closed: &Closed{Reply: true, Offset: 1 << 40}, Request: 300,
		L7: NewGeneric("memcache").Add("command", "get").AddBytes(NewKey("key"), []byte("a/b ü")),
	}.Append(nil))
	c.Check(proto.Equal(got, &cilium.LogEntry{
		Timestamp: 1700000000123456789, IsIngress: true, EntryType: cilium.EntryType_Denied, PolicyName: "10.0.0.1",
		ProxyId: 12345, CiliumRuleRef: "keys of the shop", SourceSecurityId: 100, DestinationSecurityId: math.MaxUint32,
		SourceAddress: "10.0.0.2:4711", DestinationAddress: "[fd00::1]:11211",
		ConnectionId: 7, ServerName: "a.example", Reason: "deny rule keys of the shop", Parser: "memcache", RequestId: 300,
		Closed: &cilium.ClosedLogEntry{Reply: true, Offset: 1 << 40},
		L7: &cilium.LogEntry_GenericL7{GenericL7: &cilium.L7LogEntry{
			Proto: "memcache", Fields: map[string]string{"command": "get", "key": "a/b ü"},
		}},
	}), check.Equals, true, check.Commentf("%v", got))
}

func (*EntrySuite) TestAnExchangeSaysHowTheRequestEnded(c *check.C) {
	got := decode(c, Entry{
		Request: 1, L7: NewGeneric("memcache").Add("command", "get"),
		Exchange: &Exchange{
			Status: cilium.ReplyStatus_Failed, RequestBytes: 7, ReplyBytes: 1 << 40, Latency: 1,
			Reply: NewGeneric("memcache").Add("status", "hit").Add("value", strings.Repeat("v", 300)),
		},
	}.Append(nil))
	c.Check(proto.Equal(got, &cilium.LogEntry{
		RequestId: 1, L7: &cilium.LogEntry_GenericL7{GenericL7: &cilium.L7LogEntry{
			Proto: "memcache", Fields: map[string]string{"command": "get"},
		}},
		Exchange: &cilium.ExchangeLogEntry{
			Status: cilium.ReplyStatus_Failed, RequestBytes: 7, ReplyBytes: 1 << 40, Latency: 1,
			ReplyFields: map[string]string{"status": "hit", "value": strings.Repeat("v", 300)},
		},
	}), check.Equals, true, check.Commentf("%v", got))
}

func (*EntrySuite) TestOfALongReplyTheLastFieldsAreLeftOut(c *check.C) {
	long, reply := NewGeneric("p"), NewGeneric("p")
	for i := range 10 {
		long.Add(fmt.Sprint(i), strings.Repeat("x", 1000))
		reply.Add(fmt.Sprint(i), strings.Repeat("y", 400))
	}
	wire := Entry{L7: long, Exchange: &Exchange{Latency: math.MaxUint64, Reply: reply}}.Append([]byte("before"))[6:]
	fields := decode(c, wire).Exchange.ReplyFields
	c.Check(len(wire) <= MaxEntry-maxLost, check.Equals, true, check.Commentf("%d bytes", len(wire)))
	c.Check(len(fields) > 1 && len(fields) < 10 && len(fields["0"]) == 400, check.Equals, true, check.Commentf("%v", fields))
}

func (*EntrySuite) TestWhatIsNotKnownIsNotThere(c *check.C) {
	flow := NewFlow(FlowInfo{})
	c.Check(proto.Equal(decode(c, Entry{Flow: &flow}.Append(nil)), &cilium.LogEntry{}), check.Equals, true)
	c.Check(proto.Equal(decode(c, Entry{}.Append(nil)), &cilium.LogEntry{}), check.Equals, true)
	c.Check(fieldsOf(c, new(Generic).Add("", "")), check.DeepEquals, map[string]string{"": ""})
}

func (*EntrySuite) TestAppendKeepsWhatIsInTheBuffer(c *check.C) {
	b := Entry{Time: 1}.Append([]byte("before"))
	c.Check(string(b[:6]), check.Equals, "before")
	c.Check(decode(c, b[6:]).Timestamp, check.Equals, uint64(1))
}

func (*EntrySuite) TestFieldsOfAllKindsComeInTheirOrder(c *check.C) {
	g := NewGeneric("first").Add("old", "value")
	g.Begin("second")
	g.AddBytes(NewKey("empty"), nil).AddSome(NewKey("absent"), nil).AddSome(NewKey("some"), []byte("is there")).AddConstant(NewConstant("same", "ever").And(NewConstant("and", "more"))).AddNumber(NewKey("least"), 0).AddNumber(NewKey("most"), math.MaxUint64)
	g.Add("long", strings.Repeat("x", 2000))
	c.Check(g.Proto(), check.Equals, "second")
	var got []string
	for key, value := range g.Fields() {
		got = append(got, key+"="+value)
	}
	c.Check(got, check.DeepEquals, []string{"empty=", "some=is there", "same=ever", "and=more", "least=0", "most=18446744073709551615",
		"long=" + strings.Repeat("x", MaxValue-3) + "..."})
	c.Check(fieldsOf(c, g), check.HasLen, 7)
	for range g.Fields() {
		break
	}
}

func (*EntrySuite) TestEveryTimeIsEncoded(c *check.C) {
	for bit := range 64 {
		for _, t := range []uint64{1 << bit, 1<<bit - 1, 1<<bit | 0x5555555555555555>>(63-bit)} {
			c.Check(decode(c, Entry{Time: int64(t)}.Append(nil)).Timestamp, check.Equals, t)
		}
	}
}

func (*EntrySuite) TestAnEntryThatWasLongReleasesItsMemory(c *check.C) {
	g := NewGeneric("p").Add("k", strings.Repeat("x", MaxValue))
	g.Trim()
	c.Check(fieldsOf(c, g), check.HasLen, 1)
	for i := range 100_000 {
		g.Add(fmt.Sprint(i), strings.Repeat("x", MaxValue))
	}
	c.Check(cap(g.wire) < 2*maxWire, check.Equals, true, check.Commentf("%d bytes", cap(g.wire)))
	c.Check(fieldsOf(c, g)["truncated"], check.Equals, "true")
	g.Trim()
	c.Check(g.wire, check.IsNil)
	c.Check(fieldsOf(c, g.Add("k", "v")), check.DeepEquals, map[string]string{"k": "v"})
}

func (*EntrySuite) TestAnEntryOfAuditModeSaysSo(c *check.C) {
	many := NewGeneric("p")
	for i := range 1000 {
		many.Add(fmt.Sprint(i), strings.Repeat("x", 100))
	}
	for _, l7 := range []L7{nil, &Generic{}, NewGeneric("p").Add("k", "v"), many} {
		entry := full(l7)
		entry.Audit = true
		wire := entry.Append(nil)
		c.Check(decode(c, wire).GetGenericL7().GetFields()["audit"], check.Equals, "denied")
		c.Check(len(wire) <= MaxEntry, check.Equals, true)
	}
}

func (*EntrySuite) TestAnEntryOfAUserSaysSo(c *check.C) {
	many := NewGeneric("p")
	for i := range 1000 {
		many.Add(fmt.Sprint(i), strings.Repeat("x", 100))
	}
	worst := strings.Repeat("\xff", maxName)
	for _, user := range []string{"web", worst, worst + "more"} {
		for _, audit := range []bool{false, true} {
			for _, l7 := range []L7{nil, &Generic{}, NewGeneric("p").Add("k", "v"), many} {
				entry := full(l7)
				flow := entry.Flow.WithUser(user)
				entry.Flow, entry.Audit = &flow, audit
				wire := entry.Append(nil)
				fields := decode(c, wire).GetGenericL7().GetFields()
				want := user
				if user != "web" {
					want = strings.Repeat(`\xff`, maxName)
				}
				c.Check(fields["user"], check.Equals, want)
				c.Check(fields["audit"] == "denied", check.Equals, audit)
				c.Check(len(wire) <= MaxEntry-maxLost, check.Equals, true, check.Commentf("%d bytes", len(wire)))
			}
		}
	}
}

func (*EntrySuite) TestTextIsSafeToDecodeAndToPrint(c *check.C) {
	for _, t := range []struct{ text, want string }{
		{"plain ~ text", "plain ~ text"},
		{"größe 日本 😀", "größe 日本 😀"},
		{"a\x00b\r\n\t\x1b[2J", `a\x00b\x0d\x0a\x09\x1b[2J`},
		{"del\x7f", `del\x7f`},
		{"c1 \u009b", `c1 \xc2\x9b`},
		{"\xff\xc3", `\xff\xc3`},
		{"surrogate \xed\xa0\x80", `surrogate \xed\xa0\x80`},
		{"overlong \xc0\x80", `overlong \xc0\x80`},
		{"the sign itself \ufffd", "the sign itself \ufffd"},
		{`back\slash`, `back\slash`},
		{"", ""},
	} {
		want := map[string]string{"k": t.want}
		c.Check(fieldsOf(c, new(Generic).Add("k", t.text)), check.DeepEquals, want)
		c.Check(fieldsOf(c, new(Generic).AddBytes(NewKey("k"), []byte(t.text))), check.DeepEquals, want)
	}
}

func (*EntrySuite) TestNamesAreSafeToo(c *check.C) {
	flow := NewFlow(FlowInfo{PolicyName: "a\xff", SourceAddress: "b\n", DestinationAddress: strings.Repeat("c", 300)})
	l7 := NewGeneric("p\xff").Add("k\xff", "")
	e := decode(c, Entry{Flow: &flow, Rule: "r\xff", L7: l7}.Append(nil))
	c.Check(e.PolicyName, check.Equals, `a\xff`)
	c.Check(e.SourceAddress, check.Equals, `b\x0a`)
	c.Check(e.DestinationAddress, check.Equals, strings.Repeat("c", maxName-3)+"...")
	c.Check(e.CiliumRuleRef, check.Equals, `r\xff`)
	c.Check(e.GetGenericL7(), check.NotNil)
	c.Check(e.GetGenericL7().Proto, check.Equals, `p\xff`)
	c.Check(e.GetGenericL7().Fields, check.DeepEquals, map[string]string{`k\xff`: ""})
}

func (*EntrySuite) TestPlainTextIsKnownWhereverItEnds(c *check.C) {
	for n := range 20 {
		text := []byte(strings.Repeat(" ~", 10)[:n])
		c.Check(isPlain(text), check.Equals, true)
		for i := range text {
			for b := range 256 {
				old := text[i]
				text[i] = byte(b)
				c.Check(isPlain(text), check.Equals, b >= ' ' && b < 0x7f, check.Commentf("%q", text))
				text[i] = old
			}
		}
	}
}

func (*EntrySuite) TestALongValueIsCutBetweenCharacters(c *check.C) {
	for _, t := range []struct{ text, want string }{
		{strings.Repeat("x", MaxValue), strings.Repeat("x", MaxValue)},
		{strings.Repeat("x", MaxValue+1), strings.Repeat("x", MaxValue-3) + "..."},
		{strings.Repeat("x", 1<<20), strings.Repeat("x", MaxValue-3) + "..."},
		{strings.Repeat("x", MaxValue-4) + "ü___", strings.Repeat("x", MaxValue-4) + "..."},
		{strings.Repeat("\n", MaxValue/4), strings.Repeat(`\x0a`, MaxValue/4)},
		{strings.Repeat("\n", MaxValue/4+1), strings.Repeat(`\x0a`, MaxValue/4-1) + "..."},
	} {
		got := fieldsOf(c, new(Generic).Add("k", t.text))
		c.Check(got, check.DeepEquals, map[string]string{"k": t.want})
	}
}

// full is an entry that has of everything as much as it may.
func full(l7 L7) Entry {
	name := strings.Repeat("n", 1000)
	flow := NewFlow(FlowInfo{
		Ingress: true, PolicyName: name, ProxyID: math.MaxUint32, SourceID: math.MaxUint32, DestinationID: math.MaxUint32,
		SourceAddress: name, DestinationAddress: name, ServerName: name, Connection: math.MaxUint64,
	})
	return Entry{
		Time: -1, Type: -1, Rule: name, Reason: name, Closed: &Closed{true, math.MaxUint64}, Flow: &flow, L7: l7,
	}
}

func (*EntrySuite) TestAnEntryThatIsTooLongIsCutAndSaysSo(c *check.C) {
	many := func(n int, value string) *Generic {
		g := NewGeneric("p")
		for i := range n {
			g.Add(fmt.Sprintf("key-%06d", i), value)
		}
		return g
	}
	for _, t := range []struct {
		l7   *Generic
		kept int
	}{
		{many(5, strings.Repeat("x", 1000)), 5},
		{many(10, strings.Repeat("\x00", 1<<16)), 10},
		{many(60, strings.Repeat("ü", 100)), 60},
		{many(100000, "short"), 100},
	} {
		wire := full(t.l7).Append(nil)
		c.Check(len(wire) <= MaxEntry-maxLost, check.Equals, true, check.Commentf("%d bytes", len(wire)))
		l7 := decode(c, wire).GetGenericL7()
		c.Check(l7.Proto, check.Equals, "p")
		c.Check(l7.Fields["truncated"], check.Equals, "true")
		c.Check(len(l7.Fields) > t.kept, check.Equals, true, check.Commentf("%d fields", len(l7.Fields)))
	}
}

func (*EntrySuite) TestShortValuesStayWholeBesideLongOnes(c *check.C) {
	long := strings.Repeat("x", 1000)
	fields := fieldsOf(c, new(Generic).Add("a", long).Add("b", long).Add("c", long).Add("d", "short"))
	c.Check(fields["d"], check.Equals, "short")
	c.Check(fields["a"], check.Equals, long[:509]+"...")
}

type raw string

func (r raw) AppendL7(b []byte) []byte { return append(b, r...) }

func (*EntrySuite) TestAForeignL7PartThatIsTooLongGivesWay(c *check.C) {
	wire := full(raw(strings.Repeat("x", maxL7+1))).Append(nil)
	c.Check(decode(c, wire).GetGenericL7().Fields, check.DeepEquals, map[string]string{"truncated": "true"})
}

func (*EntrySuite) TestGeneratedFormsAreTaken(c *check.C) {
	for _, l7 := range []any{
		&cilium.LogEntry_GenericL7{GenericL7: &cilium.L7LogEntry{Proto: "x", Fields: map[string]string{"b": "2", "a": "1"}}},
		&cilium.LogEntry_GenericL7{GenericL7: &cilium.L7LogEntry{}},
		&cilium.LogEntry_Kafka{Kafka: &cilium.KafkaLogEntry{CorrelationId: -1, ApiKey: 3, Topics: []string{"one", "two"}}},
		&cilium.LogEntry_Http{Http: &cilium.HttpLogEntry{
			HttpProtocol: cilium.HttpProtocol_HTTP2, Path: "/ü", Status: 403,
			Headers: []*cilium.KeyValue{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}},
		}},
	} {
		want := new(cilium.LogEntry)
		switch l7 := l7.(type) {
		case *cilium.LogEntry_GenericL7:
			want.L7 = l7
		case *cilium.LogEntry_Kafka:
			want.L7 = l7
		case *cilium.LogEntry_Http:
			want.L7 = l7
		}
		got := decode(c, Entry{L7: L7Of(l7)}.Append(nil))
		c.Check(proto.Equal(got, want), check.Equals, true, check.Commentf("%v", got))
	}
}

func (*EntrySuite) TestGeneratedFormsAreMadeSafe(c *check.C) {
	http := &cilium.HttpLogEntry{Path: "/\xff", Headers: []*cilium.KeyValue{{Key: "a\n", Value: "\x1b"}, nil}}
	got := decode(c, Entry{L7: L7Of(&cilium.LogEntry_Http{Http: http})}.Append(nil)).GetHttp()
	c.Assert(got, check.NotNil)
	c.Check(got.Path, check.Equals, `/\xff`)
	c.Check(got.Headers[0].Key+got.Headers[0].Value, check.Equals, `a\x0a\x1b`)
	c.Check(http.Path, check.Equals, "/\xff", check.Commentf("what the parser gave was changed"))

	topics := &cilium.LogEntry_Kafka{Kafka: &cilium.KafkaLogEntry{Topics: []string{"\xff"}}}
	kafka := decode(c, Entry{L7: L7Of(topics)}.Append(nil))
	c.Check(kafka.GetKafka().GetTopics(), check.DeepEquals, []string{`\xff`})
}

func (*EntrySuite) TestGeneratedFormsThatAreTooLongAreCutAndSaySo(c *check.C) {
	long := strings.Repeat("\xff", 3000)
	http, kafka := &cilium.HttpLogEntry{Path: long}, &cilium.KafkaLogEntry{CorrelationId: 5}
	for range 3000 {
		http.Headers = append(http.Headers, &cilium.KeyValue{Key: long, Value: long})
		http.MissingHeaders, http.RejectedHeaders = http.Headers, http.Headers
		kafka.Topics = append(kafka.Topics, "a topic of some length")
	}
	wire := full(L7Of(&cilium.LogEntry_Http{Http: http})).Append(nil)
	c.Check(len(wire) <= MaxEntry-maxLost, check.Equals, true)
	headers := decode(c, wire).GetHttp().GetHeaders()
	c.Assert(len(headers) > 1, check.Equals, true)
	c.Check(headers[len(headers)-1].Key, check.Equals, "truncated")

	wire = full(L7Of(&cilium.LogEntry_Kafka{Kafka: kafka})).Append(nil)
	c.Check(len(wire) <= MaxEntry-maxLost, check.Equals, true)
	topics := decode(c, wire).GetKafka().GetTopics()
	c.Assert(len(topics) > 1, check.Equals, true)
	c.Check(topics[len(topics)-1], check.Equals, "...truncated")
	c.Check(decode(c, wire).GetKafka().CorrelationId, check.Equals, int32(5))
}

func (*EntrySuite) TestAValueOfAnUnknownTypeIsNamedInTheEntry(c *check.C) {
	for want, l7 := range map[string]any{"string": "text", "int": 5, "*cilium.L7LogEntry": &cilium.L7LogEntry{Proto: "x"}} {
		got := decode(c, Entry{Rule: "r", L7: L7Of(l7)}.Append(nil))
		c.Check(got.GetGenericL7().GetFields(), check.DeepEquals, map[string]string{"unknown_type": want})
		c.Check(got.CiliumRuleRef, check.Equals, "r")
	}
}

func (*EntrySuite) TestWhatHasNoL7PartIsNil(c *check.C) {
	for _, l7 := range []any{
		nil, (*Generic)(nil), (*cilium.LogEntry_GenericL7)(nil), (*cilium.LogEntry_Kafka)(nil),
		(*cilium.LogEntry_Http)(nil), &cilium.LogEntry_Http{}, &cilium.LogEntry_Kafka{},
	} {
		c.Check(L7Of(l7) == nil, check.Equals, true, check.Commentf("%T", l7))
	}
	g := &Generic{}
	c.Check(L7Of(g) == L7(g), check.Equals, true)
	c.Check(L7Of(raw("x")) == L7(raw("x")), check.Equals, true)
}

func (*EntrySuite) TestAppendAllocatesNothing(c *check.C) {
	flow := NewFlow(info)
	long := strings.Repeat("\n", 5000)
	known := flow.WithUser("web")
	clean, not, number, keyLong := NewKey("clean"), NewKey("not"), NewKey("number"), NewKey("long")
	for _, n := range []int{0, 1, 9} {
		var g Generic
		e := Entry{Time: 1, Rule: "rule", Flow: &flow, L7: &g}
		b := make([]byte, 0, recordSpace)
		c.Check(testing.AllocsPerRun(100, func() {
			g.Begin("p")
			g.AddBytes(clean, []byte("value")).AddText(not, "a\xff\n").AddNumber(number, 5)
			for range n {
				g.AddText(keyLong, long)
			}
			b = e.Append(b[:0])
			e.Flow = &known
			b = e.Append(b[:0])
			e.Flow = &flow
		}), check.Equals, 0.0)
	}
}

// FuzzEntry holds whatever a peer may send against the promises: it decodes, is short, and text that needs no escape
// comes out as it was.
func FuzzEntry(f *testing.F) {
	f.Add("p", "key", "value", []byte("bytes"), "rule", uint16(3))
	f.Add("\xff", "\x00", strings.Repeat("ü", 600), []byte("\xed\xa0\x80"), "r\n", uint16(500))
	f.Fuzz(func(t *testing.T, name, key, value string, bytes []byte, rule string, n uint16) {
		g := NewGeneric(name).Add(key, value)
		for i := range min(n, 500) {
			g.AddBytes(NewKey(fmt.Sprint(key, i)), bytes)
		}
		flow := NewFlow(FlowInfo{PolicyName: name, SourceAddress: key, DestinationAddress: value})
		wire := Entry{Time: 1, Rule: rule, Flow: &flow, L7: g}.Append(nil)
		e := new(cilium.LogEntry)
		if err := proto.Unmarshal(wire, e); err != nil {
			t.Fatal(err)
		}
		if len(wire) > MaxEntry-maxLost {
			t.Fatalf("%d bytes", len(wire))
		}
		if n == 0 && isPlain([]byte(key)) && isPlain([]byte(value)) && len(key) <= maxKey && len(value) <= MaxValue &&
			e.GetGenericL7().Fields[key] != value {
			t.Fatalf("%q is not %q", e.GetGenericL7().Fields[key], value)
		}
	})
}

func TestFieldsOfAnEntryCanBeAddedToAnother(t *testing.T) {
	first := NewGeneric("p").Add("a", "1").Add("b", "\x00two")
	n := first.FieldsLen()
	first.Add("c", "3")
	second := NewGeneric("another").Add("z", "0").AddFields(first.AppendFields(nil, n)).Add("y", "4")
	got := ""
	for key, value := range second.Fields() {
		got += key + "=" + value + " "
	}
	if want := `z=0 a=1 b=\x00two y=4 `; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
