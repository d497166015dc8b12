package wasmfile

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/proxylib/proxylib/hosts/internal/parserabi"
)

// moduleWASI is the name of the functions of the system, of which a parser is given few: it has no file, no network, no
// arguments, and it does not wait.
const moduleWASI = "wasi_snapshot_preview1"

// Errors of WASI. Source: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md.
const (
	wasiOK       = 0
	wasiBadFile  = 8
	wasiFault    = 21
	wasiNotExist = 44
)

// environment is what the variables of the environment are: Go's collector of memory is to work early.
const environment = "GOGC=25\x00"

// function is one that a parser may import.
type function struct {
	name    string
	params  []api.ValueType
	results []api.ValueType
	call    func(i *instance, m api.Memory, stack []uint64)
}

func i32s(n int) []api.ValueType { return slices.Repeat([]api.ValueType{api.ValueTypeI32}, n) }

// system makes a function of WASI.
func system(name string, params []api.ValueType, call func(i *instance, m api.Memory, p []uint64) uint64) function {
	return function{name, params, i32s(1), func(i *instance, m api.Memory, stack []uint64) { stack[0] = call(i, m, stack) }}
}

func always(status uint64) func(*instance, api.Memory, []uint64) uint64 {
	return func(*instance, api.Memory, []uint64) uint64 { return status }
}

var wasi = []function{
	system("args_get", i32s(2), always(wasiOK)),
	system("args_sizes_get", i32s(2), func(_ *instance, m api.Memory, p []uint64) uint64 { return sizes(m, p, 0, 0) }),
	system("environ_get", i32s(2), environ),
	system("environ_sizes_get", i32s(2), func(_ *instance, m api.Memory, p []uint64) uint64 { return sizes(m, p, 1, uint32(len(environment))) }),
	system("clock_time_get", []api.ValueType{api.ValueTypeI32, api.ValueTypeI64, api.ValueTypeI32}, clock),
	system("random_get", i32s(2), random),
	system("fd_write", i32s(4), write),
	system("fd_read", i32s(4), always(wasiBadFile)),
	system("fd_close", i32s(1), always(wasiBadFile)),
	system("fd_seek", []api.ValueType{api.ValueTypeI32, api.ValueTypeI64, api.ValueTypeI32, api.ValueTypeI32}, always(wasiBadFile)),
	system("fd_fdstat_get", i32s(2), fdstat),
	system("fd_fdstat_set_flags", i32s(2), always(wasiBadFile)),
	system("fd_prestat_get", i32s(2), always(wasiBadFile)),
	system("fd_prestat_dir_name", i32s(3), always(wasiBadFile)),
	system("path_open", []api.ValueType{api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32,
		api.ValueTypeI64, api.ValueTypeI64, api.ValueTypeI32, api.ValueTypeI32}, always(wasiNotExist)),
	system("sched_yield", nil, always(wasiOK)),
	// Nothing in a parser waits: whoever wants to wait has waited.
	system("poll_oneoff", i32s(4), func(_ *instance, m api.Memory, p []uint64) uint64 { return store(m, p[3], 0) }),
	{"proc_exit", i32s(1), nil, func(*instance, api.Memory, []uint64) { panic(errExit) }},
}

var own = []function{
	{parserabi.FunctionDecide, i32s(2), i32s(1), (*instance).decide},
	{parserabi.FunctionAsk, i32s(1), i32s(1), (*instance).ask},
	{parserabi.FunctionLog, i32s(2), nil, (*instance).log},
	{parserabi.FunctionSetUser, i32s(2), nil, (*instance).setUser},
}

// given are the functions that a parser may import, by their module.
var given = map[string][]function{moduleWASI: wasi, parserabi.Module: own}

// provided reports whether a parser may import a function.
func provided(module, name string) bool {
	return slices.ContainsFunc(given[module], func(f function) bool { return f.name == name })
}

// provide gives the functions to the modules of a runtime.
func provide(ctx context.Context, runtime wazero.Runtime) error {
	for module, functions := range given {
		builder := runtime.NewHostModuleBuilder(module)
		for _, f := range functions {
			builder.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
				i := ctx.Value(instanceKey{}).(*instance)
				i.spend(costOfCall)
				f.call(i, m.Memory(), stack)
			}), f.params, f.results).Export(f.name)
		}
		if _, err := builder.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Costs of a function of the library: of a call, and of a byte that it reads or writes, by its logarithm.
const (
	costOfCall = 200
	costOfByte = 3
)

// store takes an address as it is on the stack, where the upper half of a number of 32 bits has no meaning.
func store(m api.Memory, at uint64, value uint32) uint64 {
	if !m.WriteUint32Le(uint32(at), value) {
		return wasiFault
	}
	return wasiOK
}

func sizes(m api.Memory, p []uint64, count, bytes uint32) uint64 {
	return store(m, p[0], count) | store(m, p[1], bytes)
}

func environ(_ *instance, m api.Memory, p []uint64) uint64 {
	if !m.WriteString(uint32(p[1]), environment) {
		return wasiFault
	}
	return store(m, p[0], uint32(p[1]))
}

// started is where the clock begins that only goes forward.
var started = time.Now()

func clock(_ *instance, m api.Memory, p []uint64) uint64 {
	now := time.Since(started).Nanoseconds()
	if uint32(p[0]) == 0 {
		now = time.Now().UnixNano()
	}
	if !m.WriteUint64Le(uint32(p[2]), uint64(now)) {
		return wasiFault
	}
	return wasiOK
}

// maxRandom is how many random bytes one call gives at most.
const maxRandom = 1 << 16

func random(i *instance, m api.Memory, p []uint64) uint64 {
	b, ok := m.Read(uint32(p[0]), uint32(p[1]))
	if !ok || len(b) > maxRandom {
		return wasiFault
	}
	i.spend(int64(len(b) >> costOfByte))
	_, _ = rand.Read(b)
	return wasiOK
}

// maxPieces is how many pieces one call of write may have.
const maxPieces = 64

// write keeps the last words of a parser, for an operator.
func write(i *instance, m api.Memory, p []uint64) uint64 {
	if fd := uint32(p[0]); fd != 1 && fd != 2 || uint32(p[2]) > maxPieces {
		return wasiBadFile
	}
	total := uint32(0)
	for k := range uint32(p[2]) {
		piece, ok := m.Read(uint32(p[1])+8*k, 8)
		if !ok {
			return wasiFault
		}
		text, ok := m.Read(binary.LittleEndian.Uint32(piece), binary.LittleEndian.Uint32(piece[4:]))
		if !ok {
			return wasiFault
		}
		i.say(text)
		total += uint32(len(text))
	}
	return store(m, p[3], total)
}

// fdstat says of the outputs that they are there.
func fdstat(_ *instance, m api.Memory, p []uint64) uint64 {
	if fd := uint32(p[0]); fd != 1 && fd != 2 {
		return wasiBadFile
	}
	var nothing [24]byte
	if !m.Write(uint32(p[1]), nothing[:]) {
		return wasiFault
	}
	return wasiOK
}
