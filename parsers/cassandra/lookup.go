package cassandra

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// ERROR 0x2500 names one statement that the client has to prepare again. So that a batch of many that are not known, as
// after a restart of the host, does not take one round for each, the server is asked what they are: Cassandra keeps the
// texts of prepared statements in a table of its own. The request is ours, on the stream of the batch, which waits
// meanwhile. Its reply is taken out, so that the client never sees it. The server judges the request by the permissions
// of the client; where it refuses, the client is answered as if nothing had been asked.

const (
	lookupHead = "SELECT prepared_id, logged_keyspace, query_string FROM system.prepared_statements WHERE prepared_id IN ("
	// lookupColumns is the number of columns of the reply.
	lookupColumns = 3
	// maxLookupIDs is the number of statements that one lookup asks for, maxLookups the number of lookups for one batch.
	maxLookupIDs = 128
	maxLookups   = 8
	// consistencyOne is enough, as the table is the server's own.
	consistencyOne = 1
)

// lookup is what a connection asks the server about prepared statements.
type lookup struct {
	// ids are those that the batch at hand has and nobody knows, one after another.
	ids []byte
	// pending: the reply has not come.
	pending bool
	// off: a lookup has given nothing, and there will be no other.
	off bool
	// count is the number of lookups for the batch at hand.
	count int
}

// add adds an id to those that are to be asked for, up to [maxLookupIDs] different ones. Others than MD5 sums are left
// out.
func (l *lookup) add(id []byte) {
	if len(id) != md5.Size || len(l.ids) == maxLookupIDs*md5.Size {
		return
	}
	for at := 0; at < len(l.ids); at += md5.Size {
		if bytes.Equal(l.ids[at:at+md5.Size], id) {
			return
		}
	}
	l.ids = append(l.ids, id...)
}

// reset forgets the ids.
func (l *lookup) reset() { l.ids = nil }

// done ends the lookup for a batch.
func (l *lookup) done() { l.count = 0 }

// mayLookUp reports whether the server is to be asked. One statement the client prepares again in as many rounds.
func (p *parser) mayLookUp() bool {
	l := &p.lookup
	return len(l.ids) > md5.Size && l.count < maxLookups && !l.off && p.settings.LookUpStatements &&
		p.connection.CanWait() && !p.connection.Unrestricted()
}

// lookUp asks the server for the statements of a batch that are not known.
func (p *parser) lookUp(stream uint16) (decision, error) {
	l := &p.lookup
	h := header{version: p.version, stream: stream, opcode: opQuery}
	frame := appendLookup(h.append(nil), p.version, l.ids)
	binary.BigEndian.PutUint32(frame[headerLength-4:], uint32(len(frame)-headerLength))
	if p.framed {
		frame = appendSegment(nil, frame, p.compressesSegments())
	}
	if !p.toServer.Send(p.connection, frame) {
		return decideDrop, errQueued
	}
	l.reset()
	l.count++
	l.pending = true
	p.forward(stream, opQuery).lookup = true
	return decideWait, nil
}

// appendLookup appends the body of the QUERY for the statements of the ids.
func appendLookup(b []byte, version uint8, ids []byte) []byte {
	from := len(b)
	b = append(binary.BigEndian.AppendUint32(b, 0), lookupHead...)
	for at := 0; at < len(ids); at += md5.Size {
		if at > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(append(b, "0x"...), ids[at:at+md5.Size])
	}
	b = append(b, ')')
	binary.BigEndian.PutUint32(b[from:], uint32(len(b)-from-4))
	b = binary.BigEndian.AppendUint16(b, consistencyOne)
	if version >= version5 {
		return binary.BigEndian.AppendUint32(b, querySkip)
	}
	return append(b, querySkip)
}

// waitForLookup sends the lookup to the server, and then waits for the reply.
func (p *parser) waitForLookup() (proxylib.OpType, int) {
	if op, n := p.toServer.Next(p.connection); op != proxylib.NOP {
		return op, n
	}
	return p.connection.Wait()
}

// operation is what becomes of the reply to a request, which may be nil.
func (r *inflight) operation() proxylib.OpType {
	if r != nil && (r.lookup || r.prompt) {
		return proxylib.DROP
	}
	return proxylib.PASS
}

// onLookedUp learns from the reply to a lookup, and lets the batch go on. Where it cannot be read, nothing is learned.
func (p *parser) onLookedUp(h *header, body []byte) {
	p.lookup.pending = false
	p.connection.Resume()
	learned := 0
	if h.opcode == opResult {
		plain, cut, err := p.plain(h, body)
		if err == nil && !cut {
			learned = p.learnRows(h, plain)
		}
	}
	p.lookup.off = learned == 0
}

// learnRows learns the statements of the rows that a lookup has given, and returns how many.
func (p *parser) learnRows(h *header, body []byte) (learned int) {
	in := wire.NewReader(body)
	skipPrefix(&in, h.flags)
	kind := in.Int32()
	metadata := in
	metadata.Int32()
	if kind != resultRows || metadata.Int32() != lookupColumns {
		return 0
	}
	for n := rowCount(&in); n > 0; n-- {
		id, keyspace, text := in.Nullable32(), in.Nullable32(), in.Nullable32()
		if !in.OK() {
			break
		}
		if p.learnStatement(id, keyspace, text) {
			learned++
		}
	}
	return learned
}

// learnStatement learns a statement that the server has prepared, if the id is that of its keyspace and text: else the
// table says something other than the server would run.
func (p *parser) learnStatement(id, keyspace, text []byte) bool {
	sum := md5.New()
	sum.Write(keyspace)
	sum.Write(text)
	if !bytes.Equal(sum.Sum(nil), id) {
		return false
	}
	var reader cql.Reader
	if err := reader.Read(text, keyspace); err != nil {
		return false
	}
	// Without a keyspace, the server has the names in the keyspace of the client that came first, which it does not say.
	if reader.Unqualified && len(keyspace) == 0 || len(keyspace) > 0 && !cql.PlainName(keyspace) {
		return false
	}
	p.learn(id, newPrepared(reader.List))
	return true
}
