package hostlog

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/sirupsen/logrus"
)

// Log is the log of the host. It may be used from any thread.
type Log interface {
	Enabled(logrus.Level) bool
	Write(level logrus.Level, line string)
}

// New returns a logger that writes to the host's log, one line a message.
func New(level logrus.Level, to Log) *logrus.Logger {
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

type logHook struct{ to Log }

func (h *logHook) Levels() []logrus.Level { return logrus.AllLevels }

func (h *logHook) Fire(e *logrus.Entry) error {
	if h.to.Enabled(e.Level) {
		h.to.Write(e.Level, logLine(e))
	}
	return nil
}

// logLine is the message, followed by its fields in alphabetical order.
func logLine(e *logrus.Entry) string {
	var b strings.Builder
	b.WriteString("proxylib: ")
	b.WriteString(Printable(e.Message))
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

// Printable keeps a message on one line.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
