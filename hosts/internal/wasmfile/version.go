package wasmfile

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/proxylib/proxylib/hosts/internal/parserabi"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/proxylib"
)

// limits limit what parsers may do.
type limits struct {
	// pages is the maximum of the memory of an instance, in 64 KiB; work is that of a call.
	pages uint32
	work  int64
	// memory limits what all instances have beyond their beginning, instances their number.
	memory, instances *overload.Limit
	// cache keeps what has been compiled; nil, where it is not needed any more than once, keeps nothing.
	cache wazero.CompilationCache
}

// version is a module that has been compiled and configured. It is used from several threads at once.
type version struct {
	limits      *limits
	runtime     wazero.Runtime
	compiled    wazero.CompiledModule
	globals     []string
	data        []segment
	description parserabi.Description
	// hash is the SHA-256 of the file.
	hash     [sha256.Size]byte
	protocol *proxylib.Protocol
	// begin is what instances begin with.
	begin state
	// rules is asked about rules.
	rules asker
	idle  idle
	// users are the instances and the file; with the last one the version ends.
	users atomic.Int64
}

// state is what an instance begins with.
type state struct {
	memory                    *snapshot
	globals                   []uint64
	area, buffer, bufferBytes uint32
}

// maxCompilers is how many threads compile.
const maxCompilers = 4

// maxDescription is the longest description, in bytes.
const maxDescription = 1 << 20

// load compiles a module, has it say what it is, and configures it; config is called with the name of the parser. The caller
// releases the version.
func load(module []byte, l *limits, config func(parser string) []byte) (v *version, err error) {
	ctx := context.Background()
	m, err := meter(module)
	if err != nil {
		return nil, err
	}
	v = &version{limits: l, globals: m.globals, data: m.data, hash: sha256.Sum256(module)}
	v.users.Store(1)
	made := v
	settings := wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(l.pages).WithDebugInfoEnabled(false).
		WithCoreFeatures(api.CoreFeaturesV2 &^ api.CoreFeatureSIMD)
	if l.cache != nil {
		settings = settings.WithCompilationCache(l.cache)
	}
	v.runtime = wazero.NewRuntimeWithConfig(ctx, settings)
	defer func() {
		if err != nil {
			made.release()
		}
	}()
	if err := provide(ctx, v.runtime); err != nil {
		return nil, err
	}
	ctx = experimental.WithCompilationWorkers(ctx, min(runtime.GOMAXPROCS(0), maxCompilers))
	if v.compiled, err = v.runtime.CompileModule(ctx, m.code); err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n")
		return nil, fmt.Errorf("the module cannot be compiled: %s", printable(text))
	}
	if err := checkExports(v.compiled); err != nil {
		return nil, err
	}
	if err := v.initialize(config); err != nil {
		return nil, err
	}
	return v, v.check()
}

// signatures are the exports of a parser: those that it must have and others.
var signatures = map[string]signature{
	parserabi.ExportVersion:   {0, nil, true},
	parserabi.ExportDescribe:  {0, i64s, true},
	parserabi.ExportArea:      {0, i32s(1), true},
	parserabi.ExportBuffer:    {1, i32s(1), true},
	parserabi.ExportConfigure: {1, i64s, true},
	parserabi.ExportOpen:      {1, i32s(1), true},
	parserabi.ExportData:      {2, i32s(1), true},
	parserabi.ExportClose:     {0, nil, true},
	parserabi.ExportPrompt:    {0, i64s, false},
	parserabi.ExportRule:      {1, i64s, false},
	parserabi.ExportMatch:     {3, i32s(1), false},
	exportInitialize:          {0, nil, false},
}

// exportInitialize is what a library for WASI has called first.
const exportInitialize = "_initialize"

var i64s = []api.ValueType{api.ValueTypeI64}

// signature is how many parameters of 32 bits an export has, and what it returns.
type signature struct {
	params   int
	results  []api.ValueType
	required bool
}

func checkExports(compiled wazero.CompiledModule) error {
	functions := compiled.ExportedFunctions()
	if functions[parserabi.ExportVersion] == nil {
		return fmt.Errorf("the module exports no %s: it is not a parser, or one for another version of the library", parserabi.ExportVersion)
	}
	for name, want := range signatures {
		f := functions[name]
		if f == nil && !want.required {
			continue
		}
		if f == nil {
			return fmt.Errorf("the module exports no function %s", name)
		}
		if string(f.ParamTypes()) != string(i32s(want.params)) || string(f.ResultTypes()) != string(want.results) {
			return fmt.Errorf("the module exports a function %s with other parameters or results than it has to have", name)
		}
	}
	return nil
}

