package memcache

// need tells whether a frame has a part.
type need uint8

const (
	never need = iota
	always
	maybe
)

// opcode is what there is to know of an operation of the binary protocol.
type opcode struct {
	acts acts
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

// Opcodes with rules of their own.
const (
	opNoop    = 0x0a
	opVersion = 0x0b
	opStat    = 0x10
	opQuitQ   = 0x17
)

// Shapes that several operations have.
var (
	opGet       = opcode{acts: actGet, key: always, time: noTime, success: statusHit}
	opSet       = opcode{acts: actSet, extras: 8, key: always, value: true, time: 4, success: statusStored}
	opAppend    = opcode{acts: actAppend, key: always, value: true, time: noTime, success: statusStored}
	opDelete    = opcode{acts: actDelete, key: always, time: noTime, success: statusDeleted}
	opIncrement = opcode{acts: actIncr, extras: 20, key: always, time: 16, success: statusOK}
	opFlush     = opcode{acts: actFlush, extras: 4, maybeExtras: true, time: noTime, success: statusOK}
	opTouch     = opcode{acts: actTouch, extras: 4, key: always, success: statusTouched}
	opGat       = opcode{acts: actGat, extras: 4, key: always, success: statusHit}
	opSasl      = opcode{key: always, value: true, time: noTime, success: statusOK}
	opAlone     = opcode{time: noTime, success: statusOK}
)

// as returns the operation with other acts.
func (o opcode) as(a acts) opcode {
	o.acts = a
	return o
}

// silently returns the operation as its quiet variant.
func (o opcode) silently() opcode {
	o.quiet = true
	return o
}

// opcodes are all operations that are ever forwarded: those that memcached knows. Where the next frame begins behind any
// other is not defined. An entry without acts is none.
var opcodes = [...]opcode{
	0x00:      opGet,
	0x01:      opSet,
	0x02:      opSet.as(actAdd),
	0x03:      opSet.as(actReplace),
	0x04:      opDelete,
	0x05:      opIncrement,
	0x06:      opIncrement.as(actDecr),
	0x07:      opAlone.as(actQuit),
	0x08:      opFlush,
	0x09:      opGet.silently(),
	opNoop:    opAlone.as(actNoop),
	opVersion: opAlone.as(actVersion),
	0x0c:      opGet,
	0x0d:      opGet.silently(),
	0x0e:      opAppend,
	0x0f:      opAppend.as(actPrepend),
	opStat:    {acts: actStats, key: maybe, time: noTime, success: statusOK},
	0x11:      opSet.silently(),
	0x12:      opSet.as(actAdd).silently(),
	0x13:      opSet.as(actReplace).silently(),
	0x14:      opDelete.silently(),
	0x15:      opIncrement.silently(),
	0x16:      opIncrement.as(actDecr).silently(),
	opQuitQ:   opAlone.as(actQuit).silently(),
	0x18:      opFlush.silently(),
	0x19:      opAppend.silently(),
	0x1a:      opAppend.as(actPrepend).silently(),
	0x1c:      opTouch,
	0x1d:      opGat,
	0x1e:      opGat.silently(),
	0x20:      opAlone.as(actSaslList),
	0x21:      opSasl.as(actSaslAuth),
	0x22:      opSasl.as(actSaslStep),
	0x23:      opGat,
	0x24:      opGat.silently(),
}
