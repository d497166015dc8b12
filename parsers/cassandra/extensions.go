package cassandra

import (
	"bytes"
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// vendorPrefix is what the extensions of ScyllaDB begin with, in SUPPORTED and in STARTUP
// (ScyllaDB, docs/dev/protocol-extensions.md).
var vendorPrefix = []byte("SCYLLA_")

// extensions are those that change nothing about how messages are read.
var extensions = map[string]bool{
	"SCYLLA_SHARD": true, "SCYLLA_NR_SHARDS": true, "SCYLLA_PARTITIONER": true, "SCYLLA_SHARDING_ALGORITHM": true,
	"SCYLLA_SHARDING_IGNORE_MSB": true, "SCYLLA_LWT_ADD_METADATA_MARK": true, "SCYLLA_RATE_LIMIT_ERROR": true,
}

// negotiable reports whether client and server may agree on what a key of SUPPORTED or STARTUP names. Others may change
// the form of messages, as SCYLLA_USE_METADATA_ID does, or lead clients past the filter, as the ports of shards do.
func negotiable(key []byte) bool {
	return !bytes.HasPrefix(key, vendorPrefix) || extensions[string(key)]
}

// withoutExtensions returns the body of a SUPPORTED, a [string multimap], without the keys that are not negotiable, and
// how many those are.
func withoutExtensions(body []byte) (allowed []byte, removed int, err error) {
	in := wire.NewReader(body)
	allowed = make([]byte, 2, max(2, len(body)))
	n := 0
	for left := in.Uint16(); left > 0; left-- {
		from := in.Offset()
		key := in.Bytes16()
		skipStringList(&in)
		switch {
		case !in.OK():
			return nil, 0, errReply
		case !negotiable(key):
			removed++
			continue
		}
		allowed = append(allowed, body[from:in.Offset()]...)
		n++
	}
	if !in.OK() {
		return nil, 0, errReply
	}
	binary.BigEndian.PutUint16(allowed, uint16(n))
	return allowed, removed, nil
}

// onSupported passes the answer to OPTIONS, or another one in its place that offers only what is negotiable.
func (p *parser) onSupported(view proxylib.View, h *header, r *inflight) (proxylib.OpType, int) {
	if h.size() > p.maxReply() {
		return p.fail(errReply)
	}
	if view.Len() < h.size() {
		return needBytes(view, h.size())
	}
	body := view.Bytes(headerLength, h.size(), &p.raw)
	if _, err := p.onAnswer(h, r, body, true); err != nil {
		return p.fail(err)
	}
	plain, _, err := p.plain(h, body)
	if err != nil {
		return p.fail(err)
	}
	in := wire.NewReader(plain)
	skipPrefix(&in, h.flags)
	allowed, removed, err := withoutExtensions(plain[in.Offset():])
	switch {
	case err != nil:
		return p.fail(err)
	case removed == 0:
		return proxylib.PASS, h.size()
	}
	answer := header{version: h.version, response: true, stream: h.stream, opcode: opSupported, length: len(allowed)}
	return p.toClient.Replace(p.connection, h.size(), append(answer.append(nil), allowed...))
}
