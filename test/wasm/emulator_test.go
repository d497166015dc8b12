package wasm

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Statuses of the specification.
const (
	ok          = 0
	notFound    = 1
	badArgument = 2
	invalid     = 6
	mismatch    = 8
)

// Buffers of the specification.
const (
	downstream    = 2
	upstream      = 3
	received      = 5
	configuration = 7
)

// emulator is what Envoy 1.33 provides to a network plugin: functions, return values, and the windows in which others end the
// plugin. It runs one module.
type emulator struct {
	t      testing.TB
	module api.Module
	// initializing and allocating: few functions may be called.
	initializing, allocating bool
	// buffers are those of the call, config is the configuration.
	buffers    map[uint32][]byte
	properties map[string]string
	// log are the lines of the access log, writes is the number of messages with them, and messages are all others.
	log      []string
	writes   int
	messages []string
	// closed: the connection was closed by the plugin.
	closed bool
	// state is filter state.
	state   map[string]string
	metrics map[uint32]*metric
	ticks   uint32
	// armed counts how often the time of the next tick was set.
	armed int
	// shared is the data that virtual machines share, now is the time, streams are those of gRPC, by their numbers.
	shared  *sharedData
	now     time.Duration
	streams map[uint64]*stream
	// unreachable: no stream can be opened.
	unreachable bool
	// frozen: buffers cannot be changed.
	frozen bool
	// broken is a function that was called where it ends the plugin.
	broken string
}

// metric is one that the plugin has defined. value is what it was incremented to, or recorded last, and records is how often
// a value was recorded.
type metric struct {
	kind    uint32
	name    string
	value   int64
	records int
}

// Kinds of metrics of the specification.
const (
	counter   = 0
	gauge     = 1
	histogram = 2
)

// sharedData is what virtual machines share.
type sharedData struct {
	values map[string]sharedValue
	last   uint32
}

type sharedValue struct {
	text    string
	version uint32
}

// stream is a stream of gRPC.
type stream struct {
	target, service, method string
	sent                    []string
	cancelled               bool
}

// compiled keeps what has been compiled, for all tests.
var compiled = wazero.NewCompilationCache()

// startEmulator compiles and starts the module.
func startEmulator(tb testing.TB, path string) *emulator {
	tb.Helper()
	ctx := tb.Context()
	code, err := os.ReadFile(path)
	if err != nil {
		tb.Fatalf("%v: run make wasm", err)
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compiled))
	tb.Cleanup(func() { _ = runtime.Close(context.Background()) })
	e := &emulator{
		t: tb, metrics: map[uint32]*metric{}, streams: map[uint64]*stream{}, shared: &sharedData{values: map[string]sharedValue{}},
	}
	e.provide(ctx, runtime)
	module, err := runtime.CompileModule(ctx, code)
	if err != nil {
		tb.Fatal(err)
	}
	e.initializing = true
	e.module, err = runtime.InstantiateModule(ctx, module, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		tb.Fatalf("%v; %s", err, e.broken)
	}
	e.initializing = false
	return e
}

// duringInit and duringAllocation are the functions that do not end the plugin there.
const (
	duringInit = " proxy_log fd_write args_get args_sizes_get environ_get environ_sizes_get fd_prestat_get fd_prestat_dir_name " +
		"clock_time_get random_get fd_fdstat_get fd_fdstat_set_flags "
	duringAllocation = " proxy_log fd_write clock_time_get "
)

// function is a function that the module may import.
type function struct {
	name   string
	params []api.ValueType
	call   func(e *emulator, m api.Memory, p []uint64) uint32
}

func i32s(n int) []api.ValueType {
	types := make([]api.ValueType, n)
	for i := range types {
		types[i] = api.ValueTypeI32
	}
	return types
}

func returns(status uint32) func(*emulator, api.Memory, []uint64) uint32 {
	return func(*emulator, api.Memory, []uint64) uint32 { return status }
}

// Errors of WASI.
const (
	errBadFile   = 8
	errFault     = 52
	errNotExists = 44
)

