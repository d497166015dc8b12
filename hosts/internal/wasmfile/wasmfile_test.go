package wasmfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/hosts/internal/parserabi"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/internal/wasmcode"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib/host"
)

// testWork bounds calls in tests, so that a parser that does too much is found out soon.
const testWork = 100_000

func save(t *testing.T, path string, module []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", module, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// age makes a file look as if it had been there for long: what was written just now is waited for.
func age(t testing.TB, path string) {
	t.Helper()
	past := time.Now().Add(-time.Minute)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
}

// opened is a file that is open, and what it has logged.
type opened struct {
	*File
	path  string
	log   bytes.Buffer
	close func()
}

func openModule(t *testing.T, module []byte) (*opened, error) {
	t.Helper()
	o := &opened{path: filepath.Join(t.TempDir(), "parser.wasm")}
	save(t, o.path, module)
	age(t, o.path)
	log := logrus.New()
	log.SetOutput(&o.log)
	var err error
	o.File, err = open(Config{Path: o.path, Configure: func(string) []byte { return nil }, Log: log}, testWork, nil)
	if err == nil {
		o.close = sync.OnceFunc(o.Close)
		t.Cleanup(o.close)
	}
	return o, err
}

func mustOpen(t *testing.T, f *fake) *opened {
	t.Helper()
	o, err := openModule(t, f.encode())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// connect opens a connection.
func (o *opened) connect(t *testing.T) (*host.Connection, *connected) {
	t.Helper()
	parsers := policy.RuleParsers{o.Protocol().Name: o.RuleParser()}
	snapshot, err := inline.Compile(map[string]inline.Policy{o.Protocol().Name: {Allow: json.RawMessage(`"all"`)}}, parsers)
	if err != nil {
		t.Fatal(err)
	}
	store := new(policy.Store)
	store.Replace(snapshot)
	c, err := host.NewConnection(host.NewInstance(host.InstanceConfig{Policies: store}), o.Protocol().Name, host.ConnectionInfo{
		Id: 1, Ingress: true, SrcAddr: "127.0.0.1:1", DstAddr: "127.0.0.1:2", PolicyName: "127.0.0.1", Protocol: o.Protocol(),
	})
	if err != nil {
		t.Fatal(err)
	}
	e := datapath.New(c, datapath.Limits{})
	made := &connected{e, sync.OnceFunc(e.Close)}
	t.Cleanup(made.close)
	return c, made
}

// connected is an open connection.
type connected struct {
	*datapath.Engine
	close func()
}

// send sends text of the client's, and returns what goes on to the server and why the connection is closed.
func send(e *connected, text string) (out, closed string) {
	var plan datapath.Plan
	e.Data(false, false, [][]byte{[]byte(text)}, &plan)
	if plan.Close {
		return string(plan.Out), plan.Reason
	}
	if plan.Leave {
		return text, ""
	}
	return string(plan.Out), ""
}

func TestAParserFromAFileJudgesConnections(t *testing.T) {
	o := mustOpen(t, newFake())
	_, e := o.connect(t)
	if out, closed := send(e, "hello"); out != "hello" || closed != "" {
		t.Errorf("got %q, %q", out, closed)
	}
}

// A parser that misbehaves loses its connection, with a reason, and no other one.
func TestAParserThatMisbehavesLosesItsConnectionOnly(t *testing.T) {
	grows := []byte{wasmcode.OpI32Const, 1, wasmcode.OpMemoryGrow, 0, wasmcode.OpI32Const, 0, 0x48, wasmcode.OpIf, wasmcode.BlockEmpty, wasmcode.OpUnreachable, wasmcode.OpEnd}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"it traps":                            {[]byte{wasmcode.OpUnreachable}, nil},
		"it never ends":                       {loops(), ErrWork},
		"it calls itself without end":         {seq([]byte{wasmcode.OpLocalGet, 0, wasmcode.OpLocalGet, 1}, calls(len(imported)+6)), ErrWork},
		"it fills memory without end":         {[]byte{wasmcode.OpLoop, wasmcode.BlockEmpty, wasmcode.OpI32Const, 0, wasmcode.OpI32Const, 0, wasmcode.OpI32Const, 0x80, 0x80, 4, wasmcode.OpMore, wasmcode.MoreMemoryFill, 0, wasmcode.OpBranch, 0, wasmcode.OpEnd, wasmcode.OpUnreachable}, ErrWork},
		"it takes memory without end":         {seq([]byte{wasmcode.OpLoop, wasmcode.BlockEmpty}, grows, []byte{wasmcode.OpBranch, 0, wasmcode.OpEnd, wasmcode.OpUnreachable}), nil},
		"it reads outside of its memory":      {seq(i32(-8), []byte{0x29, 3, 0, 0x1a}, i32(0)), nil},
		"it returns an unknown result":        {i32(7), ErrResult},
		"it fails without a reason":           {i32(parserabi.ParserError), ErrResult},
		"it returns an unknown operation":     {returnsOp(5, 1), ErrOperations},
		"it returns NOP":                      {returnsOp(256, 1), ErrOperations},
		"it returns an operation of nothing":  {returnsOp(1, 0), ErrOperations},
		"it returns less than nothing":        {returnsOp(2, -1), ErrOperations},
		"it injects what is not there":        {returnsOp(3, 1), ErrOperations},
		"it returns too many operations":      {seq(i32(fakeArea), i32(17), store32(parserabi.AreaOps), i32(0)), ErrOperations},
		"it injects more than there is space": {seq(i32(fakeArea), i32(1025), store32(parserabi.AreaInjected+4), i32(0)), ErrOperations},
		"it says that it waits for TLS":       {seq(i32(fakeArea), i32(parserabi.StartTLS), store32(parserabi.AreaState), i32(0)), ErrOperations},
		"it closes without a reason":          {seq(i32(fakeArea), i32(parserabi.Failed), store32(parserabi.AreaState), i32(0)), ErrOperations},
		"it asks about something else":        {seq(i32(fakeArea), i32(2), calls(callDecide)), parserabi.ErrSubject},
		"it asks about what is nowhere":       {seq(i32(-1), i32(100), calls(callDecide)), ErrMemory},
		"it logs what is not an entry":        {seq(i32(fakeArea), i32(80), calls(callLog), i32(0)), parserabi.ErrEntry},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			// What the client sends last decides: 1 byte is let pass, more have the parser misbehave.
			f.data = seq([]byte{wasmcode.OpLocalGet, 1, wasmcode.OpI32Const, 1, 0x46, wasmcode.OpIf, wasmcode.TypeI32}, passes(), []byte{0x05}, c.data, []byte{wasmcode.OpEnd})
			o := mustOpen(t, f)
			_, other := o.connect(t)
			if out, closed := send(other, "."); out != "." || closed != "" {
				t.Fatalf("before: got %q, %q", out, closed)
			}
			conn, e := o.connect(t)
			begin := time.Now()
			out, closed := send(e, "misbehave")
			if out != "" || !strings.HasPrefix(closed, "fake: ") {
				t.Errorf("got %q, %q", out, closed)
			}
			if c.want != nil && closed != "fake: "+c.want.Error() {
				t.Errorf("closed because of %q, want %q", closed, c.want)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			if conn.Counts().Denied != 1 {
				t.Errorf("%+v", conn.Counts())
			}
			if out, closed := send(other, "."); out != "." || closed != "" {
				t.Errorf("after: got %q, %q", out, closed)
			}
			_, next := o.connect(t)
			if out, closed := send(next, "."); out != "." || closed != "" {
				t.Errorf("the next one: got %q, %q", out, closed)
			}
		})
	}
}

