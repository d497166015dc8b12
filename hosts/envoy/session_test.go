package envoy

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/handle"
	"github.com/proxylib/proxylib/hosts/internal/instance"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

type SessionSuite struct {
	log    *recordedLog
	opener *instance.Opener
	opened []*filter
}

var _ = check.Suite(&SessionSuite{})

func (s *SessionSuite) SetUpTest(c *check.C) {
	s.log = &recordedLog{level: logrus.DebugLevel}
	s.opener = newOpener(s.log)
	s.opened = nil
}

func (s *SessionSuite) TearDownTest(c *check.C) {
	for _, f := range s.opened {
		f.close(s.opener)
	}
	s.opened = nil
}

func init() {
	proxylib.RegisterParserFactory("test.declining", declining{})
	proxylib.RegisterParserFactory("test.counting", counting{})
}

// declining wants no connection.
type declining struct{}

func (declining) Create(*proxylib.Connection) proxylib.Parser { return nil }

// counting logs each byte as a request, a 'd' as a denied one, and passes all of them.
type counting struct{}

func (counting) Create(c *proxylib.Connection) proxylib.Parser { return &countingParser{c} }

type countingParser struct{ connection *proxylib.Connection }

func (p *countingParser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	if len(data) == 0 {
		return proxylib.NOP, 0
	}
	if data[0][0] == 'd' {
		p.connection.Log(proxylib.EntryTypeDenied, nil)
		return proxylib.DROP, 1
	}
	p.connection.Log(proxylib.EntryTypeRequest, nil)
	return proxylib.PASS, 1
}

const policyText = `
resources:
- endpoint_ips: [10.0.0.1]
  ingress_per_port_policies:
  - port: 80
    rules: [{l7_proto: test.headerparser, remote_policies: [7], l7_rules: {l7_allow_rules: [{rule: {prefix: ok}}]}}]
`

// config is a filter_config of the fields, with a policy file that looks as if it had been there for long: what was
// written just now is waited for.
func config(c *check.C, fields string) []byte {
	path, past := filepath.Join(c.MkDir(), "policy.yaml"), time.Now().Add(-time.Minute)
	c.Assert(os.WriteFile(path, []byte(policyText), 0o600), check.IsNil)
	c.Assert(os.Chtimes(path, past, past), check.IsNil)
	return []byte(`{"policy": {"file": "` + path + `"}, ` + fields + `}`)
}

func (s *SessionSuite) open(c *check.C, fields string) *filter {
	f, err := openFilter("proxylib", config(c, fields), false, s.opener)
	c.Assert(err, check.IsNil)
	s.opened = append(s.opened, f)
	return f
}

var flow = facts{Facts: filterconfig.Facts{
	ID: 9, ServerName: "a.b",
	Remote: netip.MustParseAddrPort("10.2.0.1:4000"), Local: netip.MustParseAddrPort("10.0.0.1:80"),
}}

func (s *SessionSuite) TestTheConnectionKnowsBothSides(c *check.C) {
	const ids = `"identities": [{"cidr": "10.2.0.0/16", "identity": 7}]`
	for _, t := range []struct {
		fields     string
		policyName string
		port       uint16
		unknown    bool
	}{
		{`"parser": "test.passer", ` + ids, "10.0.0.1", 80, false},
		{`"parser": "test.passer"`, "10.0.0.1", 80, true},
		{`"parser": "test.passer", "direction": "egress", ` + ids, "10.2.0.1", 80, true},
		{`"parser": "test.passer", "policy_name": "10.9.9.9", "port": 11211, ` + ids, "10.9.9.9", 11211, false},
	} {
		session, unknown, err := s.open(c, t.fields).connect(flow)
		c.Assert(err, check.IsNil)
		comment := check.Commentf(t.fields)
		c.Check(session.conn.PolicyName, check.Equals, t.policyName, comment)
		c.Check(session.conn.Port, check.Equals, t.port, comment)
		c.Check(session.conn.SrcAddr, check.Equals, "10.2.0.1:4000", comment)
		c.Check(session.conn.DstAddr, check.Equals, "10.0.0.1:80", comment)
		c.Check(session.conn.ServerName, check.Equals, "a.b", comment)
		c.Check(unknown, check.Equals, t.unknown, comment)
		session.close()
	}
}

