package wasmfile

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/sirupsen/logrus"
	"github.com/tetratelabs/wazero"

	"github.com/proxylib/proxylib/hosts/internal/parserabi"
	"github.com/proxylib/proxylib/internal/filewatch"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// MaxFileBytes is the size of the largest file of a parser.
const MaxFileBytes = 64 << 20

// Config says which parser is loaded.
type Config struct {
	// Path is that of the file.
	Path string
	// Configure returns the configuration for the parser of a name, which is known when the file has been read; nil is none.
	Configure func(parser string) []byte
	// Log takes what an operator must know.
	Log logrus.FieldLogger
}

// Stats count what became of a file.
type Stats struct {
	// Replaced is how often another version has been put in force, Refused how often a changed file could not be.
	Replaced, Refused uint64
}

// File is a parser that is loaded from a file, and from that file again when it changes. It is used from several threads at
// once.
type File struct {
	config   Config
	limits   limits
	protocol *proxylib.Protocol
	watcher  *filewatch.Watcher

	mu sync.Mutex
	// current is the version for new connections; nil when the file is closed.
	current           *version
	replaced, refused atomic.Uint64
	declined          overload.Alarm
}

// Limits of one file. What instances begin with is shared, so the memory of all is that which they have written to.
const (
	// maxMemory is the memory of one instance, in bytes, a whole number of pages of 64 KiB.
	maxMemory = 64 << 20
	// maxTotalMemory is what all instances together may have beyond what they begin with, in bytes.
	maxTotalMemory = 1 << 30
	// maxInstances is the number of instances, and so of connections.
	maxInstances = 20_000
	// maxWork is the work of one call of the parser: of functions and of turns of loops, see costOfTurn.
	maxWork = 200_000_000
)

// Open loads the parser. The file is watched until Close. The error says why it cannot be used.
func Open(config Config) (*File, error) { return open(config, maxWork, nil) }

func open(config Config, work int64, cache wazero.CompilationCache) (*File, error) {
	f := &File{config: config}
	f.limits = limits{
		pages: maxMemory >> 16, work: work, cache: cache,
		memory: overload.NewLimit(maxTotalMemory, func(since, _ uint64) {
			f.log().WithField("refused", since).Warn("instances of the parser get no more memory: limit of all of them reached")
		}),
		instances: overload.NewLimit(maxInstances, func(since, total uint64) {
			f.log().WithFields(logrus.Fields{"limit": maxInstances, "refused": since, "refused_total": total}).
				Warn("connections are refused: limit of instances of the parser reached")
		}),
	}
	f.watcher = filewatch.New(filewatch.Config{Path: config.Path, MaxBytes: MaxFileBytes, Kind: "file of a parser", Log: config.Log})
	if err := f.read(); err != nil {
		f.watcher.Close()
		return nil, err
	}
	f.watcher.Start(func(files []filewatch.File) { f.replace(files[0].Text) })
	return f, nil
}

// read loads the first version.
func (f *File) read() error {
	files, err := f.watcher.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", f.config.Path, err)
	}
	if f.current, err = load(files[0].Text, &f.limits, f.config.Configure); err != nil {
		return fmt.Errorf("%s: %w", f.config.Path, err)
	}
	f.protocol = f.complete(f.current)
	return nil
}

// complete returns the protocol of a version, with the functions that call whichever version is current.
func (f *File) complete(v *version) *proxylib.Protocol {
	own := *v.protocol
	own.New = f.newParser
	if v.description.ChecksRules {
		own.CheckRule = func(keys map[string]string) error { _, err := f.rule(parserabi.RuleQuestion{Keys: keys}); return err }
		own.Imply = func(keys map[string]string) map[string]string {
			// An error here is one of CheckRule, too.
			answer, _ := f.rule(parserabi.RuleQuestion{Keys: keys})
			return answer.Implied
		}
	}
	for i := range own.RuleKeys {
		if k := &own.RuleKeys[i]; k.Match == proxylib.Custom {
			k.Compile = f.comparison(k.Name)
		}
	}
	return own.Complete()
}

