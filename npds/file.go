//go:build !wasip1

package npds

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/filewatch"
	"github.com/proxylib/proxylib/policy"
)

// MaxFile is the size, in bytes, of the largest policy file that is read.
const MaxFile = 64 << 20

// FileConfig says which file holds the policies and where they go.
type FileConfig struct {
	// Path is a file in YAML or JSON; see [CompileDocument].
	Path string
	// Store is where accepted policies are put in force.
	Store *policy.Store
	// Identities is where the identities go of the addresses that the file knows; may be nil.
	Identities *policy.IdentityStore
	// OnError says what holds in place of a resource that is refused in another version of the file; empty means [Keep].
	OnError OnError
	// Parsers compile the L7 rules.
	Parsers policy.RuleParsers
	// Log takes what an operator must know.
	Log logrus.FieldLogger
}

// File keeps a policy store up to date from a file, which is read again whenever it has changed and its writer is done;
// see package filewatch. A file that cannot be read or used leaves the policy in force as it is.
type File struct {
	config  FileConfig
	watcher *filewatch.Watcher
	// compiler is for the versions of this file.
	compiler *documentCompiler
	standing standing
	// last is the hash of the document that is in force as a whole; zero while none is.
	last [sha256.Size]byte
}

// OpenFile puts the policies of the file in force and starts to watch it. A file that is missing or wrong is an error.
// A file that is being written is waited for, for at most ten seconds.
func OpenFile(config FileConfig) (*File, error) {
	if err := config.OnError.Check(); err != nil {
		return nil, err
	}
	compiler, err := newDocumentCompiler(config.Parsers)
	if err != nil {
		return nil, err
	}
	f := &File{config: config, compiler: compiler}
	f.watcher = filewatch.New(filewatch.Config{
		Path: config.Path, MaxBytes: MaxFile, Kind: "policy file", Log: config.Log,
	})
	files, err := f.watcher.Read()
	if err == nil {
		err = f.first(files[0].Text)
	}
	if err != nil {
		f.watcher.Close()
		return nil, err
	}
	f.standing.connected(time.Now())
	f.watcher.Start(f.reload)
	return f, nil
}

// CheckFile reads the file and reports why its policies cannot be put in force.
func CheckFile(path string, parsers policy.RuleParsers) error {
	document, err := filewatch.Read(path, MaxFile)
	if err == nil {
		_, err = CompileDocument(document, parsers)
	}
	if err != nil {
		return fmt.Errorf("policy file %s: %w", path, policy.Brief(err))
	}
	return nil
}

// Status implements [Source].
func (f *File) Status() Status {
	status := f.standing.get()
	if fault := f.watcher.Fault(); fault.Err != nil {
		status.ConnectedSince, status.Unreadable = time.Time{}, fault.Err.Error()
	}
	return status
}

// Close stops watching and waits until that is done. The store stays as it is.
func (f *File) Close() error {
	f.watcher.Close()
	return nil
}

// first puts the first version of the file in force, of which nothing may be refused.
func (f *File) first(document []byte) (err error) {
	defer f.recover(&err)
	compiled, err := f.compiler.compile(document)
	if err != nil {
		return f.error(err)
	}
	f.put(compiled)
	f.accept(document, compiled)
	return nil
}

// reload puts another version of the file in force, as far as it can be used. It logs, once, what cannot.
func (f *File) reload(files []filewatch.File) {
	if err := f.load(files[0].Text); err != nil && !f.standing.refused(err) {
		f.config.Log.WithField("error", policy.Reason(err)).Warn("policy file is refused; the policy before it stays in force")
	}
}

// load puts a document in force, unless it is what it was.
func (f *File) load(document []byte) (err error) {
	defer f.recover(&err)
	if f.last == sha256.Sum256(document) {
		if f.standing.get().LastRefusal != "" {
			f.config.Log.WithField("file", f.config.Path).Info("policy file is again what it was before the refusal")
		}
		f.standing.restored()
		return nil
	}
	compiled, result, err := f.compiler.replace(f.config.Store.Current(), document, f.config.OnError != Deny)
	if err != nil {
		return f.error(err)
	}
	f.put(compiled)
	if len(result.refused) == 0 {
		f.accept(document, compiled)
		return nil
	}
	f.last = [sha256.Size]byte{}
	f.standing.warned(policy.Lines(compiled.Warnings))
	if !f.standing.refusedInPart(result.outstanding, result.applied) {
		f.config.Log.WithField("file", f.config.Path).WithField("error", result.refused.text()).
			Warn(result.message("policy file", f.config.OnError))
	}
	return nil
}

func (f *File) error(err error) error {
	return fmt.Errorf("policy file %s: %w", f.config.Path, policy.Brief(err))
}

// recover makes a panic an error, for which it is deferred.
func (f *File) recover(err *error) {
	if cause := recover(); cause != nil {
		*err = f.error(fmt.Errorf("panic: %v", cause))
	}
}

func (f *File) put(compiled *Document) {
	if f.config.Identities != nil {
		f.config.Identities.Replace(compiled.Identities)
	}
	f.config.Store.Replace(compiled.Policies)
}

// accept notes that a document is in force as a whole.
func (f *File) accept(document []byte, compiled *Document) {
	f.last = sha256.Sum256(document)
	f.report(policy.Lines(compiled.Warnings))
	f.standing.accepted(hex.EncodeToString(f.last[:8]), nil)
}

// report reports a version that is now in force to the operator: in the log by default, if it ends a refusal or has
// warnings.
func (f *File) report(warnings []string) {
	log := f.config.Log.WithField("file", f.config.Path)
	if f.standing.get().LastRefusal != "" {
		log.Info("policy file is in force again, after a refusal")
	} else {
		log.Debug("policy file is in force")
	}
	for _, warning := range f.standing.warned(warnings) {
		log.Warn("policy file: " + warning)
	}
}