func (s *SessionSuite) TestAConnectionThatNoPolicyCanBeFoundForIsRefused(c *check.C) {
	f := s.open(c, `"parser": "test.passer"`)
	_, _, err := f.connect(facts{Facts: filterconfig.Facts{Remote: flow.Remote}})
	c.Check(err, check.ErrorMatches, "the endpoint has no IP address: set policy_name in filter_config")
	f = s.open(c, `"parser": "test.passer", "policy_name": "10.0.0.1"`)
	_, _, err = f.connect(facts{Facts: filterconfig.Facts{Remote: flow.Remote}})
	c.Check(err, check.ErrorMatches, "the destination has no port: set port in filter_config")
	f = s.open(c, `"parser": "test.passer", "policy_name": "10.0.0.1", "port": 80`)
	session, _, err := f.connect(facts{})
	c.Assert(err, check.IsNil, check.Commentf("a pipe, with all that it does not tell configured"))
	session.close()
}

func (s *SessionSuite) TestAParserMayDeclineTheConnection(c *check.C) {
	_, _, err := s.open(c, `"parser": "test.declining"`).connect(flow)
	c.Check(err, check.ErrorMatches, "test.declining: connection refused: policy drop")
}

func (s *SessionSuite) TestThePolicyDecidesWithIdentityAndPort(c *check.C) {
	for _, t := range []struct {
		fields, want string
		passed       uint64
	}{
		{`"identities": [{"cidr": "10.2.0.0/16", "identity": 7}]`, "ok\n", 1},
		{`"identities": [{"cidr": "10.2.0.0/16", "identity": 8}]`, "", 0},
		{`"identities": [{"cidr": "10.2.0.0/16", "identity": 7}], "port": 81`, "", 0},
		{`"identities": [{"cidr": "10.2.0.0/16", "identity": 7}], "policy_name": "10.0.0.2"`, "", 0},
		{`"identities": [{"cidr": "10.2.0.0/16", "identity": 7}], "direction": "egress"`, "", 0},
	} {
		session, _, err := s.open(c, `"parser": "test.headerparser", `+t.fields).connect(flow)
		c.Assert(err, check.IsNil)
		var plan datapath.Plan
		got := session.data(false, false, [][]byte{[]byte("o"), []byte("k\n")}, &plan)
		c.Check(plan.Leave, check.Equals, t.want != "", check.Commentf(t.fields))
		c.Check(got, check.Equals, tally{opened: true, passed: t.passed, denied: 1 - t.passed}, check.Commentf(t.fields))
		session.close()
	}
}

func (s *SessionSuite) TestVerdictsAreCountedByCall(c *check.C) {
	session, _, err := s.open(c, `"parser": "test.counting"`).connect(flow)
	c.Assert(err, check.IsNil)
	defer session.close()
	var plan datapath.Plan
	c.Check(session.data(false, false, [][]byte{[]byte("adada")}, &plan), check.Equals, tally{opened: true, passed: 3, denied: 2})
	c.Check(string(plan.Out), check.Equals, "aaa")
	c.Check(session.data(false, false, [][]byte{[]byte("d")}, &plan), check.Equals, tally{denied: 1})
	c.Check(session.data(true, false, nil, &plan), check.Equals, tally{})
}

