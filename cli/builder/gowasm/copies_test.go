package gowasm

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/proxylib/proxylib/internal/wasmcode"
)

// i32 returns a constant.
func i32(n int64) (b []byte) {
	for b = []byte{wasmcode.OpI32Const}; ; n >>= 7 {
		if n >= -64 && n < 64 {
			return append(b, byte(n&0x7f))
		}
		b = append(b, byte(n&0x7f|0x80))
	}
}

var (
	memoryCopy = []byte{wasmcode.OpMore, wasmcode.MoreMemoryCopy, 0, 0}
	memoryFill = []byte{wasmcode.OpMore, wasmcode.MoreMemoryFill, 0}
)

// memory runs a module with the first bytes of its memory, and returns what they are afterwards; nil if it ends with a trap.
func memory(t *testing.T, module []byte, place uint64, before []byte) []byte {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer r.Close(context.Background())
	m, err := r.Instantiate(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	m.Memory().Write(0, before)
	if _, err := m.ExportedFunction("f").Call(ctx, place); err != nil {
		return nil
	}
	after, _ := m.Memory().Read(0, uint32(len(before)))
	return bytes.Clone(after)
}

func TestCopiesAndFillsDoTheSame(t *testing.T) {
	const from = 160
	before := make([]byte, 480)
	for i := range before {
		before[i] = byte(i*7 + 1)
	}
	for _, n := range []int64{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 47, 64, 100, 127, 128, 129, 140} {
		for _, by := range []int64{-140, -33, -16, -9, -8, -3, -1, 0, 1, 2, 5, 7, 8, 12, 16, 17, 31, 40, 140} {
			places := slices.Concat(i32(from+by), i32(from))
			fixed := slices.Concat(places, i32(n), memoryCopy)
			// The sum is not a constant.
			other := slices.Concat(places, i32(n-1), i32(1), []byte{opI32Add}, memoryCopy)
			fill := slices.Concat(i32(from+by), i32(0), i32(n), memoryFill)
			module := oneFunction(only32, slices.Concat(fixed, returns(0)), slices.Concat(other, returns(0)), slices.Concat(fill, returns(0)),
				// A place that is stored is one at which the function can go on.
				stored(1), stored(2))
			out := optimized(t, module)
			for place := range uint64(3) {
				if got, want := memory(t, out, place, before), memory(t, module, place, before); want == nil || !bytes.Equal(got, want) {
					t.Fatalf("%d bytes, %d bytes on, place %d: got\n%x\nwant\n%x", n, by, place, got, want)
				}
			}
		}
	}
}

// stored stores a place.
func stored(place byte) []byte {
	address := binary.AppendUvarint(nil, firstFunction<<placeBits|uint64(place))
	return slices.Concat([]byte{wasmcode.OpLocalGet, 1, wasmcode.OpI64Const}, address, []byte{opI64Store, 3, 0}, returns(0))
}

func TestCopiesBeyondMemoryEndWithATrap(t *testing.T) {
	const end = 1 << 16
	for _, places := range [][2]int64{{0, end - 20}, {end - 20, 0}, {end - 7, 0}, {0, end}, {-8, 0}, {0, -8}} {
		for _, length := range [][]byte{i32(24), slices.Concat(i32(20), i32(4), []byte{opI32Add})} {
			code := slices.Concat(i32(places[0]), i32(places[1]), length, memoryCopy, returns(0))
			before := []byte("unchanged, or a trap")
			for _, module := range [][]byte{oneFunction(only32, code, jumps(1, 1, 2)), optimized(t, oneFunction(only32, code, jumps(1, 1, 2)))} {
				if memory(t, module, 0, before) != nil {
					t.Errorf("from %d to %d: no trap", places[1], places[0])
				}
			}
		}
	}
}