// Protocol returns the protocol, which is the same for all versions. It must not be changed.
func (f *File) Protocol() *proxylib.Protocol { return f.protocol }

// RuleParser returns what compiles the rules for the parser.
func (f *File) RuleParser() policy.RuleParser { return f.protocol.ParseRules }

// loaded says what new connections get.
func (f *File) loaded() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := f.protocol.Name
	if f.current == nil {
		return name
	}
	if version := f.current.description.Version; version != "" {
		name += "@" + printable(version)
	}
	return fmt.Sprintf("%s %s sha256:%x", name, filepath.Base(f.config.Path), f.current.hash[:shownHash])
}

// shownHash is how much of a hash is shown, in bytes.
const shownHash = 8

// Stats returns what became of the file.
func (f *File) Stats() Stats { return Stats{f.replaced.Load(), f.refused.Load()} }

// Close ends the file, once. Connections go on with the versions that they have.
func (f *File) Close() {
	f.watcher.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current != nil {
		f.current.release()
		f.current = nil
	}
}

func (f *File) log() logrus.FieldLogger { return f.config.Log.WithField("file", f.config.Path) }

// replace puts a changed file in force for new connections, or says why not.
func (f *File) replace(module []byte) {
	v, err := f.successor(module)
	if err != nil {
		f.refused.Add(1)
		f.log().WithError(err).Error("the changed file of a parser is refused: new connections still get the version before it")
		return
	}
	f.mu.Lock()
	old := f.current
	f.current = v
	f.mu.Unlock()
	f.replaced.Add(1)
	f.log().WithField("parser", f.protocol.Name).Info("the file of a parser has changed: new connections get the new version")
	old.release()
}

// successor loads the version after the current one.
func (f *File) successor(module []byte) (*version, error) {
	v, err := load(module, &f.limits, f.config.Configure)
	if err != nil {
		return nil, err
	}
	// Only this goroutine replaces the current one.
	if !f.current.description.SameRules(&v.description) {
		v.release()
		return nil, errors.New("it has another name, other rule keys or other fields than the version before, for which the policy in " +
			"force is compiled: load the configuration again")
	}
	return v, nil
}

// use returns the current version, to be released.
func (f *File) use() (*version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current == nil {
		return nil, errClosed
	}
	f.current.users.Add(1)
	return f.current, nil
}

var errClosed = errors.New("the file of the parser is closed")

// newParser makes the parser of a connection.
func (f *File) newParser(c *proxylib.Connection) proxylib.Parser {
	v, err := f.use()
	if err == nil {
		defer v.release()
		var p *parser
		if p, err = v.newParser(c); err == nil {
			return p
		}
	}
	if !errors.Is(err, proxylib.POLICY_DROP) {
		f.declined.Raise(func(since, total uint64) {
			f.log().WithFields(logrus.Fields{"refused": since, "refused_total": total}).WithError(err).
				Error("a connection is refused: the parser cannot begin")
		})
	}
	return nil
}

// rule asks the parser about a rule.
func (f *File) rule(q parserabi.RuleQuestion) (parserabi.RuleAnswer, error) {
	v, err := f.use()
	if err != nil {
		return parserabi.RuleAnswer{}, err
	}
	defer v.release()
	answer, err := v.rule(q)
	if err == nil && answer.Error != "" {
		err = errors.New(printable(answer.Error))
	}
	return answer, err
}

// comparison makes comparisons for a custom key.
func (f *File) comparison(key string) func(string) (func([]byte) bool, error) {
	return func(written string) (func([]byte) bool, error) {
		if _, err := f.rule(parserabi.RuleQuestion{Key: key, Written: written}); err != nil {
			return nil, err
		}
		return func(value []byte) bool { return f.matches(key, written, value) }, nil
	}
}

// matches asks the parser. If that fails, it panics: neither outcome would be safe, as the rule may allow or deny; the
// connection is closed.
func (f *File) matches(key, written string, value []byte) bool {
	v, err := f.use()
	if err != nil {
		panic(err)
	}
	defer v.release()
	matches, err := v.matches(key, written, value)
	if err != nil {
		panic(err)
	}
	return matches
}
