package hostlog

import (
	"testing"

	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/sirupsen/logrus"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/policytest"
	"github.com/proxylib/proxylib/npds"
	_ "github.com/proxylib/proxylib/parsers/r2d2" // the parser of the policy
	"github.com/proxylib/proxylib/policy"
)

func Test(t *testing.T) { check.TestingT(t) }

type LogSuite struct{}

var _ = check.Suite(&LogSuite{})

// recordedLog is a host's log with a level of its own.
type recordedLog struct {
	level  logrus.Level
	levels []logrus.Level
	lines  []string
}

func (l *recordedLog) Enabled(level logrus.Level) bool { return level <= l.level }

func (l *recordedLog) Write(level logrus.Level, line string) {
	l.levels, l.lines = append(l.levels, level), append(l.lines, line)
}

func (s *LogSuite) TestAMessageIsOneLineWithItsFieldsInOrder(c *check.C) {
	host := &recordedLog{level: logrus.TraceLevel}
	log := New(logrus.DebugLevel, host)
	log.WithField("b", "two words").WithField("a", 1).WithError(errors.New("x\ny")).Warn("first\nsecond\x1b[0m")
	log.WithField("empty", "").Debug("quiet")
	c.Check(host.lines, check.DeepEquals, []string{
		`proxylib: first second [0m a=1 b="two words" error="x\ny"`,
		`proxylib: quiet empty=""`,
	})
	c.Check(host.levels, check.DeepEquals, []logrus.Level{logrus.WarnLevel, logrus.DebugLevel})
}

func (s *LogSuite) TestBothLevelsApply(c *check.C) {
	host := &recordedLog{level: logrus.WarnLevel}
	log := New(logrus.InfoLevel, host)
	log.Debug("ours is higher")
	log.Info("the host's is higher")
	log.Error("both let it through")
	c.Check(host.lines, check.DeepEquals, []string{"proxylib: both let it through"})
}

func (s *LogSuite) TestTheLogSaysWhyAPolicyIsRefusedInTheOneForm(c *check.C) {
	host := &recordedLog{level: logrus.InfoLevel}
	path := filepath.Join(c.MkDir(), "policy.yaml")
	c.Assert(os.WriteFile(path, []byte("resources: []"), 0o600), check.IsNil)
	file, err := npds.OpenFile(npds.FileConfig{
		Path: path, Store: new(policy.Store), Parsers: policy.Registered(), Log: New(logrus.InfoLevel, host),
	})
	c.Assert(err, check.IsNil)
	c.Assert(os.WriteFile(path+"~", []byte(policytest.Refused), 0o600), check.IsNil)
	c.Assert(os.Rename(path+"~", path), check.IsNil)
	eventually.Holds(c, "the policy is refused", func() bool { return file.Status().LastRefusal != "" })
	c.Assert(file.Close(), check.IsNil)
	c.Check(host.lines, check.DeepEquals, []string{
		"proxylib: policy file is refused; the policy before it stays in force (1 of 1 resources) error=" +
			strconv.Quote("line 2: "+policytest.Reason) + " file=" + path,
	})
}
