// Package sink delivers access-log entries: to the socket of a Cilium agent, or as lines of JSON to a file or a stream.
package sink

import (
	"errors"
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
)

const (
	// pollInterval is how long entries wait for others to be delivered with.
	pollInterval = 5 * time.Millisecond
	// reportInterval is the time between two reports of entries that were lost.
	reportInterval = time.Minute
)

// Config says where entries go; several places at once are possible.
type Config struct {
	// Socket is the path of a unixpacket socket, which need not exist yet.
	Socket string
	// File is the path of a file to which lines of JSON are appended. It is made, readable for its owner alone, if it is
	// not there.
	File string
	// Writer takes lines of JSON.
	Writer io.Writer
	// QueueBytes bounds the entries that wait for delivery; 0 means [accesslog.DefaultQueueBytes].
	QueueBytes int
	// Log takes what an operator has to know.
	Log logrus.FieldLogger
}

// sink is one place of delivery. It is used by one goroutine. An entry that it can not deliver within a bounded time
// is an error.
type sink interface {
	deliver(entry []byte, lost uint64) error
	io.Closer
}

// Logger is an [accesslog.Logger] with a goroutine that delivers what is logged.
type Logger struct {
	*accesslog.Queue
	sinks    []sink
	log      logrus.FieldLogger
	failed   uint64
	reported uint64
	lastTime time.Time
	done     chan struct{}
	stopped  chan struct{}
}

// Open starts a logger. An error says which place can not be used and why. The caller closes the logger.
func Open(config Config) (*Logger, error) {
	l := &Logger{
		Queue: accesslog.NewQueue(config.QueueBytes), log: config.Log,
		done: make(chan struct{}), stopped: make(chan struct{}),
	}
	if config.Socket != "" {
		l.sinks = append(l.sinks, newSocket(config.Socket, config.Log))
	}
	if config.File != "" {
		f, err := openFile(config.File)
		if err != nil {
			return nil, err
		}
		l.sinks = append(l.sinks, f)
	}
	if config.Writer != nil {
		l.sinks = append(l.sinks, newJSON(config.Writer, nil))
	}
	if len(l.sinks) == 0 {
		return nil, errors.New("access log: name a socket, a file or a stream to write to")
	}
	go l.run()
	return l, nil
}

// Close delivers what is in the queue, as far as that is possible within a bounded time, and stops.
func (l *Logger) Close() error {
	close(l.done)
	<-l.stopped
	var errs []error
	for _, s := range l.sinks {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

func (l *Logger) run() {
	defer close(l.stopped)
	for drained := 0; l.Wait(pollInterval, drained, l.done); {
		drained = l.drain()
	}
	l.drain()
	l.lastTime = time.Time{}
	l.report()
}

func (l *Logger) drain() int {
	n := l.Drain(l.deliver)
	l.report()
	return n
}

func (l *Logger) deliver(entry []byte, lost uint64) {
	for _, s := range l.sinks {
		if err := s.deliver(entry, lost); err != nil {
			l.failed++
		}
	}
}

// report tells the operator about lost entries, at most once an interval.
func (l *Logger) report() {
	lost := l.Lost() + l.failed
	if lost == l.reported || time.Since(l.lastTime) < reportInterval {
		return
	}
	l.log.WithField("entries", lost-l.reported).Warn("access log: entries were lost; the receiver is too slow or not there")
	l.reported, l.lastTime = lost, time.Now()
}
