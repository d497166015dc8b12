package filewatch

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

const (
	// period is the time between two looks when nothing is reported. It is longer where a look takes long, as at a directory
	// of very many files: share times as long as the look.
	period = 2 * time.Second
	share  = 20
	// quiet is the time for which a file must be unchanged if its writer is not known to be done.
	quiet = time.Second
	// settle is the time to wait for further events after one, and burst the maximum for all of them together.
	settle = 50 * time.Millisecond
	burst  = time.Second
	// patience is the time after which a file that never stays unchanged is reported.
	patience = 10 * time.Second
	// closeTime is the maximum time that closing takes.
	closeTime = 5 * time.Second
)

// errBusy is the reason why a file is not read that changes all the time.
var errBusy = errors.New("has been changing without a pause; it is read once its writer closes it, " +
	"or leaves it alone for a second")

// errClosed is returned for a watcher that is closed while it waits.
var errClosed = errors.New("the watcher is closed")

// Config says what is watched.
type Config struct {
	// Path is that of a file, or, with Select, of a directory.
	Path string
	// Select reports whether a file of the directory counts, by its name.
	Select func(name string) bool
	// MaxBytes is the maximum size of the file, or of all files together.
	MaxBytes int
	// Kind says in log lines and errors what it is, such as "policy file".
	Kind string
	// Log takes what an operator must know.
	Log logrus.FieldLogger

	// open is for tests; nil is openNotifier.
	open func() (*notifier, error)
}

// File is a file as it was read.
type File struct {
	Path string
	Text []byte
}

// Fault is why a source cannot be read now. The zero value means that there is none.
type Fault struct {
	Since time.Time
	Err   error
}

// Watcher watches one source. New, Read, Start and Close belong to one goroutine; Fault may be called from any.
type Watcher struct {
	config   Config
	notifier *notifier
	watches  watches

	// found is what the last look found, and since is when each part of it was first found so.
	found snapshot
	since map[string]time.Time
	// taken is what was found when the content was read last.
	taken snapshot
	// finished are the names whose writer is known to be done; everything stands for all of them.
	finished map[string]bool
	// busy is when the first look found a file changing that has not been read since; zero for none.
	busy time.Time

	mu    sync.Mutex
	fault Fault

	stop chan struct{}
	// done is closed when the goroutine has ended; nil before there is one.
	done chan struct{}
}

// New starts to watch. Where inotify cannot be used, it says so in the log and looks for changes every two seconds.
func New(config Config) *Watcher {
	w := &Watcher{config: config, since: map[string]time.Time{}, finished: map[string]bool{}, stop: make(chan struct{})}
	open := config.open
	if open == nil {
		open = openNotifier
	}
	var err error
	if w.notifier, err = open(); err != nil {
		w.log().WithError(err).Warnf("%s: changes are not reported by the system, looking for them every %s", config.Kind, period)
	}
	w.watches = watches{notifier: w.notifier, warn: func(err error) {
		w.log().WithError(err).Warnf("%s: not everything can be watched, looking for changes every %s", config.Kind, period)
	}}
	return w
}

// Read returns the content for the first time. It waits while a file is being written, for at most ten seconds. After an
// error, which is not logged, the watcher may be started as well.
func (w *Watcher) Read() ([]File, error) {
	for begin := time.Now(); ; {
		files, changed, wait := w.look()
		switch fault := w.Fault(); {
		case fault.Err != nil:
			return nil, fault.Err
		case changed:
			return files, nil
		case time.Since(begin) > patience:
			w.report(errBusy)
			return nil, w.Fault().Err
		}
		if !w.pause(wait) {
			return nil, errClosed
		}
	}
}

// Start calls take with the content each time it has changed, from a goroutine, until the watcher is closed.
func (w *Watcher) Start(take func([]File)) {
	w.done = make(chan struct{})
	go func() {
		defer close(w.done)
		defer w.notifier.close()
		for wait := period; w.pause(wait); {
			var files []File
			var changed bool
			if files, changed, wait = w.look(); changed {
				take(files)
			}
		}
	}()
}

// Close stops watching and waits until that is done, for at most five seconds: a file system that hangs must not block
// the caller.
func (w *Watcher) Close() {
	close(w.stop)
	if w.done == nil {
		w.notifier.close()
		return
	}
	select {
	case <-w.done:
	case <-time.After(closeTime):
		w.log().Warnf("%s: the file system has not replied for %s; the rest of closing waits for it", w.config.Kind, closeTime)
	}
}

