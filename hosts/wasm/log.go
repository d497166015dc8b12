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

// accessLog writes entries to Envoy's log, as lines of JSON.
type accessLog struct {
	level      uint32
	entry, out []byte
	encoder    jsonline.Encoder
}

// Log implements [accesslog.Logger]. A virtual machine has one thread.
func (l *accessLog) Log(e accesslog.Entry) {
	l.entry = e.Append(l.entry[:0])
	line, ok := l.out[:0], l.encoder.Decode(l.entry)
	if ok {
		line, ok = l.encoder.Append(line, 0)
	}
	if !ok {
		line = l.foreign()
	}
	l.out = line
	line = bytes.TrimSuffix(line, []byte("\n"))
	proxyLog(l.level, addressOf(line), uint32(len(line)))
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
	return line
}