func (s *SessionSuite) TestWhyAConnectionIsClosedIsTold(c *check.C) {
	session, _, err := s.open(c, `"parser": "test.lineparser", "log_level": "debug"`).connect(flow)
	c.Assert(err, check.IsNil)
	defer session.close()
	var plan datapath.Plan
	got := session.data(false, false, [][]byte{[]byte("what\n")}, &plan)
	c.Check(got, check.Equals, tally{opened: true, failed: true})
	c.Check(plan.Close, check.Equals, true)
	c.Check(plan.Reason, check.Matches, ".*unknown word.*")
	lines := strings.Join(s.log.lines, "\n")
	c.Check(lines, check.Matches, "(?s).*connection closed: .*unknown word.*client=10.2.0.1:4000.*")
}

func (s *SessionSuite) TestHeldBytesAreBoundedAsConfigured(c *check.C) {
	session, _, err := s.open(c, `"parser": "test.lineparser", "limits": {"held_bytes": 8}`).connect(flow)
	c.Assert(err, check.IsNil)
	defer session.close()
	var plan datapath.Plan
	session.data(false, false, [][]byte{[]byte("PASS 123456")}, &plan)
	c.Check(plan.Close, check.Equals, true)
}

func (s *SessionSuite) TestSkippedBytesEndAStandingVerdict(c *check.C) {
	session, _, err := s.open(c, `"parser": "test.blockparser"`).connect(flow)
	c.Assert(err, check.IsNil)
	defer session.close()
	var plan datapath.Plan
	session.data(false, false, [][]byte{[]byte("10:PASS")}, &plan)
	c.Assert(plan.Pass, check.Equals, uint64(3))
	session.skipped(2, 0)
	session.data(false, false, [][]byte{[]byte("x8:DROP")}, &plan)
	c.Check(plan.Close, check.Equals, false)
	c.Check(string(plan.Out), check.Equals, "x")
	c.Check(plan.Drop, check.Equals, uint64(2))
}

func (s *SessionSuite) TestAPolicyInTheConfigurationIsForEverybody(c *check.C) {
	f, err := openFilter("proxylib", []byte(`{"parser": "test.headerparser", "policy": {"allow": [{"prefix": "ok"}]}}`), false, s.opener)
	c.Assert(err, check.IsNil)
	s.opened = append(s.opened, f)
	for _, from := range []facts{
		flow, {Facts: filterconfig.Facts{Remote: flow.Remote, Local: netip.MustParseAddrPort("[::1]:9")}},
		{Facts: filterconfig.Facts{Local: flow.Local}},
	} {
		session, _, err := f.connect(from)
		c.Assert(err, check.IsNil)
		first := true
		for line, want := range map[string]tally{"ok\n": {passed: 1}, "no\n": {denied: 1}} {
			var plan datapath.Plan
			want.opened, first = first, false
			c.Check(session.data(false, false, [][]byte{[]byte(line)}, &plan), check.Equals, want, check.Commentf("%+v %s", from, line))
		}
		session.close()
	}
}

func (s *SessionSuite) TestAPolicyInTheConfigurationIsCheckedWhenItIsLoaded(c *check.C) {
	for _, validating := range []bool{true, false} {
		_, err := openFilter("proxylib", []byte(`{"parser": "r2d2", "policy": {"allow": [{"comand": "READ"}]}}`), validating, s.opener)
		c.Check(err, check.ErrorMatches, `filter_config: policy: allow: r2d2 rule 0: key comand: is unknown, .*`)
		c.Check(policy.ErrorOf(err).Key, check.Equals, "comand")
	}
}

func (s *SessionSuite) TestValidationChecksThePolicyAndLeavesNoTrace(c *check.C) {
	log := filepath.Join(c.MkDir(), "access.log")
	good := config(c, `"parser": "test.passer", "access_log": {"file": "`+log+`"}`)
	f, err := openFilter("proxylib", good, true, s.opener)
	c.Assert(err, check.IsNil)
	f.close(s.opener)
	_, err = os.Stat(log)
	c.Check(os.IsNotExist(err), check.Equals, true)

	bad := bytes.Replace(good, []byte("policy.yaml"), []byte("absent.yaml"), 1)
	_, err = openFilter("proxylib", bad, true, s.opener)
	c.Check(err, check.ErrorMatches, "policy file .*absent.yaml: .*no such file.*")
	_, err = openFilter("proxylib", bad, false, s.opener)
	c.Check(err, check.ErrorMatches, "policy file .*absent.yaml: .*no such file.*")
}