var wasi = []function{
	{"fd_write", i32s(4), (*emulator).fdWrite},
	{"fd_read", i32s(4), returns(errFault)},
	{"fd_close", i32s(1), returns(ok)},
	{"fd_fdstat_get", i32s(2), (*emulator).fdstat},
	{"fd_fdstat_set_flags", i32s(2), returns(errFault)},
	{"fd_prestat_get", i32s(2), returns(errBadFile)},
	{"fd_prestat_dir_name", i32s(3), returns(errFault)},
	{"path_open", []api.ValueType{api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32,
		api.ValueTypeI64, api.ValueTypeI64, api.ValueTypeI32, api.ValueTypeI32}, returns(errNotExists)},
	{"args_get", i32s(2), returns(ok)},
	{"args_sizes_get", i32s(2), zeroes},
	{"environ_get", i32s(2), returns(ok)},
	{"environ_sizes_get", i32s(2), zeroes},
	{"clock_time_get", []api.ValueType{api.ValueTypeI32, api.ValueTypeI64, api.ValueTypeI32}, (*emulator).clock},
	{"random_get", i32s(2), random},
}

var envoyFunctions = []function{
	{"proxy_log", i32s(3), (*emulator).proxyLog},
	{"proxy_get_log_level", i32s(1), func(_ *emulator, m api.Memory, p []uint64) uint32 { return store(m, p[0], 2) }},
	{"proxy_get_buffer_bytes", i32s(5), (*emulator).getBuffer},
	{"proxy_set_buffer_bytes", i32s(5), (*emulator).setBuffer},
	{"proxy_get_property", i32s(4), (*emulator).getProperty},
	{"proxy_set_property", i32s(4), (*emulator).setProperty},
	{"proxy_define_metric", i32s(4), (*emulator).defineMetric},
	{"proxy_increment_metric", []api.ValueType{api.ValueTypeI32, api.ValueTypeI64}, (*emulator).incrementMetric},
	{"proxy_record_metric", []api.ValueType{api.ValueTypeI32, api.ValueTypeI64}, (*emulator).recordMetric},
	{"proxy_set_tick_period_milliseconds", i32s(1), (*emulator).setTick},
	{"proxy_set_effective_context", i32s(1), returns(ok)},
	{"proxy_get_shared_data", i32s(5), (*emulator).getShared},
	{"proxy_set_shared_data", i32s(5), (*emulator).setShared},
	{"proxy_grpc_stream", i32s(9), (*emulator).openStream},
	{"proxy_grpc_send", i32s(4), (*emulator).send},
	{"proxy_grpc_cancel", i32s(1), (*emulator).cancel},
	{"proxy_get_status", i32s(3), func(e *emulator, m api.Memory, p []uint64) uint32 {
		store(m, p[0], 14)
		return e.give(m, "no healthy upstream", p[1], p[2])
	}},
	{"proxy_close_stream", i32s(1), func(e *emulator, _ api.Memory, _ []uint64) uint32 { e.closed = true; return ok }},
}

// cut removes the upper halves of parameters of 32 bits, in which a compiled module may leave anything.
func (f *function) cut(stack []uint64) {
	for i, kind := range f.params {
		if kind == api.ValueTypeI32 {
			stack[i] = uint64(uint32(stack[i]))
		}
	}
}

func (e *emulator) provide(ctx context.Context, runtime wazero.Runtime) {
	for module, functions := range map[string][]function{"wasi_snapshot_preview1": wasi, "env": envoyFunctions} {
		builder := runtime.NewHostModuleBuilder(module)
		for _, f := range functions {
			builder.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, m api.Module, stack []uint64) {
				e.allowed(f.name)
				f.cut(stack)
				stack[0] = uint64(f.call(e, m.Memory(), stack))
			}), f.params, i32s(1)).Export(f.name)
		}
		if module == "wasi_snapshot_preview1" {
			builder.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(context.Context, api.Module, []uint64) {
				e.allowed("proc_exit")
			}), i32s(1), nil).Export("proc_exit")
		}
		if _, err := builder.Instantiate(ctx); err != nil {
			e.t.Fatal(err)
		}
	}
}

// allowed ends the plugin, as Envoy does, where a function may not be called.
func (e *emulator) allowed(name string) {
	if e.initializing && !strings.Contains(duringInit, " "+name+" ") || e.allocating && !strings.Contains(duringAllocation, " "+name+" ") {
		e.broken = "restricted callback: " + name
		panic(e.broken)
	}
}

func store(m api.Memory, at uint64, value uint32) uint32 {
	if !m.WriteUint32Le(uint32(at), value) {
		return invalid
	}
	return ok
}

func zeroes(_ *emulator, m api.Memory, p []uint64) uint32 {
	store(m, p[0], 0)
	return store(m, p[1], 0)
}

func (e *emulator) clock(m api.Memory, p []uint64) uint32 {
	m.WriteUint64Le(uint32(p[2]), 1_700_000_000_000_000_000+uint64(e.now))
	return ok
}

