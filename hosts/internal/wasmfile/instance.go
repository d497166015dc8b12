package wasmfile

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/proxylib/proxylib/hosts/internal/parserabi"
	"github.com/proxylib/proxylib/internal/overload"
)

// total limits a sum.
type total = overload.Limit

// Errors of a parser. Each ends its instance.
var (
	// ErrWork: a call did too much.
	ErrWork = errors.New("the parser did too much in one call")
	// ErrMemory: the parser gave an address that is not in its memory.
	ErrMemory = errors.New("the parser gave an address outside of its memory")
	// ErrOperations: operations are not what they have to be.
	ErrOperations = errors.New("the parser returned operations that are not possible")
	// ErrResult: a call returned a number that has no meaning.
	ErrResult = errors.New("the parser returned a result without a meaning")
	errExit   = errors.New("the parser has ended itself")
)

// instance is an instance of a module, used by one thread at a time.
type instance struct {
	version *version
	module  api.Module
	// linear is its memory, ctx leads functions of the library to the instance.
	linear *memory
	ctx    context.Context
	fuel   api.MutableGlobal
	// area and buffer are addresses.
	area, buffer, bufferBytes uint32
	// failed: a call has ended it.
	failed bool
	// serves is the connection; nil if it has none.
	serves *parser
	// onData is called often.
	onData api.Function
	stack  [2]uint64
	// words are the end of what it wrote to its output.
	words []byte
}

// instanceKey is the key of the instance in a context.
type instanceKey struct{}

// newInstance instantiates the module.
func (v *version) newInstance() (*instance, error) {
	i := &instance{version: v}
	i.ctx = context.WithValue(context.Background(), instanceKey{}, i)
	a := &allocator{total: v.limits.memory}
	var err error
	i.module, err = v.runtime.InstantiateModule(experimental.WithMemoryAllocator(i.ctx, a), v.compiled,
		wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		if a.made != nil {
			a.made.Free()
		}
		return nil, err
	}
	i.linear = a.made
	if i.linear == nil || i.module.Memory() == nil {
		i.close()
		return nil, errors.New(`the module exports no memory under the name "memory"`)
	}
	i.fuel, _ = i.module.ExportedGlobal(fuelExport).(api.MutableGlobal)
	return i, nil
}

func (i *instance) close() {
	_ = i.module.Close(i.ctx)
	i.serves = nil
}

// call calls an export, whose parameters and result are in the stack. An error ends the instance.
func (i *instance) call(f api.Function, stack []uint64) error {
	i.fuel.Set(api.EncodeI64(i.version.limits.work))
	err := f.CallWithStack(i.ctx, stack)
	if err == nil {
		return nil
	}
	i.failed = true
	if int64(i.fuel.Get()) < 0 {
		return ErrWork
	}
	return i.reason(err)
}

// spend counts work that the library does for a parser.
func (i *instance) spend(cost int64) {
	left := int64(i.fuel.Get()) - cost
	i.fuel.Set(api.EncodeI64(left))
	if left < 0 {
		panic(ErrWork)
	}
}

// maxReason is the length, in bytes, of the longest reason.
const maxReason = 400

// reason returns the first line of an error of wazero, and of what the parser said.
func (i *instance) reason(err error) error {
	var exit *sys.ExitError
	for _, own := range []error{ErrMemory, parserabi.ErrSubject, parserabi.ErrEntry, errExit} {
		if errors.Is(err, own) {
			err = own
		}
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if errors.As(err, &exit) {
		text = errExit.Error()
	}
	if words, _, _ := strings.Cut(strings.TrimSpace(string(i.words)), "\n"); words != "" {
		text += ": " + words
	}
	if len(text) > maxReason {
		text = text[:maxReason]
	}
	return fmt.Errorf("%w: %s", err, printable(text))
}

// printable replaces what a terminal would not show.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return '?'
		}
		return r
	}, text)
}

// maxWords is how many bytes of the output are kept.
const maxWords = 1 << 10

// say keeps what the parser writes to its output.
func (i *instance) say(text []byte) {
	if free := maxWords - len(i.words); free > 0 {
		i.words = append(i.words, text[:min(free, len(text))]...)
	}
}

// export returns an exported function, nil if it is not there.
func (i *instance) export(name string) api.Function { return i.module.ExportedFunction(name) }

// run calls an export with parameters and returns its result, 0 if it has none.
func (i *instance) run(name string, params ...uint64) (uint64, error) {
	stack := make([]uint64, max(1, len(params)))
	copy(stack, params)
	err := i.call(i.export(name), stack)
	return stack[0], err
}

// bytes returns a part of the memory.
func (i *instance) bytes(at, n uint32) ([]byte, error) {
	if uint64(at)+uint64(n) > i.linear.size {
		return nil, ErrMemory
	}
	return i.linear.region[at:][:n:n], nil
}

// span returns what a number of address and length stands for.
func (i *instance) span(n uint64) ([]byte, error) { return i.bytes(uint32(n>>32), uint32(n)) }

// firstBuffer is the length of the buffer that an instance begins with, in bytes.
const firstBuffer = 16 << 10

// reserve returns n bytes of the buffer, to be written to.
func (i *instance) reserve(n int) ([]byte, error) {
	if n > math.MaxInt32 {
		return nil, ErrMemory
	}
	if uint32(n) > i.bufferBytes || i.bufferBytes == 0 {
		size := max(uint32(n), firstBuffer)
		at, err := i.run(parserabi.ExportBuffer, uint64(size))
		if err != nil {
			return nil, err
		}
		i.buffer, i.bufferBytes = uint32(at), size
	}
	if i.buffer == 0 {
		return nil, ErrMemory
	}
	return i.bytes(i.buffer, uint32(n))
}

// give writes text to the buffer.
func (i *instance) give(text []byte) error {
	b, err := i.reserve(len(text))
	copy(b, text)
	return err
}

// converse calls an export that takes a text and returns one.
func (i *instance) converse(name string, text []byte) ([]byte, error) {
	if err := i.give(text); err != nil {
		return nil, err
	}
	n, err := i.run(name, uint64(len(text)))
	if err != nil {
		return nil, err
	}
	return i.span(n)
}

// findArea has the parser say where the area is.
func (i *instance) findArea() error {
	at, err := i.run(parserabi.ExportArea)
	if err != nil {
		return err
	}
	i.area = uint32(at)
	_, err = i.bytes(i.area, parserabi.AreaBytes)
	if i.area == 0 || i.area%8 != 0 {
		err = ErrMemory
	}
	return err
}