func (s *SessionSuite) TestAWrongConfigurationIsRefused(c *check.C) {
	_, err := openFilter("other", config(c, `"parser": "test.passer"`), true, s.opener)
	c.Check(err, check.ErrorMatches, `filter_name: "other" is unknown: give "proxylib"`)
	_, err = openFilter("proxylib", config(c, `"parser": "other"`), true, s.opener)
	c.Check(err, check.ErrorMatches, `filter_config: parser: "other" .*`)
	_, err = openFilter("proxylib", config(c, `"parser": "test.passer", "identities": [{}]`), true, s.opener)
	c.Check(err, check.ErrorMatches, `filter_config: identities\[0\]: cidr: .*`)
	_, err = openFilter("proxylib", config(c, `"parser": "test.passer", "client_name": "forwarded"`), true, s.opener)
	c.Check(err, check.ErrorMatches, `filter_config: client_name: "forwarded" is for the HTTP filter: give another`)
	_, err = openFilter("proxylib", config(c, `"parser": "test.passer", "client_name": "filter_state:"`), true, s.opener)
	c.Check(err, check.ErrorMatches, `filter_config: client_name: "filter_state:" is unknown: .*`)
	_, err = openFilter("proxylib", config(c, `"parser": "test.passer", "access_log": {"envoy": true}`), true, s.opener)
	c.Check(err, check.ErrorMatches, `filter_config: access_log.envoy: is for a Wasm plugin: .*`)
	_, err = openFilter("proxylib", config(c, `"parser": "test.passer", "parser_config": {}`), true, s.opener)
	c.Check(err, check.ErrorMatches, `filter_config: parser_config: parser test.passer takes no configuration: .*`)
}

func (s *SessionSuite) TestAPassedCallAllocatesNothing(c *check.C) {
	f := s.open(c, `"parser": "test.passer"`)
	session, _, err := f.connect(flow)
	c.Assert(err, check.IsNil)
	defer session.close()
	k := f.takeScratch()
	chunks := [][]byte{[]byte("x")}
	left := true
	allocs := testing.AllocsPerRun(100, func() {
		k.chunks = append(k.chunks[:0], chunks...)
		session.data(false, false, k.chunks, &k.plan)
		left = left && k.plan.Leave
	})
	f.giveScratch(k)
	c.Check(left, check.Equals, true)
	c.Check(allocs, check.Equals, 0.0)
}

// What a session adds to a connection, its engine and its parser, whose memory the tests of the parsers limit: with redis, all
// take at most 1 KiB.
func (s *SessionSuite) TestAnIdleConnectionOfRedisTakesAtMostOneKiB(c *check.C) {
	const limit, n = 1024, 4096
	f := s.open(c, `"parser": "redis", "audit": true`)
	var sessions handle.Table[session]
	before := heapInUse()
	for i := range uint64(n) {
		session, _, err := f.connect(flow)
		c.Assert(err, check.IsNil)
		var plan datapath.Plan
		session.data(false, false, [][]byte{[]byte("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI"), []byte("NG\r\n")}, &plan)
		session.data(true, false, [][]byte{[]byte("+PONG\r\n+PONG\r\n")}, &plan)
		c.Assert(plan.Leave, check.Equals, true, check.Commentf("%s", plan.Reason))
		sessions.Put(i+1, session)
	}
	taken := (heapInUse() - before) / n
	c.Check(taken <= limit, check.Equals, true, check.Commentf("%d bytes", taken))
	runtime.KeepAlive(&sessions)
}

