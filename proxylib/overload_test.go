package proxylib_test

import (
	"errors"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/overload"
	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

type OverloadSuite struct{}

var _ = check.Suite(&OverloadSuite{})

func (s *OverloadSuite) TestNewConnectionsAreRefusedAboveTheLimitAndOldOnesGoOn(c *check.C) {
	instance := newInstance(nil)
	(*Instance)(instance).Settings().Connections = overload.NewLimit(2, nil)
	script.next = answers(host.FilterOp{PASS, 1})
	first := connect(c, instance, "scripted")
	script.next = answers()
	second := connect(c, instance, "scripted")

	_, err := host.NewConnection(instance, "scripted", host.ConnectionInfo{DstAddr: "10.0.0.1:80"})
	var result FilterResult
	c.Check(errors.As(err, &result), check.Equals, true)
	c.Check(result, check.Equals, POLICY_DROP)
	c.Check(err, check.ErrorMatches, "connection limit reached: .*")
	c.Check(instance.Connections().Refused(), check.Equals, uint64(1))

	ops, _ := first.OnData(false, false, chunks("a"), make([]host.FilterOp, 0, host.MaxOps))
	c.Check(ops[0], check.Equals, host.FilterOp{PASS, 1})
	second.Close()
	script.next = answers()
	connect(c, instance, "scripted").Close()
	first.Close()
	c.Check(instance.Connections().Used(), check.Equals, int64(0))
}

func (s *OverloadSuite) TestAConnectionThatIsNotMadeTakesNoPlace(c *check.C) {
	instance := newInstance(nil)
	(*Instance)(instance).Settings().Connections = overload.NewLimit(1, nil)
	script.next = nil
	for _, parser := range []string{"nobody", "scripted"} {
		_, err := host.NewConnection(instance, parser, host.ConnectionInfo{DstAddr: "10.0.0.1:80"})
		c.Check(err, check.NotNil)
	}
	c.Check(instance.Connections().Used(), check.Equals, int64(0))
}

func (s *OverloadSuite) TestRepeatedPanicsAreCountedAndToldOnceWithTheirPlace(c *check.C) {
	log, lines := logtest.NewNullLogger()
	instance := newInstance(nil)
	(*Instance)(instance).Settings().Log = log
	for range 3 {
		script.next = &scripted{onData: func(*Connection, bool, bool, [][]byte) (OpType, int) { return placeOfThePanic() }}
		conn := connect(c, instance, "scripted")
		conn.OnData(false, false, chunks("a"), make([]host.FilterOp, 0, host.MaxOps))
	}
	c.Check(instance.Panics(), check.Equals, uint64(3))
	c.Assert(lines.AllEntries(), check.HasLen, 1)
	line := lines.LastEntry()
	c.Check(line.Level, check.Equals, logrus.ErrorLevel)
	c.Check(line.Message, check.Matches, "a parser panicked.*out of order")
	c.Check(line.Data["parser"], check.Equals, "scripted")
	c.Check(line.Data["stack"], check.Matches, "(?s).*placeOfThePanic.*")
}

func placeOfThePanic() (OpType, int) { panic("out of order") }
