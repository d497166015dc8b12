package cassandra

import "github.com/proxylib/proxylib/proxylib/wire"

// How much of a reply, in bytes, is looked at for the log. Of a compressed one a little is inflated at first, and four
// times as much each time that it does not suffice.
const (
	maxOutcome   = 4 << 10
	firstOutcome = 256
)

// maxNested is the number of types that may be nested in that of a column, such as a list of sets.
const maxNested = 16

// The numbers of the types of columns that hold others or a name (native_protocol_v5.spec, section 4.2.5.2).
const (
	typeCustom = 0x00
	typeList   = 0x20
	typeMap    = 0x21
	typeSet    = 0x22
	typeUDT    = 0x30
	typeTuple  = 0x31
)

// outcome is what the beginning of the answer to a statement tells.
type outcome struct {
	// number is the kind of a RESULT or the code of an ERROR, if it is known.
	number uint32
	known  bool
	// rows is the number of rows, if it is counted.
	rows    int32
	counted bool
	// short: there were too few bytes, and there are more to come.
	short bool
}

// outcome reads the outcome from the beginning of a body, as far as [maxOutcome] bytes show it.
func (p *parser) outcome(o *outcome, h *header, body []byte) error {
	body = body[:min(len(body), maxOutcome)]
	cut := len(body) < h.length
	if h.flags&flagCompressed == 0 {
		return o.read(h, body, cut)
	}
	for limit := firstOutcome; ; limit *= 4 {
		plain, err := p.compression.inflatePrefix(body, resize(&p.inflated, limit)[:0:limit])
		if err != nil {
			return err
		}
		full := len(plain) == limit
		err = o.read(h, plain, cut || full)
		if err != nil || !o.short || !full {
			return err
		}
		if limit == maxOutcome {
			o.short = false
			return nil
		}
	}
}

// read reads the outcome from the beginning of a plain body. cut reports whether it goes on.
func (o *outcome) read(h *header, body []byte, cut bool) error {
	*o = outcome{}
	in := wire.NewReader(body)
	if h.flags != 0 {
		skipPrefix(&in, h.flags)
	}
	o.number = uint32(in.Int32())
	o.known = in.OK()
	if !o.known && !cut {
		return errReply
	}
	if o.known && h.opcode == opResult && o.number == resultRows {
		o.rows = rowCount(&in)
		o.counted = in.OK() && o.rows >= 0
	}
	o.short = in.Short() && cut
	return nil
}

// rowCount reads a RESULT of rows after its kind. The number of rows stands after the description of the columns; it is -1
// where the end of that is not known.
func rowCount(in *wire.Reader) int32 {
	flags, columns := resultMetadata(in)
	global := flags&metadataGlobal != 0
	if global && columns > 0 {
		skipShort(in)
		skipShort(in)
	}
	for ; columns > 0 && in.OK(); columns-- {
		if !global {
			skipShort(in)
			skipShort(in)
		}
		skipShort(in)
		if !skipType(in, maxNested) {
			return -1
		}
	}
	return in.Int32()
}

// prefix goes past what the flags of a reply say stands before the message: warnings and then a custom payload, by the
// specification. There are servers that send them the other way round.
func skipPrefix(in *wire.Reader, flags uint8) {
	if flags&flagTracing != 0 {
		in.Skip(16)
	}
	from := *in
	if flags&flagWarning != 0 {
		skipStringList(in)
	}
	if flags&flagPayload != 0 {
		skipBytesMap(in)
	}
	if flags&flagWarning == 0 || flags&flagPayload == 0 || in.OK() && kindAhead(*in) {
		return
	}
	other := from
	skipBytesMap(&other)
	skipStringList(&other)
	if other.OK() && kindAhead(other) {
		*in = other
	}
}

// kindAhead reports whether the next element may be the kind of a RESULT or the code of an ERROR.
func kindAhead(in wire.Reader) bool {
	kind := in.Int32()
	return in.OK() && (kind >= resultVoid && kind <= resultSchemaChange || kind >= 0 && kind <= codeUnprepared)
}

// skipType moves past the type of a column, in which others are nested up to a depth. It returns false if they are nested
// deeper, which is allowed: then it is not known where the type ends.
func skipType(in *wire.Reader, depth int) bool {
	if depth == 0 {
		return false
	}
	number := in.Uint16()
	// Those between are plain.
	if typeCustom < number && number < typeList {
		return true
	}
	inner := 0
	switch number {
	case typeCustom:
		skipShort(in)
	case typeList, typeSet:
		inner = 1
	case typeMap:
		inner = 2
	case typeTuple:
		inner = int(in.Uint16())
	case typeUDT:
		skipShort(in)
		skipShort(in)
		for n := in.Uint16(); n > 0 && in.OK(); n-- {
			skipShort(in)
			if !skipType(in, depth-1) {
				return false
			}
		}
	}
	for ; inner > 0 && in.OK(); inner-- {
		if !skipType(in, depth-1) {
			return false
		}
	}
	return true
}
