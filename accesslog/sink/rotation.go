package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
)

// lookEvery is how often the path of a log file is looked at: whether it still leads to the file that is open.
const lookEvery = time.Second

// logFile is a sink for JSON lines in the file that a path leads to. When that file is renamed, deleted or replaced, as
// logrotate does, it creates the file again and goes on there, at most [lookEvery] later. While that fails, entries go to
// the file that was open before. A file that is cut to nothing in place is written from its beginning, as it is open for
// appending.
type logFile struct {
	*jsonLines
	path string
	file *os.File
	log  logrus.FieldLogger
	// lookAt is when the path is looked at next.
	lookAt time.Time
	// failing: the operator knows that the file cannot be opened again.
	failing bool
}

// openLogFile opens a file for appending, and creates it with mode 0600 where there is none.
func openLogFile(path string, log logrus.FieldLogger) (*logFile, error) {
	file, err := openAppending(path)
	if err != nil {
		return nil, fmt.Errorf("access log: %w; the folder must exist and be writable for this process", err)
	}
	l := &logFile{path: path, file: file, log: log, lookAt: time.Now().Add(lookEvery)}
	l.jsonLines = newJSONLines(path, file, func() error { return l.file.Close() })
	return l, nil
}

// openAppending opens a file. A named pipe without a reader is an error instead of a wait.
func openAppending(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
}

// Flush implements [Sink].
func (l *logFile) Flush() {
	if now := time.Now(); !now.Before(l.lookAt) {
		l.lookAt = now.Add(lookEvery)
		l.follow()
	}
	l.jsonLines.Flush()
}

// follow opens the file that the path leads to now, if it is another one. Lines that were collected go to the new one.
func (l *logFile) follow() {
	moved, err := l.moved()
	if err == nil && !moved {
		l.restored()
		return
	}
	var file *os.File
	if err == nil {
		file, err = openAppending(l.path)
	}
	if err != nil {
		l.failed(err)
		return
	}
	l.restored()
	l.log.WithField("file", l.path).Debug("access log: the file was replaced; entries go to the new one")
	if err := l.file.Close(); err != nil {
		l.log.WithField("file", l.path).WithError(err).Warn("access log: the file that was replaced cannot be closed")
	}
	l.file, l.to, l.partial = file, file, false
}

// moved reports whether the path no longer leads to the open file.
func (l *logFile) moved() (bool, error) {
	at, err := os.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	open, err := l.file.Stat()
	return err == nil && !os.SameFile(at, open), err
}

// failed tells the operator, once, that the file cannot be opened again.
func (l *logFile) failed(err error) {
	if l.failing {
		return
	}
	l.failing = true
	l.log.WithField("file", l.path).WithError(err).
		Warn("access log: the file is gone and cannot be created again; entries go to the one that was open until it can be")
}

func (l *logFile) restored() {
	if !l.failing {
		return
	}
	l.failing = false
	l.log.WithField("file", l.path).Info("access log: the file is there again")
}