func random(_ *emulator, m api.Memory, p []uint64) uint32 {
	b := make([]byte, p[1])
	_, _ = rand.Read(b)
	m.Write(uint32(p[0]), b)
	return ok
}

func (e *emulator) setTick(_ api.Memory, p []uint64) uint32 {
	e.ticks = uint32(p[0])
	e.armed++
	return ok
}

func (e *emulator) fdWrite(m api.Memory, p []uint64) uint32 {
	total := uint32(0)
	for i := range uint32(p[2]) {
		at, _ := m.ReadUint32Le(uint32(p[1]) + 8*i)
		n, _ := m.ReadUint32Le(uint32(p[1]) + 8*i + 4)
		text, _ := m.Read(at, n)
		e.messages = append(e.messages, string(text))
		total += n
	}
	return store(m, p[3], total)
}

func (e *emulator) fdstat(m api.Memory, p []uint64) uint32 {
	if p[0] != 1 && p[0] != 2 {
		return errBadFile
	}
	m.Write(uint32(p[1]), make([]byte, 24))
	return ok
}

func text(m api.Memory, at, length uint64) string {
	b, _ := m.Read(uint32(at), uint32(length))
	return string(b)
}

func (e *emulator) proxyLog(m api.Memory, p []uint64) uint32 {
	message := text(m, p[1], p[2])
	if strings.HasPrefix(message, "{") {
		e.log = append(e.log, strings.Split(message, "\n")...)
		e.writes++
	} else {
		e.messages = append(e.messages, message)
	}
	return ok
}

// give has the module allocate memory, and writes a value and its place there.
func (e *emulator) give(m api.Memory, value string, address, length uint64) uint32 {
	if value == "" {
		store(m, address, 0)
		return store(m, length, 0)
	}
	e.allocating = true
	got, err := e.module.ExportedFunction("proxy_on_memory_allocate").Call(e.t.Context(), uint64(len(value)))
	e.allocating = false
	if err != nil || got[0] == 0 || !m.WriteString(uint32(got[0]), value) {
		return invalid
	}
	store(m, address, uint32(got[0]))
	return store(m, length, uint32(len(value)))
}

func (e *emulator) getBuffer(m api.Memory, p []uint64) uint32 {
	b := e.buffers[uint32(p[0])]
	start := min(p[1], uint64(len(b)))
	b = b[start:min(start+p[2], uint64(len(b)))]
	if len(b) == 0 {
		store(m, p[3], 0)
		return store(m, p[4], 0)
	}
	return e.give(m, string(b), p[3], p[4])
}

func (e *emulator) setBuffer(m api.Memory, p []uint64) uint32 {
	b, there := e.buffers[uint32(p[0])]
	data := text(m, p[3], p[4])
	switch {
	case !there, e.frozen:
		return badArgument
	case p[1] == 0:
		e.buffers[uint32(p[0])] = append([]byte(data), b[min(p[2], uint64(len(b))):]...)
	case p[1] >= uint64(len(b)):
		e.buffers[uint32(p[0])] = append(b, data...)
	default:
		return badArgument
	}
	return ok
}

func (e *emulator) getProperty(m api.Memory, p []uint64) uint32 {
	value, known := e.properties[text(m, p[0], p[1])]
	if !known {
		return notFound
	}
	return e.give(m, value, p[2], p[3])
}

func (e *emulator) setProperty(m api.Memory, p []uint64) uint32 {
	e.state[text(m, p[0], p[1])] = text(m, p[2], p[3])
	return ok
}

func (e *emulator) defineMetric(m api.Memory, p []uint64) uint32 {
	name := text(m, p[1], p[2])
	if old := e.metric(name); old != nil {
		for id, defined := range e.metrics {
			if defined == old {
				return store(m, p[3], id)
			}
		}
	}
	id := uint32(len(e.metrics) + 1)
	e.metrics[id] = &metric{kind: uint32(p[0]), name: name}
	return store(m, p[3], id)
}

// metric returns the metric of a name, nil if it is not defined.
func (e *emulator) metric(name string) *metric {
	for _, defined := range e.metrics {
		if defined.name == name {
			return defined
		}
	}
	return nil
}

func (e *emulator) incrementMetric(_ api.Memory, p []uint64) uint32 {
	m, delta := e.metrics[uint32(p[0])], int64(p[1])
	if m == nil || m.kind == histogram || m.kind == counter && delta <= 0 {
		e.t.Errorf("a metric was incremented by %d: %+v", delta, m)
		return badArgument
	}
	m.value += delta
	return ok
}

