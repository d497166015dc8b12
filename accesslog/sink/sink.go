package sink

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
)

// Config says where the access log goes: to every one of Socket, File, Writer, Server and Sink that is set.
type Config struct {
	// Socket is the path of a Unix socket of type SOCK_SEQPACKET, on which a receiver such as Cilium's listens. Each
	// packet is a serialized cilium.LogEntry of at most [accesslog.MaxEntry] bytes. A receiver that starts late or again is
	// found.
	Socket string
	// File is the path of a file to which JSON lines are appended; it is created with mode 0600. When it is renamed,
	// deleted or replaced, entries go to the new file of that path within seconds.
	File string
	// Writer takes JSON lines, for example os.Stdout. It is not closed.
	Writer io.Writer
	// Server, if not nil, is the policy server, which shows entries to people.
	Server *ServerConfig
	// Sink is any other place, of which the logger takes care from then on; nil is none.
	Sink Sink
	// QueueBytes bounds the memory of the queue; 0 is [accesslog.DefaultQueueBytes].
	QueueBytes int
	// Log takes what an operator has to know; nil says nothing.
	Log logrus.FieldLogger
}

// Sink is a place where entries go. Only Stats may be called from other threads than the writer's.
type Sink interface {
	// Name says in the operator's log which sink it is.
	Name() string
	// Write takes an entry, a cilium.LogEntry in wire form that is valid during the call only, and the number of entries
	// that were lost before it came here. It may take a fraction of a second, no more.
	Write(entry []byte, lost uint64)
	// Discard counts entries as lost without trying to deliver them.
	Discard(n uint64, cause error)
	// Flush delivers what Write has buffered.
	Flush()
	Stats() Stats
	// Close flushes and releases socket or file.
	Close() error
}

// Stats counts entries of a sink.
type Stats struct {
	Delivered uint64
	// Lost were dropped by the queue or could not be delivered.
	Lost uint64
	// Cause is why the last one was lost.
	Cause error
}

const (
	// pollEvery is how long the writer sleeps between two looks at the queue while there is something to do.
	pollEvery = 5 * time.Millisecond
	// reportEvery is the minimum time between two lines about lost entries.
	reportEvery = time.Minute
	// closeWithin is how long Close goes on to deliver. It waits as long again for a sink that hangs.
	closeWithin = time.Second
)

var (
	errQueueFull = errors.New("the queue was full: the sink is too slow or the queue too small")
	errClosed    = errors.New("the access log was closed before the entry could be delivered")
)

// Logger is an access log: a queue, which takes the entries, and a writer that takes them from there to its sinks.
type Logger struct {
	queue    *accesslog.Queue
	wakeup   *wakeup
	sinks    []Sink
	reporter reporter

	// hasFile: one of the sinks is a [logFile].
	hasFile bool

	stop      atomic.Bool
	done      chan struct{}
	closeOnce sync.Once
	closeErr  error
	// closeWithin is that of the constants but for tests.
	closeWithin time.Duration
	// giveUpAt is when the writer stops to deliver; nil is never. Setting the wall clock does not change it.
	giveUpAt atomic.Pointer[time.Time]
}

// Open starts an access log. The error says what is wrong with the configuration or the file. A socket without a
// receiver is not an error, as it may come later: the operator's log says so.
func Open(config Config) (*Logger, error) {
	if config.Log == nil {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		config.Log = silent
	}
	sinks, err := openSinks(config)
	if err != nil {
		return nil, err
	}
	l, err := start(config.QueueBytes, config.Log, reportEvery, sinks...)
	if err != nil {
		return nil, closeAll(sinks, err)
	}
	return l, nil
}

func openSinks(config Config) ([]Sink, error) {
	if config.Socket == "" && config.File == "" && config.Writer == nil && config.Server == nil && config.Sink == nil {
		return nil, errors.New("access log: no sink is given; name a socket, a file, a stream or a server")
	}
	var sinks []Sink
	if config.Sink != nil {
		sinks = append(sinks, config.Sink)
	}
	if config.Writer != nil {
		stream, err := newStream(config.Writer)
		if err != nil {
			return nil, err
		}
		sinks = append(sinks, stream)
	}
	if config.File != "" {
		file, err := openLogFile(config.File, config.Log)
		if err != nil {
			return nil, closeAll(sinks, err)
		}
		sinks = append(sinks, file)
	}
	if config.Socket != "" {
		socket, err := newSocket(config.Socket)
		if err != nil {
			return nil, closeAll(sinks, err)
		}
		if err := socket.connect(); err != nil {
			config.Log.WithField("socket", config.Socket).WithError(err).
				Warn("access log: no receiver listens on the socket; entries are lost until one does")
		}
		sinks = append(sinks, socket)
	}
	if config.Server != nil {
		sinks = append(sinks, newServer(*config.Server))
	}
	return sinks, nil
}

