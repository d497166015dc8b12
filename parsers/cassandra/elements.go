package cassandra

import "github.com/proxylib/proxylib/proxylib/wire"

// The elements of messages (native_protocol_v5.spec, section 3) that [wire.Reader] does not know. A [string] and [short
// bytes] are Bytes16, a [long string] is Bytes32, and [bytes] are Nullable32.

// valueUnset is the length of a [value] that is not set; any other negative one but that of null is malformed.
const valueUnset = -2

// skipValues moves past a number of [value]s, each after a name if they are named.
func skipValues(in *wire.Reader, named bool) {
	for n := in.Uint16(); n > 0 && in.OK(); n-- {
		if named {
			skipShort(in)
		}
		length := in.Int32()
		if length < valueUnset {
			in.Fail(wire.ErrLength)
		}
		in.Skip(max(0, int(length)))
	}
}

// eachString goes through a [string map].
func eachString(in *wire.Reader, do func(key, value []byte)) {
	for n := in.Uint16(); n > 0 && in.OK(); n-- {
		key, value := in.Bytes16(), in.Bytes16()
		if in.OK() {
			do(key, value)
		}
	}
}

// skipBytesMap moves past a [bytes map].
func skipBytesMap(in *wire.Reader) {
	for n := in.Uint16(); n > 0 && in.OK(); n-- {
		skipShort(in)
		in.Nullable32()
	}
}

// skipStringList moves past a [string list].
func skipStringList(in *wire.Reader) {
	for n := in.Uint16(); n > 0 && in.OK(); n-- {
		skipShort(in)
	}
}

// skipShort moves past a [string] or [short bytes].
func skipShort(in *wire.Reader) { in.Skip(int(in.Uint16())) }