func (e *emulator) recordMetric(_ api.Memory, p []uint64) uint32 {
	m := e.metrics[uint32(p[0])]
	if m == nil || m.kind == counter {
		e.t.Errorf("a value was recorded: %+v", m)
		return badArgument
	}
	m.records++
	m.value = int64(p[1])
	return ok
}

func (e *emulator) getShared(m api.Memory, p []uint64) uint32 {
	value, there := e.shared.values[text(m, p[0], p[1])]
	if !there {
		return notFound
	}
	store(m, p[4], value.version)
	return e.give(m, value.text, p[2], p[3])
}

// setShared creates a value whatever the version is that is expected, as Envoy does.
func (e *emulator) setShared(m api.Memory, p []uint64) uint32 {
	key := text(m, p[0], p[1])
	if value, there := e.shared.values[key]; there && p[4] != 0 && uint32(p[4]) != value.version {
		return mismatch
	}
	e.shared.last++
	e.shared.values[key] = sharedValue{text(m, p[2], p[3]), e.shared.last}
	return ok
}

func (e *emulator) openStream(m api.Memory, p []uint64) uint32 {
	if e.unreachable {
		return badArgument
	}
	id := uint64(len(e.streams) + 1)
	e.streams[id] = &stream{target: text(m, p[0], p[1]), service: text(m, p[2], p[3]), method: text(m, p[4], p[5])}
	return store(m, p[8], uint32(id))
}

func (e *emulator) send(m api.Memory, p []uint64) uint32 {
	s := e.streams[p[0]]
	if s == nil || s.cancelled {
		return badArgument
	}
	s.sent = append(s.sent, text(m, p[1], p[2]))
	return ok
}

func (e *emulator) cancel(_ api.Memory, p []uint64) uint32 {
	e.streams[p[0]].cancelled = true
	return ok
}

// call calls an export. The test ends if the module traps.
func (e *emulator) call(name string, params ...uint64) uint64 {
	e.t.Helper()
	got, err := e.module.ExportedFunction(name).Call(e.t.Context(), params...)
	if err != nil {
		e.t.Fatalf("%s: %v; %s\n%s", name, err, e.broken, strings.Join(e.messages, "\n"))
	}
	if len(got) == 0 {
		return 0
	}
	return got[0]
}

// configure makes a plugin, and reports whether it takes the configuration.
func (e *emulator) configure(root uint64, config string) bool {
	e.t.Helper()
	e.buffers = map[uint32][]byte{configuration: []byte(config)}
	e.call("proxy_on_context_create", root, 0)
	if e.call("proxy_on_vm_start", root, 0) != 1 {
		e.t.Fatal("the plugin does not start")
	}
	accepted := e.call("proxy_on_configure", root, uint64(len(config)))
	e.buffers = nil
	return accepted == 1
}

// connect begins a connection of a plugin.
func (e *emulator) connect(stream, root uint64, properties map[string]string) {
	e.t.Helper()
	e.properties, e.closed, e.state = properties, false, map[string]string{}
	e.call("proxy_on_context_create", stream, root)
	if action := e.call("proxy_on_new_connection", stream); action != 0 {
		e.t.Fatalf("action %d at a new connection", action)
	}
}

// data shows bytes to the plugin, and returns what it makes of them.
func (e *emulator) data(stream uint64, reply, end bool, data []byte) []byte {
	e.t.Helper()
	name, kind, last := "proxy_on_downstream_data", uint32(downstream), uint64(0)
	if reply {
		name, kind = "proxy_on_upstream_data", upstream
	}
	if end {
		last = 1
	}
	e.buffers = map[uint32][]byte{kind: append([]byte(nil), data...)}
	if action := e.call(name, stream, uint64(len(data)), last); action != 0 {
		e.t.Fatalf("%s: action %d", name, action)
	}
	out := e.buffers[kind]
	e.buffers = nil
	return out
}

// pass has the plugin do what it does some time after a call.
func (e *emulator) pass(root uint64) {
	e.t.Helper()
	if e.ticks > 0 {
		e.call("proxy_on_tick", root)
	}
}

// disconnect ends a connection, or a plugin.
func (e *emulator) disconnect(stream uint64) {
	for _, name := range []string{"proxy_on_done", "proxy_on_log", "proxy_on_delete"} {
		e.call(name, stream)
	}
}

func number(n uint64) string { return string(binary.LittleEndian.AppendUint64(nil, n)) }