func closeAll(sinks []Sink, err error) error {
	for _, s := range sinks {
		err = errors.Join(err, s.Close())
	}
	return err
}

func start(queueBytes int, log logrus.FieldLogger, every time.Duration, sinks ...Sink) (*Logger, error) {
	wakeup, err := newWakeup()
	if err != nil {
		return nil, err
	}
	l := &Logger{
		queue: accesslog.NewQueue(queueBytes, wakeup.wake), wakeup: wakeup, sinks: sinks,
		reporter: newReporter(log, every, len(sinks)), closeWithin: closeWithin, done: make(chan struct{}),
		hasFile: slices.ContainsFunc(sinks, func(s Sink) bool { _, ok := s.(*logFile); return ok }),
	}
	go l.run()
	return l, nil
}

// Queue takes the entries.
func (l *Logger) Queue() *accesslog.Queue { return l.queue }

// Stats counts the entries of each sink, by its name: the socket's or the file's path, or "stream".
func (l *Logger) Stats() map[string]Stats {
	stats := make(map[string]Stats, len(l.sinks))
	for _, s := range l.sinks {
		stats[s.Name()] = s.Stats()
	}
	return stats
}

// Close delivers what is waiting, for at most a second, and releases the sinks. Nothing may be logged meanwhile or
// afterwards. The error is that of a sink, or says that the writer hangs in one. Close may be called again.
func (l *Logger) Close() error {
	l.closeOnce.Do(func() {
		giveUpAt := time.Now().Add(l.closeWithin)
		l.giveUpAt.Store(&giveUpAt)
		l.stop.Store(true)
		l.wakeup.wake()
	})
	select {
	case <-l.done:
		return l.closeErr
	case <-time.After(l.closeWithin):
		l.interrupt()
	}
	select {
	case <-l.done:
		return l.closeErr
	case <-time.After(l.closeWithin):
		return fmt.Errorf("access log: a sink still hangs after %v; its entries are lost", 2*l.closeWithin)
	}
}

// interrupt ends what sinks wait for, if they can be interrupted.
func (l *Logger) interrupt() {
	for _, s := range l.sinks {
		if i, ok := s.(interface{ Interrupt() }); ok {
			i.Interrupt()
		}
	}
}

// run is the writer.
func (l *Logger) run() {
	takeThread()
	defer close(l.done)
	defer l.wakeup.close()
	for !l.stop.Load() {
		pause := pollEvery
		if l.drain() == 0 {
			l.queue.Idle()
			if l.drain() == 0 {
				pause = l.idlePause()
			}
		}
		l.wakeup.wait(pause)
	}
	l.drain()
	l.closeErr = closeAll(l.sinks, nil)
	l.reporter.report(l.sinks)
}

// idlePause returns how long the writer may sleep while no entries come; 0 is without a limit. A log file is looked at meanwhile,
// so that one that was deleted does not occupy the disk until the next entry.
func (l *Logger) idlePause() time.Duration {
	pause := l.reporter.pending(l.sinks)
	if l.hasFile && (pause == 0 || pause > lookEvery) {
		return lookEvery
	}
	return pause
}

func (l *Logger) drain() int {
	n := l.queue.Drain(l.write)
	lost := l.queue.TakeLost()
	for _, s := range l.sinks {
		s.Discard(lost, errQueueFull)
		s.Flush()
	}
	l.reporter.reportIfDue(l.sinks)
	return n
}

func (l *Logger) write(entry []byte, lost uint64) {
	giveUpAt := l.giveUpAt.Load()
	tooLate := giveUpAt != nil && time.Now().After(*giveUpAt)
	for _, s := range l.sinks {
		if tooLate {
			s.Discard(lost+1, errClosed)
			continue
		}
		s.Write(entry, lost)
	}
}
