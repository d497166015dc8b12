package envoy

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/sirupsen/logrus"
)

// hostLog is the log of the host. It may be used from any thread.
type hostLog interface {
	enabled(logrus.Level) bool
	write(level logrus.Level, line string)
}

// newLogger returns a logger that writes to the host's log, one line a message.
func newLogger(level logrus.Level, to hostLog) *logrus.Logger {
	log := logrus.New()
	log.SetLevel(level)
	log.SetOutput(io.Discard)
	log.SetFormatter(noFormat{})
	log.AddHook(&logHook{to})
	return log
}

// noFormat formats nothing: the hook has written the message already.
type noFormat struct{}

func (noFormat) Format(*logrus.Entry) ([]byte, error) { return nil, nil }

type logHook struct{ to hostLog }

func (h *logHook) Levels() []logrus.Level { return logrus.AllLevels }

func (h *logHook) Fire(e *logrus.Entry) error {
	if h.to.enabled(e.Level) {
		h.to.write(e.Level, logLine(e))
	}
	return nil
}

// logLine is the message, followed by its fields in alphabetical order.
func logLine(e *logrus.Entry) string {
	var b strings.Builder
	b.WriteString("proxylib: ")
	b.WriteString(printable(e.Message))
	keys := make([]string, 0, len(e.Data))
	for key := range e.Data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		value := fmt.Sprint(e.Data[key])
		if value == "" || strings.ContainsFunc(value, needsQuotes) {
			value = strconv.Quote(value)
		}
		b.WriteString(" " + key + "=" + value)
	}
	return b.String()
}

func needsQuotes(r rune) bool { return r == ' ' || r == '"' || r == '=' || !unicode.IsPrint(r) }

// printable keeps a message on one line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
