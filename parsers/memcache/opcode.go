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
	// quiet: a reply comes only if it is not the usual one. quietly is the opcode of the same operation that is quiet, 0 if
	// there is none.
	quiet   bool
	quietly byte
	// time is the offset of the expiration time in the frame, 0 if there is none.
	time uint8
	// success is the status that stands for a reply with status 0.
	success status
}

// layouts holds all opcodes that are ever forwarded: those that memcached knows. Where the next frame begins after any other
// is not defined. An entry without operations is not an opcode.
var layouts = [opcodes]layout{
	opcodeGet:           {operations: opGet, quietly: opcodeGetQ, key: always, success: statusHit},
	opcodeGetK:          {operations: opGet, quietly: opcodeGetKQ, key: always, success: statusHit},
	opcodeSet:           {operations: opSet, quietly: opcodeSetQ, extras: 8, time: headerLen + 4, key: always, value: true, success: statusStored},
	opcodeAdd:           {operations: opAdd, quietly: opcodeAddQ, extras: 8, time: headerLen + 4, key: always, value: true, success: statusStored},
	opcodeReplace:       {operations: opReplace, quietly: opcodeReplaceQ, extras: 8, time: headerLen + 4, key: always, value: true, success: statusStored},
	opcodeAppend:        {operations: opAppend, quietly: opcodeAppendQ, key: always, value: true, success: statusStored},
	opcodePrepend:       {operations: opPrepend, quietly: opcodePrependQ, key: always, value: true, success: statusStored},
	opcodeDelete:        {operations: opDelete, quietly: opcodeDeleteQ, key: always, success: statusDeleted},
	opcodeIncrement:     {operations: opIncr, quietly: opcodeIncrementQ, extras: 20, time: headerLen + 16, key: always, success: statusOK},
	opcodeDecrement:     {operations: opDecr, quietly: opcodeDecrementQ, extras: 20, time: headerLen + 16, key: always, success: statusOK},
	opcodeTouch:         {operations: opTouch, extras: 4, time: headerLen, key: always, success: statusTouched},
	opcodeGAT:           {operations: opGat, quietly: opcodeGATQ, extras: 4, time: headerLen, key: always, success: statusHit},
	opcodeGATK:          {operations: opGat, quietly: opcodeGATKQ, extras: 4, time: headerLen, key: always, success: statusHit},
	opcodeFlush:         {operations: opFlush, quietly: opcodeFlushQ, extras: 4, maybeExtras: true, success: statusOK},
	opcodeQuit:          {operations: opQuit, quietly: opcodeQuitQ, success: statusOK},
	opcodeNoop:          {operations: opNoop, success: statusOK},
	opcodeVersion:       {operations: opVersion, success: statusOK},
	opcodeStat:          {operations: opStats, key: maybe, success: statusOK},
	opcodeSASLListMechs: {operations: opSaslList, success: statusOK},
	opcodeSASLAuth:      {operations: opSaslAuth, key: always, value: true, success: statusOK},
	opcodeSASLStep:      {operations: opSaslStep, key: always, value: true, success: statusOK},
}

func init() {
	for _, l := range layouts {
		if quietly := l.quietly; quietly != 0 {
			l.quiet = true
			layouts[quietly] = l
		}
	}
}