// heapInUse is the memory in use once pools are empty, which two collections make them.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (s *SessionSuite) TestAConnectionThatIsOnlyWatchedPassesWhateverItSays(c *check.C) {
	log := filepath.Join(c.MkDir(), "log")
	for _, parser := range []string{"test.counting", "test.declining", "test.headerparser"} {
		f, err := openFilter(filterName, []byte(`{"parser": "`+parser+`", "mode": "observe", "access_log": {"file": "`+log+`"}}`), false, s.opener)
		c.Assert(err, check.IsNil)
		s.opened = append(s.opened, f)
		watched, _, err := f.connect(facts{Facts: filterconfig.Facts{
			ID: 1, Remote: netip.MustParseAddrPort("10.0.0.2:1"), Local: netip.MustParseAddrPort("10.0.0.1:80"),
		}})
		c.Assert(err, check.IsNil, check.Commentf(parser))
		var plan datapath.Plan
		for _, text := range []string{"ad", "a", "garbage\x00"} {
			tally := watched.data(false, false, [][]byte{[]byte(text)}, &plan)
			c.Check(plan.Leave && !plan.Close && tally.denied == 0 && !tally.failed, check.Equals, true, check.Commentf("%s: %+v %+v", parser, plan, tally))
		}
		watched.close()
	}
	text := strings.Join(s.log.lines, "\n")
	c.Check(strings.Contains(text, "a connection passes without being observed any further: the parser wants to change the stream: DROP"), check.Equals, true,
		check.Commentf(text))
	c.Check(strings.Contains(text, "a connection passes without being observed error="), check.Equals, true, check.Commentf(text))
	c.Check(strings.Contains(text, "observe mode is on"), check.Equals, true, check.Commentf(text))
}

func (s *SessionSuite) TestAnObservedConnectionIsReadByTheParserOfItsProtocol(c *check.C) {
	log := filepath.Join(c.MkDir(), "log")
	f, err := openFilter(filterName, []byte(`{"parser": "auto", "mode": "observe", "access_log": {"file": "`+log+`"}}`), false, s.opener)
	c.Assert(err, check.IsNil)
	s.opened = append(s.opened, f)
	for parser, pieces := range map[string][]string{
		"memcache": {"get a\r\n", "get b\r\n"}, "redis": {"*1\r\n", "$4\r\nPING\r\n"}, "": {"no protocol of ours\n"},
	} {
		watched, _, err := f.connect(facts{Facts: filterconfig.Facts{
			ID: 1, Remote: netip.MustParseAddrPort("10.0.0.2:1"), Local: netip.MustParseAddrPort("10.0.0.1:80"),
		}})
		c.Assert(err, check.IsNil)
		var plan datapath.Plan
		passed, opened := uint64(0), 0
		for _, piece := range pieces {
			tally := watched.data(false, false, [][]byte{[]byte(piece)}, &plan)
			c.Check(plan.Leave && !plan.Close, check.Equals, true, check.Commentf("%q: %+v", piece, plan))
			passed += tally.passed
			if tally.opened {
				opened++
				c.Check(f.parsers[watched.parser()], check.Equals, parser)
			}
		}
		c.Check(watched.conn == nil, check.Equals, passed == 0, check.Commentf("%q", pieces))
		c.Check(opened == 1, check.Equals, parser != "", check.Commentf("%q", pieces))
		watched.close()
	}
	s.TearDownTest(c)
	text, err := os.ReadFile(log)
	c.Assert(err, check.IsNil)
	for _, want := range []string{`"parser":"memcache"`, `"parser":"redis"`} {
		c.Check(strings.Contains(string(text), want), check.Equals, true, check.Commentf("%s: %s", want, text))
	}
	c.Check(strings.Contains(strings.Join(s.log.lines, "\n"), "the protocol is not detected"), check.Equals, true)
}
