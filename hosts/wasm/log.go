//go:build wasip1

package wasm

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"unsafe"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
)

// envoyLog is Envoy's log.
type envoyLog struct{}

// Levels of the specification.
const (
	levelTrace = iota
	levelDebug
	levelInfo
	levelWarn
	levelError
	levelCritical
)

var envoyLevels = map[logrus.Level]uint32{
	logrus.TraceLevel: levelTrace, logrus.DebugLevel: levelDebug, logrus.InfoLevel: levelInfo, logrus.WarnLevel: levelWarn,
	logrus.ErrorLevel: levelError, logrus.FatalLevel: levelCritical, logrus.PanicLevel: levelCritical,
}

// Enabled implements [hostlog.Log].
func (envoyLog) Enabled(level logrus.Level) bool {
	results.number = 0
	return proxyGetLogLevel(unsafe.Pointer(&results.number)) != statusOK || envoyLevels[level] >= results.number
}

// Write implements [hostlog.Log].
func (envoyLog) Write(level logrus.Level, line string) {
	proxyLog(envoyLevels[level], textAddress(line), uint32(len(line)))
}

func logError(text string) { envoyLog{}.Write(logrus.ErrorLevel, "proxylib: "+hostlog.Printable(text)) }

// recovered is to be deferred: a panic is logged, and then calls undo, if that is not nil.
func recovered(where string, undo func()) {
	if r := recover(); r != nil {
		ownPanics.add(1)
		logError(fmt.Sprintf("%s: panic: %v\n%s", where, r, debug.Stack()))
		if undo != nil {
			undo()
		}
	}
}

// accessLog writes entries to Envoy's log, as lines of JSON. Envoy writes each message at once, which takes as long as a request, so that
// one message has several lines.
type accessLog struct {
	plugin *plugin
	// entries wait to be written; urgent: one of them is to be seen at once.
	entries jsonline.Batch
	urgent  bool

	lines []byte
}

// maxLines is about how many bytes of lines wait, and how many a message has at most before its last line. What reads logs of containers takes lines apart
// that are twice as long, and in some forms of its log Envoy makes one line of a message.
const maxLines = 8 << 10

// Log implements [accesslog.Logger]. A virtual machine has one thread.
func (l *accessLog) Log(e accesslog.Entry) {
	l.entries.Add(&e)
	l.urgent = l.urgent || e.Type == cilium.EntryType_Denied
	if l.entries.Size() > maxLines || l.plugin.ended {
		l.write()
	}
}

// waits reports whether there is anything to write.
func (l *accessLog) waits() bool { return l != nil && l.entries.Size() > 0 }

// write writes what waits.
func (l *accessLog) write() {
	for l.waits() {
		l.lines = l.entries.Append(l.lines[:0], maxLines)
		if lines := bytes.TrimSuffix(l.lines, []byte("\n")); len(lines) > 0 {
			proxyLog(levelInfo, addressOf(lines), uint32(len(lines)))
		}
	}
	l.urgent = false
}