// initialize makes the state that instances begin with.
func (v *version) initialize(config func(string) []byte) error {
	i, err := v.newInstance()
	if err != nil {
		return err
	}
	defer i.close()
	for _, s := range v.data {
		into, err := i.bytes(s.at, uint32(len(s.bytes)))
		if err != nil {
			return errors.New("the module has data outside of its memory")
		}
		copy(into, s.bytes)
	}
	v.data = nil
	if i.export(exportInitialize) != nil {
		if _, err := i.run(exportInitialize); err != nil {
			return fmt.Errorf("_initialize: %w", err)
		}
	}
	if err := v.describe(i); err != nil {
		return err
	}
	if err := i.findArea(); err != nil {
		return fmt.Errorf("%s: %w", parserabi.ExportArea, err)
	}
	refusal, err := i.converse(parserabi.ExportConfigure, config(v.description.Name))
	if err != nil {
		return fmt.Errorf("%s: %w", parserabi.ExportConfigure, err)
	}
	if len(refusal) > 0 {
		return fmt.Errorf("configuration of the parser: %s", printable(string(refusal)))
	}
	return v.begin.take(i)
}

func (v *version) describe(i *instance) error {
	n, err := i.run(parserabi.ExportDescribe)
	if err != nil {
		return fmt.Errorf("%s: %w", parserabi.ExportDescribe, err)
	}
	text, err := i.span(n)
	if err != nil || len(text) > maxDescription {
		return errors.Join(fmt.Errorf("the description is missing or longer than %d bytes", maxDescription), err)
	}
	if err := proxylib.DecodeConfig(text, &v.description); err != nil {
		return fmt.Errorf("description: %w", err)
	}
	if len(v.description.Version) > parserabi.MaxVersion {
		return fmt.Errorf("description: version: give %d bytes at most", parserabi.MaxVersion)
	}
	p, err := v.description.Protocol()
	if err != nil {
		return fmt.Errorf("description: %w", err)
	}
	if err := completes(*p); err != nil {
		return fmt.Errorf("description: %w", err)
	}
	v.protocol = p
	for _, k := range v.description.RuleKeys {
		if k.Match == "custom" && (i.export(parserabi.ExportMatch) == nil || i.export(parserabi.ExportRule) == nil) {
			return fmt.Errorf("description: rule key %.64q is custom, and the module does not export both %s and %s", k.Name,
				parserabi.ExportRule, parserabi.ExportMatch)
		}
	}
	if v.description.ChecksRules && i.export(parserabi.ExportRule) == nil {
		return fmt.Errorf("description: checks_rules is true, and the module exports no %s", parserabi.ExportRule)
	}
	return nil
}

// completes reports why a protocol cannot be one of the library, such as two keys of one name.
func completes(p proxylib.Protocol) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New(strings.TrimPrefix(fmt.Sprint(r), "proxylib: "))
		}
	}()
	p.New = func(*proxylib.Connection) proxylib.Parser { return nil }
	p.Complete()
	return nil
}

// take takes the state of an instance.
func (s *state) take(i *instance) (err error) {
	for _, name := range i.version.globals {
		s.globals = append(s.globals, i.module.ExportedGlobal(name).Get())
	}
	s.area, s.buffer, s.bufferBytes = i.area, i.buffer, i.bufferBytes
	s.memory, err = newSnapshot(i.linear.region[:i.linear.size])
	return err
}

// clone makes an instance with the state that instances begin with, to be given back by free.
func (v *version) clone() (*instance, error) {
	i := v.idle.take()
	if i == nil {
		var err error
		if i, err = v.newClone(); err != nil {
			return nil, err
		}
	}
	if err := v.reset(i); err != nil {
		i.close()
		return nil, err
	}
	v.users.Add(1)
	return i, nil
}

// newClone makes an instance whose memory is as large as that of those that begin.
func (v *version) newClone() (*instance, error) {
	i, err := v.newInstance()
	if err != nil {
		return nil, err
	}
	if more := v.begin.memory.size - i.linear.size; more > 0 {
		if _, ok := i.module.Memory().Grow(uint32(more >> 16)); !ok {
			i.close()
			return nil, errors.New("there is no memory for an instance of the parser")
		}
		// What every instance has is not beyond its beginning.
		i.linear.total.Give(i.linear.taken)
		i.linear.taken = 0
	}
	i.onData = i.export(parserabi.ExportData)
	return i, nil
}

