package cassandra

import "github.com/proxylib/proxylib/proxylib/wire"

const (
	errMalformed   protocolError = "malformed message"
	errConsistency protocolError = "unknown consistency"
	errQueryFlags  protocolError = "unknown flags of a query"
	errCompression protocolError = "unknown compression"
	errExtension   protocolError = "extension of the protocol that was not offered"
)

// The bits of the flags of query parameters (native_protocol_v5.spec, section 4.1.4).
const (
	queryValues      = 0x01
	querySkip        = 0x02
	queryPageSize    = 0x04
	queryPagingState = 0x08
	querySerial      = 0x10
	queryTimestamp   = 0x20
	queryNames       = 0x40
	queryKeyspace    = 0x80
	queryNow         = 0x100
)

// prepareKeyspace is the bit of the flags of a PREPARE of version 5 that says that a keyspace follows.
const prepareKeyspace = 0x01

// The flags that parameters of requests may have, those of a batch and those of version 5 apart.
const (
	queryFlags  = queryValues | querySkip | queryPageSize | queryPagingState | querySerial | queryTimestamp | queryNames
	batchFlags  = querySerial | queryTimestamp
	flagsSince5 = queryKeyspace | queryNow
)

// consistencies are the levels of consistency by number.
var consistencies = []string{"ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "SERIAL",
	"LOCAL_SERIAL", "LOCAL_ONE"}

// params are the parameters of a request, as far as they count.
type params struct {
	consistency uint16
	bits        uint32
	// keyspace is that in which names without a keyspace are meant; nil is the one of the connection.
	keyspace []byte
}

// hasKeyspace reports whether the request names the keyspace of names that have none.
func (q *params) hasKeyspace() bool { return q.bits&queryKeyspace != 0 }

// read reads the parameters after a query or an id. Of a part of a body no more is read than the verdict needs.
func (q *params) read(in *wire.Reader, version uint8, part bool) (decision, error) {
	err := q.readHead(in, version, queryFlags)
	if in.OK() && err == nil && (!part || q.hasKeyspace()) {
		q.readTail(in)
	}
	switch {
	case in.Short() && part:
		return decideMore, nil
	case in.OK() && err != nil:
		return decideDrop, err
	case !in.OK():
		return decideDrop, errMalformed
	}
	return decidePass, nil
}

// readHead reads consistency and flags, which must be among those allowed.
func (q *params) readHead(in *wire.Reader, version uint8, allowed uint32) error {
	q.consistency = in.Uint16()
	q.readFlags(in, version)
	return q.check(version, allowed)
}

func (q *params) readFlags(in *wire.Reader, version uint8) {
	if version >= version5 {
		q.bits = uint32(in.Int32())
		return
	}
	q.bits = uint32(in.Uint8())
}

func (q *params) check(version uint8, allowed uint32) error {
	if version >= version5 {
		allowed |= flagsSince5
	}
	if q.bits&^allowed != 0 {
		return errQueryFlags
	}
	if int(q.consistency) >= len(consistencies) {
		return errConsistency
	}
	return nil
}

// readTail reads what the flags say follows.
func (q *params) readTail(in *wire.Reader) {
	if q.bits&queryValues != 0 {
		skipValues(in, q.bits&queryNames != 0)
	}
	if q.bits&queryPageSize != 0 {
		in.Int32()
	}
	if q.bits&queryPagingState != 0 {
		in.Nullable32()
	}
	if q.bits&querySerial != 0 {
		in.Uint16()
	}
	if q.bits&queryTimestamp != 0 {
		in.Skip(8)
	}
	if q.hasKeyspace() {
		q.keyspace = in.Bytes16()
	}
	if q.bits&queryNow != 0 {
		in.Int32()
	}
}
