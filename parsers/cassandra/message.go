package cassandra

import (
	"bytes"
)

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

// The flags that parameters of requests may have, those of a batch and those of version 5 apart.
const (
	queryFlags  = queryValues | querySkip | queryPageSize | queryPagingState | querySerial | queryTimestamp | queryNames
	batchFlags  = querySerial | queryTimestamp
	flagsSince5 = queryKeyspace | queryNow
)

// consistencies are the levels of consistency by number.
var consistencies = [...]string{"ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "SERIAL",
	"LOCAL_SERIAL", "LOCAL_ONE"}

// params are the parameters of a request, as far as they count.
type params struct {
	consistency uint16
	bits        uint32
	// keyspace is that in which names without a keyspace are meant; nil is the one of the connection.
	keyspace []byte
}

// hasKeyspace tells whether the request names the keyspace of names that have none.
func (q *params) hasKeyspace() bool { return q.bits&queryKeyspace != 0 }

// head reads consistency and flags, which must be among those allowed.
func (q *params) head(c *cursor, version uint8, allowed uint32) error {
	q.consistency = c.uint16()
	q.readFlags(c, version)
	return q.check(version, allowed)
}

func (q *params) readFlags(c *cursor, version uint8) {
	if version >= version5 {
		q.bits = uint32(c.int32())
		return
	}
	q.bits = uint32(c.byte())
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

// tail reads what the flags say follows.
func (q *params) tail(c *cursor) {
	if q.bits&queryValues != 0 {
		c.values(q.bits&queryNames != 0)
	}
	if q.bits&queryPageSize != 0 {
		c.int32()
	}
	if q.bits&queryPagingState != 0 {
		c.skipBytes()
	}
	if q.bits&querySerial != 0 {
		c.uint16()
	}
	if q.bits&queryTimestamp != 0 {
		c.skip(8)
	}
	if q.hasKeyspace() {
		q.keyspace = c.string()
	}
	if q.bits&queryNow != 0 {
		c.int32()
	}
}

// decodeStartup reads a STARTUP and returns the compression that it asks for. Keys and values count in any case.
func decodeStartup(body []byte) (agreed compression, err error) {
	c := cursor{body: body}
	found, extended := 0, false
	c.stringMap(func(key, value []byte) {
		if bytes.EqualFold(key, []byte("COMPRESSION")) {
			found++
			agreed, err = compressionOf(value)
		}
		extended = extended || !negotiable(key)
	})
	if !c.ok() {
		return compressionNone, errMalformed
	}
	if found > 1 {
		return compressionNone, errCompression
	}
	if extended {
		return compressionNone, errExtension
	}
	return agreed, err
}

// tracingKeys are the keys of custom payloads that say who asks, and nothing of what: servers hand them to those who trace
// requests.
var tracingKeys = map[string]bool{
	"request-id": true, "zipkin": true, "traceparent": true, "tracestate": true, "baggage": true, "b3": true,
	"uber-trace-id": true,
}

// customPayload goes past the custom payload of a request, a [bytes map], and reports whether it has a key that is not
// allowed.
func (c *cursor) customPayload(allowed map[string]bool) (refused bool) {
	for n := c.uint16(); n > 0 && c.ok(); n-- {
		if key := c.string(); !allowed[string(key)] && !allowed[anyPayload] {
			refused = true
		}
		c.skipBytes()
	}
	return refused
}

func compressionOf(value []byte) (compression, error) {
	switch {
	case bytes.EqualFold(value, []byte("LZ4")):
		return compressionLZ4, nil
	case bytes.EqualFold(value, []byte("SNAPPY")):
		return compressionSnappy, nil
	}
	return compressionNone, errCompression
}