// reset gives an instance the state that instances begin with. Nothing remains of what it was before.
func (v *version) reset(i *instance) error {
	if err := v.begin.memory.copyTo(i.linear.region); err != nil {
		return fmt.Errorf("memory for an instance of the parser: %w", err)
	}
	for n, name := range v.globals {
		i.module.ExportedGlobal(name).(api.MutableGlobal).Set(v.begin.globals[n])
	}
	i.area, i.buffer, i.bufferBytes = v.begin.area, v.begin.buffer, v.begin.bufferBytes
	i.serves, i.words = nil, nil
	return nil
}

// free ends the use of an instance that clone has made. One that has failed, or has grown, is not used again.
func (v *version) free(i *instance) {
	if i.failed || i.linear.taken > 0 || !v.idle.put(i) {
		i.close()
	}
	v.release()
}

// idle are instances that no connection has, at most maxIdle.
type idle struct {
	mu   sync.Mutex
	list []*instance
	// ended: nothing is taken any more.
	ended bool
}

// maxIdle is how many instances are kept for new connections.
const maxIdle = 64

func (d *idle) take() *instance {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.list)
	if n == 0 {
		return nil
	}
	i := d.list[n-1]
	d.list[n-1], d.list = nil, d.list[:n-1]
	return i
}

// put reports whether the instance is kept. Its memory is given back to the system meanwhile.
func (d *idle) put(i *instance) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended || len(d.list) >= maxIdle || i.version.begin.memory.copyTo(i.linear.region) != nil {
		return false
	}
	d.list = append(d.list, i)
	return true
}

func (d *idle) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, i := range d.list {
		i.close()
	}
	d.list, d.ended = nil, true
}

// release gives a use of the version back.
func (v *version) release() {
	if v.users.Add(-1) > 0 {
		return
	}
	v.rules.close()
	v.idle.end()
	if v.begin.memory != nil {
		v.begin.memory.close()
	}
	_ = v.runtime.Close(context.Background())
}

// check opens and closes a connection, to see that the parser works at all.
func (v *version) check() error {
	i, err := v.clone()
	if err != nil {
		return err
	}
	defer v.free(i)
	c := parserabi.Connection{
		ID: 1, Flags: parserabi.Ingress, Port: 1, Source: "127.0.0.1:1", Destination: "127.0.0.1:1", PolicyName: "127.0.0.1",
	}
	if err := i.open(&c); err != nil {
		return fmt.Errorf("a connection cannot be opened: %w", err)
	}
	if _, err := i.run(parserabi.ExportClose); err != nil {
		return fmt.Errorf("a connection cannot be closed: %w", err)
	}
	return nil
}

// asker is an instance that is asked about rules.
type asker struct {
	mu sync.Mutex
	i  *instance
}

// with calls f with the instance, which is replaced after an error.
func (a *asker) with(v *version, f func(*instance) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.i == nil {
		i, err := v.clone()
		if err != nil {
			return err
		}
		// The version must not wait for its own instance.
		v.users.Add(-1)
		a.i = i
	}
	err := f(a.i)
	if err != nil {
		a.i.close()
		a.i = nil
	}
	return err
}

func (a *asker) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.i != nil {
		a.i.close()
		a.i = nil
	}
}

// rule asks the parser about a rule.
func (v *version) rule(q parserabi.RuleQuestion) (a parserabi.RuleAnswer, err error) {
	question, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	err = v.rules.with(v, func(i *instance) error {
		text, err := i.converse(parserabi.ExportRule, question)
		if err != nil {
			return err
		}
		return json.Unmarshal(text, &a)
	})
	return a, err
}

// matches reports whether a value matches what is written for a custom key.
func (v *version) matches(key, written string, value []byte) (matches bool, err error) {
	err = v.rules.with(v, func(i *instance) error {
		b, err := i.reserve(len(key) + len(written) + len(value))
		if err != nil {
			return err
		}
		copy(b[copy(b, key):], written)
		copy(b[len(key)+len(written):], value)
		n, err := i.run(parserabi.ExportMatch, uint64(len(key)), uint64(len(written)), uint64(len(value)))
		matches = uint32(n) == 1
		if err == nil && uint32(n) > 1 {
			err = ErrResult
		}
		return err
	})
	return matches, err
}
