package npds

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/policy"
)

// MaxFile is the size, in bytes, of the largest policy file that is read.
const MaxFile = 64 << 20

// settle is the time for which a file has to be left alone before it is read again.
const settle = 50 * time.Millisecond

// FileConfig says which file holds the policies and where they go.
type FileConfig struct {
	// Path is a file in YAML or JSON; see [CompileDocument].
	Path string
	// Store is where accepted policies are put in force.
	Store *policy.Store
	// Identities is where the identities go of the addresses that the file knows; may be nil.
	Identities *policy.IdentityStore
	// Parsers compile the L7 rules.
	Parsers policy.RuleParsers
	// Log takes what an operator has to know.
	Log logrus.FieldLogger
}

// File keeps a policy store up to date from a file. It watches the folder, so that it sees the file also when an
// editor or a mounted volume puts another in its place. A file that can not be used leaves the policy in force as it is.
type File struct {
	config  FileConfig
	watcher *fsnotify.Watcher
	// compiler is for the versions of this file.
	compiler *documentCompiler
	done     chan struct{}
	// refused is the reason that was logged last, so that it is logged once.
	refused string
	// last is the document in force; nil before the first.
	last []byte

	mu     sync.Mutex
	status Status
}

// OpenFile puts the policies of the file in force and starts to watch it. A file that is missing or wrong is an error.
func OpenFile(config FileConfig) (*File, error) {
	compiler, err := newDocumentCompiler(config.Parsers)
	if err != nil {
		return nil, err
	}
	f := &File{config: config, compiler: compiler, done: make(chan struct{}), status: Status{ConnectedSince: time.Now()}}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("policy file %s: watch: %w", config.Path, err)
	}
	f.watcher = watcher
	if err := watcher.Add(filepath.Dir(config.Path)); err != nil {
		watcher.Close()
		return nil, fmt.Errorf("policy file %s: watch its folder: %w", config.Path, err)
	}
	if err := f.load(); err != nil {
		watcher.Close()
		return nil, err
	}
	go f.run()
	return f, nil
}

// CheckFile reads the file and tells whether its policies can be put in force.
func CheckFile(path string, parsers policy.RuleParsers) error {
	document, err := read(path)
	if err == nil {
		_, err = CompileDocument(document, parsers)
	}
	if err != nil {
		return fmt.Errorf("policy file %s: %w", path, err)
	}
	return nil
}

// Status returns how the file stands now.
func (f *File) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

func (f *File) update(change func(*Status)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.status)
}

// Close stops watching and waits until that is done. The store stays as it is.
func (f *File) Close() error {
	err := f.watcher.Close()
	<-f.done
	return err
}

func (f *File) run() {
	defer close(f.done)
	timer := time.NewTimer(0)
	timer.Stop()
	defer timer.Stop()
	waiting := false
	for {
		select {
		case event, ok := <-f.watcher.Events:
			if !ok {
				return
			}
			// Others may write to the same folder without a pause, so only the file itself puts the reading off.
			if f.names(event) || !waiting && !event.Has(fsnotify.Write) {
				timer.Reset(settle)
				waiting = true
			}
		case err, ok := <-f.watcher.Errors:
			if !ok {
				return
			}
			f.config.Log.WithError(err).WithField("file", f.config.Path).Warn("policy file: events were missed, reading it again")
			timer.Reset(settle)
			waiting = true
		case <-timer.C:
			waiting = false
			f.reload()
		}
	}
}

// names tells whether an event is about the file, or about the one in this folder that it is a link to.
func (f *File) names(event fsnotify.Event) bool {
	if filepath.Clean(event.Name) == filepath.Clean(f.config.Path) {
		return true
	}
	target, err := filepath.EvalSymlinks(f.config.Path)
	return err == nil && filepath.Base(target) == filepath.Base(event.Name)
}

// reload reads the file again and tells the operator, once, when it can not be used.
func (f *File) reload() {
	err := f.load()
	if err == nil {
		f.refused = ""
		return
	}
	reason := err.Error()
	f.update(func(status *Status) {
		status.LastRefusal = reason
		status.Refused++
	})
	if reason != f.refused {
		f.refused = reason
		f.config.Log.WithError(err).Warn("policy file is refused; the policy before it stays in force")
	}
}

// load puts the file in force, unless it is what it was.
func (f *File) load() (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("policy file %s: panic: %v", f.config.Path, cause)
		}
	}()
	document, err := read(f.config.Path)
	if err != nil {
		return fmt.Errorf("policy file %s: %w", f.config.Path, err)
	}
	if f.last != nil && bytes.Equal(document, f.last) {
		return nil
	}
	compiled, err := f.compiler.compile(document)
	if err != nil {
		return fmt.Errorf("policy file %s: %w", f.config.Path, err)
	}
	if f.config.Identities != nil {
		f.config.Identities.Replace(compiled.Identities)
	}
	f.config.Store.Replace(compiled.Policies)
	f.last = document
	f.update(func(status *Status) {
		status.LastUpdate, status.LastRefusal = time.Now(), ""
		status.Accepted++
	})
	f.config.Log.WithField("file", f.config.Path).Debug("policy file is in force")
	return nil
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	document, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err == nil && len(document) > MaxFile {
		err = fmt.Errorf("is larger than %d bytes", MaxFile)
	}
	return document, err
}
