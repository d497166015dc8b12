package npds

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	standing standing
	// last is the hash of the document in force; zero before the first.
	last [sha256.Size]byte
	// target is the name of the file that the path leads to through links, as it was when it was last read.
	target string
}

// OpenFile puts the policies of the file in force and starts to watch it. A file that is missing or wrong is an error.
func OpenFile(config FileConfig) (*File, error) {
	compiler, err := newDocumentCompiler(config.Parsers)
	if err != nil {
		return nil, err
	}
	f := &File{config: config, compiler: compiler, done: make(chan struct{})}
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
	f.standing.connected(time.Now())
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

// Status implements [Source].
func (f *File) Status() Status { return f.standing.get() }

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
			// Others may write to the same folder without a pause, so only the file itself puts the reading off, and what
			// they write is not worth a system call.
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
	name := filepath.Base(event.Name)
	return name == filepath.Base(f.config.Path) || name == f.target
}

// reload reads the file again and tells the operator, once, when it can not be used.
func (f *File) reload() {
	if err := f.load(); err != nil && !f.standing.refused(err) {
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
	if target, err := filepath.EvalSymlinks(f.config.Path); err == nil {
		f.target = filepath.Base(target)
	}
	document, err := read(f.config.Path)
	if err != nil {
		return fmt.Errorf("policy file %s: %w", f.config.Path, err)
	}
	sum := sha256.Sum256(document)
	if f.last == sum {
		f.standing.restored()
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
	f.last = sum
	f.standing.accepted(hex.EncodeToString(sum[:8]))
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
