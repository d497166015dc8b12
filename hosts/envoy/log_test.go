package envoy

import (
	"errors"

	"github.com/sirupsen/logrus"
	"gopkg.in/check.v1"
)

type LogSuite struct{}

var _ = check.Suite(&LogSuite{})

// recordedLog is a host's log with a level of its own.
type recordedLog struct {
	level  logrus.Level
	levels []logrus.Level
	lines  []string
}

func (l *recordedLog) enabled(level logrus.Level) bool { return level <= l.level }

func (l *recordedLog) write(level logrus.Level, line string) {
	l.levels, l.lines = append(l.levels, level), append(l.lines, line)
}

func (s *LogSuite) TestAMessageIsOneLineWithItsFieldsInOrder(c *check.C) {
	host := &recordedLog{level: logrus.TraceLevel}
	log := newLogger(logrus.DebugLevel, host)
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
	log := newLogger(logrus.InfoLevel, host)
	log.Debug("ours is higher")
	log.Info("the host's is higher")
	log.Error("both let it through")
	c.Check(host.lines, check.DeepEquals, []string{"proxylib: both let it through"})
}
