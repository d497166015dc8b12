package memcache

// The opcodes that memcached knows, by the names of its header protocol_binary.h and of its document on the binary protocol
// (https://docs.memcached.org/protocols/binary/). Opcodes whose names end in Q are quiet.
const (
	opcodeGet           = 0x00
	opcodeSet           = 0x01
	opcodeAdd           = 0x02
	opcodeReplace       = 0x03
	opcodeDelete        = 0x04
	opcodeIncrement     = 0x05
	opcodeDecrement     = 0x06
	opcodeQuit          = 0x07
	opcodeFlush         = 0x08
	opcodeGetQ          = 0x09
	opcodeNoop          = 0x0a
	opcodeVersion       = 0x0b
	opcodeGetK          = 0x0c
	opcodeGetKQ         = 0x0d
	opcodeAppend        = 0x0e
	opcodePrepend       = 0x0f
	opcodeStat          = 0x10
	opcodeSetQ          = 0x11
	opcodeAddQ          = 0x12
	opcodeReplaceQ      = 0x13
	opcodeDeleteQ       = 0x14
	opcodeIncrementQ    = 0x15
	opcodeDecrementQ    = 0x16
	opcodeQuitQ         = 0x17
	opcodeFlushQ        = 0x18
	opcodeAppendQ       = 0x19
	opcodePrependQ      = 0x1a
	opcodeTouch         = 0x1c
	opcodeGAT           = 0x1d
	opcodeGATQ          = 0x1e
	opcodeSASLListMechs = 0x20
	opcodeSASLAuth      = 0x21
	opcodeSASLStep      = 0x22
	opcodeGATK          = 0x23
	opcodeGATKQ         = 0x24
	opcodes             = 0x25
)

// need says whether a frame has a part.
type need uint8

const (
	never need = iota
	always
	maybe
)

// layout is what there is to know of the frames with an opcode.
type layout struct {
	operations operations
	// extras is the length of the extras, in bytes; with maybeExtras they may be left out.
	extras      uint8
	maybeExtras bool
	key         need
	value       bool
	// quiet: a reply comes only if it is not the usual one.
	quiet bool
	// time is the offset of the expiration time in the extras, or noTime.
	time uint8
	// success is the status that stands for a reply with status 0.
	success status
}

// noTime is the offset of an expiration time that is not there.
const noTime = 0xff

// Layouts that several opcodes have.
var (
	getLayout       = layout{operations: opGet, key: always, time: noTime, success: statusHit}
	setLayout       = layout{operations: opSet, extras: 8, key: always, value: true, time: 4, success: statusStored}
	appendLayout    = layout{operations: opAppend, key: always, value: true, time: noTime, success: statusStored}
	deleteLayout    = layout{operations: opDelete, key: always, time: noTime, success: statusDeleted}
	incrementLayout = layout{operations: opIncr, extras: 20, key: always, time: 16, success: statusOK}
	flushLayout     = layout{operations: opFlush, extras: 4, maybeExtras: true, time: noTime, success: statusOK}
	touchLayout     = layout{operations: opTouch, extras: 4, key: always, success: statusTouched}
	gatLayout       = layout{operations: opGat, extras: 4, key: always, success: statusHit}
	saslLayout      = layout{key: always, value: true, time: noTime, success: statusOK}
	bareLayout      = layout{time: noTime, success: statusOK}
)

// as returns the layout with other operations.
func (l layout) as(o operations) layout {
	l.operations = o
	return l
}

// layouts holds all opcodes that are ever forwarded: those that memcached knows. Where the next frame begins after any other
// is not defined. An entry without operations is not an opcode.
var layouts = [opcodes]layout{
	opcodeGet:           getLayout,
	opcodeSet:           setLayout,
	opcodeAdd:           setLayout.as(opAdd),
	opcodeReplace:       setLayout.as(opReplace),
	opcodeDelete:        deleteLayout,
	opcodeIncrement:     incrementLayout,
	opcodeDecrement:     incrementLayout.as(opDecr),
	opcodeQuit:          bareLayout.as(opQuit),
	opcodeFlush:         flushLayout,
	opcodeNoop:          bareLayout.as(opNoop),
	opcodeVersion:       bareLayout.as(opVersion),
	opcodeGetK:          getLayout,
	opcodeAppend:        appendLayout,
	opcodePrepend:       appendLayout.as(opPrepend),
	opcodeStat:          {operations: opStats, key: maybe, time: noTime, success: statusOK},
	opcodeTouch:         touchLayout,
	opcodeGAT:           gatLayout,
	opcodeSASLListMechs: bareLayout.as(opSaslList),
	opcodeSASLAuth:      saslLayout.as(opSaslAuth),
	opcodeSASLStep:      saslLayout.as(opSaslStep),
	opcodeGATK:          gatLayout,
}

func init() {
	for loud, quiet := range map[byte]byte{
		opcodeGet: opcodeGetQ, opcodeGetK: opcodeGetKQ, opcodeGAT: opcodeGATQ, opcodeGATK: opcodeGATKQ, opcodeSet: opcodeSetQ,
		opcodeAdd: opcodeAddQ, opcodeReplace: opcodeReplaceQ, opcodeAppend: opcodeAppendQ, opcodePrepend: opcodePrependQ,
		opcodeDelete: opcodeDeleteQ, opcodeIncrement: opcodeIncrementQ, opcodeDecrement: opcodeDecrementQ,
		opcodeFlush: opcodeFlushQ, opcodeQuit: opcodeQuitQ,
	} {
		layouts[quiet] = layouts[loud]
		layouts[quiet].quiet = true
	}
}