func TestFunctionsThatCallEachOtherWithoutEndTakeLittleMemory(t *testing.T) {
	const most = 8 << 20
	f := newFake()
	f.data = seq([]byte{wasmcode.OpLocalGet, 0, wasmcode.OpLocalGet, 1}, calls(len(imported)+6))
	v, err := load(f.encode(), &limits{
		pages: maxMemory >> 16, work: maxWork, memory: overload.NewLimit(maxTotalMemory, nil), instances: overload.NewLimit(1, nil),
	}, func(string) []byte { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer v.release()
	i, err := v.clone()
	if err != nil {
		t.Fatal(err)
	}
	defer v.free(i)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = i.run(parserabi.ExportData, 0, 1)
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, ErrWork) || taken > most {
		t.Errorf("got %v; the stack took %d bytes, want %d at most", err, taken, most)
	}
}

func TestACallThatHasEndedHoldsNoWork(t *testing.T) {
	f := newFake()
	f.data = seq(calls(len(imported)), calls(len(imported)), passes())
	conn, e := mustOpen(t, f).connect(t)
	if out, closed := send(e, "."); out != "." || closed != "" {
		t.Fatalf("got %q, %q", out, closed)
	}
	if spent := testWork - int64(conn.Parser.(*parser).instance.fuel.Get()); spent != 3 {
		t.Errorf("three calls of functions count %d", spent)
	}
}

// Else a parser whose loops are long, or that calls the library in them, could work for much longer.
func TestWorkCountsByTheLengthOfCodeAndWhatTheLibraryDoes(t *testing.T) {
	const drop = 0x1a
	nothing := bytes.Repeat(append(i32(0), drop), 20<<10)
	for name, c := range map[string]struct {
		code        []byte
		least, most int64
	}{
		"little code":           {nil, 1, 10},
		"60 KiB of code":        {nothing, 60, 70},
		"a turn of a long loop": {seq([]byte{wasmcode.OpLoop, wasmcode.BlockEmpty}, nothing, []byte{wasmcode.OpEnd}), 60, 70},
		"two calls":             {seq(i32(0), calls(callAsk), []byte{drop}, i32(0), calls(callAsk), []byte{drop}), 2 * costOfCall, 2*costOfCall + 10},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.data = seq(c.code, passes())
			conn, e := mustOpen(t, f).connect(t)
			if out, closed := send(e, "."); out != "." || closed != "" {
				t.Fatalf("got %q, %q", out, closed)
			}
			if spent := testWork - int64(conn.Parser.(*parser).instance.fuel.Get()); spent < c.least || spent > c.most {
				t.Errorf("it counts %d, want from %d to %d", spent, c.least, c.most)
			}
		})
	}
}

func TestAFileThatIsNotAParserIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fake)
		want   string
	}{
		"another interface":          {func(f *fake) { f.version = "proxylib_abi_2" }, "exports no proxylib_abi_1"},
		"an export is missing":       {func(f *fake) { f.without = parserabi.ExportData }, "exports no function proxylib_data"},
		"another type":               {func(f *fake) { f.types = map[string]byte{parserabi.ExportOpen: typeI32ToI64}; f.open = i64(0) }, "other parameters"},
		"an unknown import":          {func(f *fake) { f.imports = []string{"system"} }, `imports "system" of "env"`},
		"a start function":           {func(f *fake) { f.start = true }, "start function"},
		"names that are taken":       {func(f *fake) { f.also = fuelExport }, "such names are taken"},
		"another instruction":        {func(f *fake) { f.data = []byte{0xfd, 0x0f, wasmcode.OpUnreachable} }, "must not have"},
		"an instruction in disguise": {func(f *fake) { f.data = []byte{wasmcode.OpMore, 0x8a, 0, 0, 0} }, "must not have"},
		"no name":                    {func(f *fake) { f.description = `{}` }, "name: give 1 to 64 bytes"},
		"its own error":              {func(f *fake) { f.description = `{"error": "build it with one parser"}` }, "build it with one parser"},
		"a version that is too long": {func(f *fake) { f.description = `{"name": "a", "version": "` + strings.Repeat("1", 65) + `"}` }, "version: give 64"},
		"not JSON":                   {func(f *fake) { f.description = `x` }, "description: "},
		"an unknown field":           {func(f *fake) { f.description = `{"name": "a", "speed": 1}` }, `unknown field "speed"`},
		"an unknown match": {func(f *fake) {
			f.description = `{"name": "a", "rule_keys": [{"name": "k", "field": 1, "match": "near"}]}`
		}, "match \"near\" is unknown"},
		"a key twice": {func(f *fake) {
			f.description = `{"name": "a", "rule_keys": [{"name": "k", "field": 1, "match": "exact"}, {"name": "k", "field": 2, "match": "exact"}]}`
		}, "twice"},
		"a key without a match": {func(f *fake) {
			f.description = `{"name": "a", "rule_keys": [{"name": "k", "field": 1, "match": "custom"}]}`
		}, "does not export both"},
		"rules it cannot check":   {func(f *fake) { f.description = `{"name": "a", "checks_rules": true}` }, "exports no proxylib_rule"},
		"it traps at once":        {func(f *fake) { f.initialize = []byte{wasmcode.OpUnreachable} }, "_initialize: "},
		"it begins without end":   {func(f *fake) { f.initialize = loops() }, "_initialize: the parser did too much"},
		"a refused configuration": {func(f *fake) { f.configure = i64(fakeDescription<<32 | 8) }, `configuration of the parser: {"name":`},
		"a text that is nowhere":  {func(f *fake) { f.configure = i64(fakeDescription<<32 | 1<<31) }, "outside of its memory"},
		"no connection":           {func(f *fake) { f.open = i32(2) }, "a connection cannot be opened"},
		"too much memory":         {func(f *fake) { f.pages = 0 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			c.change(f)
			_, err := load(f.encode(), &limits{pages: maxMemory >> 16, work: testWork}, func(string) []byte { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAFileThatIsCutOrDamagedIsRefusedOrWorks(t *testing.T) {
	whole := newFake().encode()
	l := &limits{pages: maxMemory >> 16, work: testWork}
	for n := range whole {
		if v, err := load(whole[:n], l, func(string) []byte { return nil }); err == nil {
			v.release()
			t.Errorf("the first %d bytes are accepted", n)
		}
	}
	for n := range whole {
		damaged := bytes.Clone(whole)
		damaged[n] ^= 0x55
		v, err := load(damaged, l, func(string) []byte { return nil })
		if err == nil {
			v.release()
		}
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 400 {
		if holds() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s: not within ten seconds", what)
}

func TestAChangedFileIsForNewConnections(t *testing.T) {
	o := mustOpen(t, newFake())
	_, old := o.connect(t)
	first := o.current
	drops := newFake()
	drops.data = returnsOp(2, 1)
	drops.description = strings.Replace(drops.description, "{", `{"version": "v2", `, 1)
	save(t, o.path, drops.encode())
	eventually(t, "another version", func() bool { return o.Stats().Replaced == 1 })
	hash := sha256.Sum256(drops.encode())
	if want := fmt.Sprintf("fake@v2 %s sha256:%x", filepath.Base(o.path), hash[:8]); o.loaded() != want {
		t.Errorf("%q is loaded, want %q", o.loaded(), want)
	}
	_, e := o.connect(t)
	if out, closed := send(e, "x"); out != "" || closed != "" {
		t.Errorf("a new connection: got %q, %q", out, closed)
	}
	if out, closed := send(old, "x"); out != "x" || closed != "" {
		t.Errorf("an old connection: got %q, %q", out, closed)
	}
	if first.users.Load() != 1 {
		t.Errorf("the first version has %d users, want the one connection", first.users.Load())
	}
	old.close()
	if first.users.Load() != 0 {
		t.Error("the first version is still used after its last connection")
	}

	for name, change := range map[string]func(*fake){
		"broken":       func(f *fake) { f.initialize = []byte{wasmcode.OpUnreachable} },
		"another name": func(f *fake) { f.description = strings.Replace(f.description, "fake", "other", 1) },
		"other keys":   func(f *fake) { f.description = strings.Replace(f.description, `"field": 1`, `"field": 2`, 1) },
	} {
		refused := o.Stats().Refused
		f := newFake()
		change(f)
		save(t, o.path, f.encode())
		eventually(t, name, func() bool { return o.Stats().Refused == refused+1 })
		_, e := o.connect(t)
		if out, closed := send(e, "x"); out != "" || closed != "" {
			t.Errorf("%s: a new connection: got %q, %q", name, out, closed)
		}
	}
	o.close()
	if text := o.log.String(); strings.Count(text, "is refused") != 3 || !strings.Contains(text, "load the configuration again") {
		t.Errorf("log:\n%s", text)
	}
}

func TestAnInstanceBeginsWithNothingOfAnotherConnection(t *testing.T) {
	f := newFake()
	// It passes what it finds at a place where it then writes 1: the first call of each connection finds 0 there.
	f.data = seq(i32(fakeBuffer-8), []byte{0x28, 2, 0, wasmcode.OpIf, wasmcode.BlockEmpty, wasmcode.OpUnreachable, wasmcode.OpEnd}, i32(fakeBuffer-8), i32(1), store32(0), passes())
	o := mustOpen(t, f)
	for range 5 {
		_, e := o.connect(t)
		if out, closed := send(e, "x"); out != "x" || closed != "" {
			t.Fatalf("got %q, %q", out, closed)
		}
		e.close()
	}
	if len(o.current.idle.list) == 0 {
		t.Error("no instance was used again")
	}
}

func TestAParserHasNoMoreMemoryThanItsLimit(t *testing.T) {
	f := newFake()
	// It takes all that it gets, and passes.
	f.data = seq([]byte{wasmcode.OpLoop, wasmcode.BlockEmpty, wasmcode.OpI32Const, 1, wasmcode.OpMemoryGrow, 0, wasmcode.OpI32Const, 0, 0x4e, wasmcode.OpBranchIf, 0, wasmcode.OpEnd}, passes())
	o := mustOpen(t, f)
	c, e := o.connect(t)
	if out, closed := send(e, "x"); out != "x" || closed != "" {
		t.Fatalf("got %q, %q", out, closed)
	}
	size := c.Parser.(*parser).instance.linear.size
	if size != maxMemory || o.limits.memory.Used() != int64(maxMemory-int(f.pages)<<16) {
		t.Errorf("%d bytes, of all %d", size, o.limits.memory.Used())
	}
	e.close()
	if o.limits.memory.Used() != 0 || o.limits.instances.Used() != 0 {
		t.Errorf("%d bytes and %d instances remain", o.limits.memory.Used(), o.limits.instances.Used())
	}
}

func TestRulesForAParserFromAFileAreChecked(t *testing.T) {
	o := mustOpen(t, newFake())
	_, err := o.Protocol().Compile([]map[string]string{{"colour": "red"}})
	if err == nil || !strings.Contains(err.Error(), "is unknown, use word") {
		t.Errorf("got %v", err)
	}
	var wrong *policy.Error
	if !errors.As(err, &wrong) {
		t.Errorf("got a %T", err)
	}
}
