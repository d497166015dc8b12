//go:build wasip1

package wasmparser

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"unsafe"

	"github.com/proxylib/proxylib/hosts/internal/parserabi"
	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// buffer is the memory that the library writes to.
var buffer []byte

// keptBuffer is the capacity of it that is kept, in bytes.
const keptBuffer = 64 << 10

//go:wasmexport proxylib_abi_1
func abi() {}

//go:wasmexport proxylib_buffer
func reserve(size uint32) unsafe.Pointer {
	if int(size) > cap(buffer) || cap(buffer) > keptBuffer && size <= keptBuffer {
		buffer = make([]byte, max(size, 4<<10))
	}
	return addressOf(buffer[:1])
}

//go:wasmexport proxylib_area
func areaAddress() unsafe.Pointer { return unsafe.Pointer(&area) }

// protocol returns the protocol of the module, of which there is one.
func protocol() (*proxylib.Protocol, error) {
	names := proxylib.ParserNames()
	if len(names) != 1 {
		return nil, fmt.Errorf("the module has %d parsers: build it with one", len(names))
	}
	p := proxylib.Registered(names[0])
	return p, p.CheckPauses()
}

//go:wasmexport proxylib_describe
func describe() uint64 {
	var d parserabi.Description
	if p, err := protocol(); err != nil {
		d.Error = err.Error()
	} else {
		d = parserabi.Describe(p)
		d.Version = version(p)
	}
	fields = d.Fields()
	text, err := json.Marshal(d)
	if err != nil {
		return 0
	}
	return span(text)
}

// version returns the version of the module that has the parser, empty if the build does not know it.
func version(p *proxylib.Protocol) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	_, version := buildinfo.ModuleOf(info, p.Package())
	if len(version) > parserabi.MaxVersion {
		return ""
	}
	return version
}

// newParser makes parsers by the configuration.
var newParser func(*proxylib.Connection) proxylib.Parser

//go:wasmexport proxylib_configure
func configure(size uint32) uint64 {
	p, err := protocol()
	if err == nil {
		newParser, err = p.Configured(append([]byte(nil), buffer[:size]...))
	}
	if err != nil {
		return span([]byte(err.Error()))
	}
	return 0
}

//go:wasmexport proxylib_rule
func rule(size uint32) uint64 {
	var q parserabi.RuleQuestion
	var a parserabi.RuleAnswer
	err := json.Unmarshal(buffer[:size], &q)
	p, missing := protocol()
	switch {
	case err != nil:
	case missing != nil:
		err = missing
	case q.Key != "":
		_, err = custom(p, q.Key, q.Written)
	default:
		if p.CheckRule != nil {
			err = p.CheckRule(q.Keys)
		}
		if p.Imply != nil && err == nil {
			a.Implied = p.Imply(q.Keys)
		}
	}
	if err != nil {
		a.Error = err.Error()
	}
	text, _ := json.Marshal(a)
	return span(text)
}

// comparison is what is written for a custom key.
type comparison struct{ key, written string }

// comparisons are those that have been made, at most maxComparisons.
var comparisons = map[comparison]func([]byte) bool{}

const maxComparisons = 4096

// custom makes the comparison of a custom key.
func custom(p *proxylib.Protocol, name, written string) (func([]byte) bool, error) {
	c := comparison{name, written}
	if holds := comparisons[c]; holds != nil {
		return holds, nil
	}
	for i := range p.RuleKeys {
		if k := &p.RuleKeys[i]; k.Name == name && k.Compile != nil {
			holds, err := k.Compile(written)
			if err != nil {
				return nil, err
			}
			if len(comparisons) >= maxComparisons {
				clear(comparisons)
			}
			comparisons[c] = holds
			return holds, nil
		}
	}
	return nil, errors.New("is unknown")
}

// match is called with the lengths of the name of a custom key, of what is written for it, and of the value, which are one after
// the other in the buffer. A comparison that cannot be made ends the instance.
//
//go:wasmexport proxylib_match
func match(key, written, value uint32) uint32 {
	p, err := protocol()
	if err != nil {
		panic(err)
	}
	text := buffer[:key+written+value]
	holds, err := custom(p, string(text[:key]), string(text[key:][:written]))
	if err != nil {
		panic(err)
	}
	if holds(text[key+written:]) {
		return 1
	}
	return 0
}

//go:wasmexport proxylib_open
func open(size uint32) uint32 {
	var c parserabi.Connection
	p, err := protocol()
	if err == nil {
		err = c.Decode(buffer[:size])
	}
	if err != nil || newParser == nil {
		return parserabi.ParserError
	}
	err = connect(p, &c)
	var result proxylib.FilterResult
	switch {
	case err == nil:
		return parserabi.OK
	case errors.As(err, &result) && result == proxylib.POLICY_DROP:
		return parserabi.PolicyDrop
	}
	return parserabi.ParserError
}

//go:wasmexport proxylib_data
func data(flags, size uint32) uint32 {
	list := chunks[:0]
	if size > 0 {
		chunks[0] = buffer[:size]
		list = chunks[:1]
	}
	begin()
	var result proxylib.FilterResult
	made, result := conn.OnData(flags&parserabi.Reply != 0, flags&parserabi.EndStream != 0, list, ops[:0:min(area.maxOps, parserabi.MaxOps)])
	for i, op := range made {
		area.list[i] = host.FilterOp{Op: op.Op, N: op.N}
	}
	area.ops = uint32(len(made))
	finish(result)
	if result != proxylib.OK {
		return parserabi.ParserError
	}
	return parserabi.OK
}

var (
	chunks [1][]byte
	ops    = make([]host.FilterOp, 0, parserabi.MaxOps)
)

//go:wasmexport proxylib_prompt
func prompt() uint64 {
	begin()
	op, n := conn.Prompt()
	finish(proxylib.OK)
	return uint64(op)<<32 | uint64(uint32(n))
}

//go:wasmexport proxylib_close
func closeConnection() {
	if conn != nil {
		conn.Close()
		conn = nil
	}
}