// Fault returns why the source cannot be read now.
func (w *Watcher) Fault() Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fault
}

// pause waits until it is time to look: after a while, or soon after an event. It returns false once the watcher is
// closed.
func (w *Watcher) pause(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	var first time.Time
	for {
		select {
		case <-w.stop:
			return false
		case e := <-w.notifier.events():
			if !w.note(e) {
				continue
			}
			if first.IsZero() {
				first = time.Now()
			}
			timer.Reset(max(0, min(settle, burst-time.Since(first))))
		case <-timer.C:
			return true
		}
	}
}

// note takes an event and reports whether it is about the source.
func (w *Watcher) note(e event) bool {
	if e.lost {
		return true
	}
	names := w.watches.concerned(e, w.config.Select)
	for _, name := range names {
		switch {
		case e.done:
			w.finished[name] = true
		case e.written:
			delete(w.finished, name)
		}
	}
	return len(names) > 0
}

// look compares what is there with what was read last, and reads it again if it has changed and its writers are done.
// wait is the time after which to look again.
func (w *Watcher) look() (files []File, changed bool, wait time.Duration) {
	now := time.Now()
	w.find(now)
	if wait := w.unfinished(now); wait > 0 {
		w.wait(now)
		return nil, false, wait
	}
	w.busy = time.Time{}
	if len(w.finished) == 0 && w.Fault().Err == nil && w.taken != nil && w.found.equal(w.taken) {
		return nil, false, max(period, share*time.Since(now))
	}
	clear(w.finished)
	files, err := w.read(w.found)
	if err == nil && !w.find(time.Now()) {
		// It changed meanwhile, and what was read may be half of the one and half of the other.
		return nil, false, settle
	}
	w.report(err)
	w.taken = w.found
	clear(w.since)
	return files, err == nil, period
}

// find looks at what is there, and reports whether it is what the last look found.
func (w *Watcher) find(now time.Time) (same bool) {
	found := w.survey()
	first := w.found == nil
	same = !first && found.equal(w.found)
	for name := range union(found, w.found) {
		if sameInfo(found[name], w.found[name]) {
			continue
		}
		w.since[name] = now
		if first {
			w.since[name] = written(found[name].info, now)
		}
	}
	w.found = found
	return same
}

// written is the time since which a file that was not watched before is unchanged.
func written(info fs.FileInfo, now time.Time) time.Time {
	if info == nil || info.IsDir() || info.ModTime().After(now) {
		return time.Time{}
	}
	return info.ModTime()
}

// unfinished returns for how long changes must be waited for that are not finished; 0 if there are none.
func (w *Watcher) unfinished(now time.Time) (wait time.Duration) {
	if w.finished[everything] {
		return 0
	}
	for name := range union(w.found, w.taken) {
		if !sameInfo(w.found[name], w.taken[name]) && !w.finished[name] {
			wait = max(wait, quiet-now.Sub(w.since[name]))
		}
	}
	return wait
}

// wait notes that a change is waited for, and reports one that takes too long.
func (w *Watcher) wait(now time.Time) {
	if w.busy.IsZero() {
		w.busy = now
	}
	if w.taken != nil && now.Sub(w.busy) > patience && w.Fault().Err == nil {
		w.report(errBusy)
	}
}

// report notes whether the source could be read. It logs a fault once, and once its end.
func (w *Watcher) report(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err != nil && w.fault.Err == nil:
		w.fault = Fault{time.Now(), w.explain(err)}
		if w.taken != nil {
			w.log().WithError(err).Warnf("%s cannot be read; what was read before stays in force", w.config.Kind)
		}
	case err != nil:
		w.fault.Err = w.explain(err)
	case w.fault.Err != nil:
		w.log().WithField("since", w.fault.Since.Format(time.RFC3339)).Infof("%s can be read again", w.config.Kind)
		w.fault = Fault{}
	}
}

func (w *Watcher) explain(err error) error {
	return fmt.Errorf("%s %s: %w", w.config.Kind, w.config.Path, err)
}

func (w *Watcher) log() logrus.FieldLogger { return w.config.Log.WithField("path", w.config.Path) }
