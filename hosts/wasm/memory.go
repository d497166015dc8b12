//go:build wasip1

package wasm

import "unsafe"

// firstScratch is the length of the memory that Envoy writes to at the beginning, in bytes.
const firstScratch = 64 << 10

// scratch is the memory that Envoy writes to. What is in it is valid until the next call that has Envoy write.
var (
	scratch = make([]byte, firstScratch)
	// wanted is how much Envoy asked for in a call, if it did.
	wanted uint32
)

// proxyOnMemoryAllocate is called by Envoy within our calls, where nothing else may be done: no allocation, no panic, no call.
//
//go:wasmexport proxy_on_memory_allocate
func proxyOnMemoryAllocate(size uint32) unsafe.Pointer {
	wanted = size
	if size > uint32(len(scratch)) {
		return nil
	}
	return unsafe.Pointer(&scratch[0])
}

// prepare makes the scratch long enough.
func prepare(size uint32) {
	if size > uint32(len(scratch)) {
		scratch = make([]byte, max(size, 2*uint32(len(scratch))))
	}
}

// written returns what Envoy has written.
func written() []byte {
	if results.length == 0 || results.length > uint32(len(scratch)) {
		return nil
	}
	return scratch[:results.length]
}

// buffer returns the first size bytes of a buffer, in the scratch; ok is false if Envoy does not give them.
func buffer(kind, size uint32) (b []byte, ok bool) {
	if size == 0 {
		return nil, true
	}
	prepare(size)
	results.address, results.length = 0, 0
	status := proxyGetBufferBytes(kind, 0, size, unsafe.Pointer(&results.address), unsafe.Pointer(&results.length))
	b = written()
	return b, status == statusOK && uint32(len(b)) == size
}

// replace puts b in the place of the size bytes of a buffer.
func replace(kind, size uint32, b []byte) bool {
	start := uint32(0)
	if size == 0 {
		start = everything
	}
	return proxySetBufferBytes(kind, start, size, addressOf(b), uint32(len(b))) == statusOK
}

// property returns the value of a property, in the scratch; nil if there is none. The parts of its path are separated by NUL.
func property(path string) []byte {
	for range 2 {
		results.address, results.length, wanted = 0, 0, 0
		status := proxyGetProperty(textAddress(path), uint32(len(path)), unsafe.Pointer(&results.address), unsafe.Pointer(&results.length))
		switch {
		case status == statusOK:
			return written()
		case wanted <= uint32(len(scratch)):
			return nil
		}
		prepare(wanted)
	}
	return nil
}

// sharedData returns a value that virtual machines share, in the scratch, and the number of its version, by which
// [setSharedData] recognizes that it is still the same; ok is false if there is none.
func sharedData(key string) (value []byte, version uint32, ok bool) {
	for {
		results.address, results.length, results.cas, wanted = 0, 0, 0, 0
		status := proxyGetSharedData(textAddress(key), uint32(len(key)), unsafe.Pointer(&results.address),
			unsafe.Pointer(&results.length), unsafe.Pointer(&results.cas))
		switch {
		case status == statusOK:
			return written(), results.cas, true
		case status == statusNotFound || wanted <= uint32(len(scratch)) || wanted > maxShared:
			return nil, 0, false
		}
		// Another virtual machine may have made it longer meanwhile.
		prepare(wanted)
	}
}

// absent is the version of a value that is not there: no value ever gets it.
const absent = 1<<32 - 1

// setSharedData replaces a value that has the version, and reports whether it had. Version 0 replaces any.
func setSharedData(key string, value []byte, version uint32) bool {
	return proxySetSharedData(textAddress(key), uint32(len(key)), addressOf(value), uint32(len(value)), version) == statusOK
}

// keptScratch is the length of a scratch that is kept, in bytes.
const keptScratch = 1 << 20

// trim releases a scratch that is longer than usual. What is in it is not valid any more.
func trim() {
	if len(scratch) > keptScratch {
		scratch = make([]byte, firstScratch)
	}
}
