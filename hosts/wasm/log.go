//go:build wasip1

package wasm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"unsafe"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/proto"

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
	// lines wait to be written, each with its end; urgent: one of them is to be seen at once.
	lines  []byte
	urgent bool

	entry   []byte
	encoder jsonline.Encoder
}

// maxLines is how many bytes of lines wait; with the next line they are written. What reads logs of containers takes lines apart
// that are twice as long, and in some forms of its log Envoy makes one line of a message.
const maxLines = 8 << 10

// Log implements [accesslog.Logger]. A virtual machine has one thread.
func (l *accessLog) Log(e accesslog.Entry) {
	before := len(l.lines)
	ok := l.encoder.Set(&e)
	if !ok {
		l.entry = e.Append(l.entry[:0])
		ok = l.encoder.Decode(l.entry)
	}
	if ok {
		l.lines, ok = l.encoder.Append(l.lines, 0)
	}
	if !ok {
		l.entry = e.Append(l.entry[:0])
		l.lines = append(l.lines[:before], l.foreign()...)
	}
	l.urgent = l.urgent || e.Type == cilium.EntryType_Denied
	if len(l.lines) > maxLines || l.plugin.ended {
		l.write()
	}
}

// write writes what waits.
func (l *accessLog) write() {
	if lines := bytes.TrimSuffix(l.lines, []byte("\n")); len(lines) > 0 {
		proxyLog(levelInfo, addressOf(lines), uint32(len(lines)))
	}
	l.lines, l.urgent = l.lines[:0], false
}

// foreign returns the line of an entry of another kind than usual.
func (l *accessLog) foreign() []byte {
	var e cilium.LogEntry
	if err := proto.Unmarshal(l.entry, &e); err != nil {
		return nil
	}
	line, err := json.Marshal(jsonline.Of(&e))
	if err != nil {
		return nil
	}
	return append(line, '\n')
}
