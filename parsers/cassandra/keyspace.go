package cassandra

import (
	"bytes"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
)

// keyspace is what is known of the keyspace of a connection.
type keyspace struct {
	// current is the keyspace that names without one are of. lost: it is not known.
	current []byte
	lost    bool
	// switching is that of the requests in flight that make it current; nil if there are none. uses is their number.
	switching []byte
	uses      int
	// unread is the number of requests in flight that may make any other current.
	unread int
	// overlap: since there last was none in flight that may change the keyspace, there have been two that may do so
	// differently. Which of them came last, replies do not tell.
	overlap bool
	// epoch counts the changes.
	epoch uint32
}

// uncertain reports whether a request that comes now may find another keyspace than the current one, or the one that a
// request in flight makes current.
func (k *keyspace) uncertain() bool { return k.lost || k.unread > 0 }

// use notes that a request is passed that makes a keyspace current.
func (k *keyspace) use(name []byte) {
	if !bytes.Equal(name, k.current) {
		k.epoch++
	}
	k.switching = bytes.Clone(name)
	k.uses++
	k.overlap = k.overlap || k.unread > 0
}

// pass notes that a request is passed that may make any keyspace current.
func (k *keyspace) pass() {
	k.unread++
	k.overlap = k.overlap || k.unread > 1 || k.uses > 0
}

// switched notes that the server has made a keyspace current.
func (k *keyspace) switched(name []byte) {
	if !bytes.Equal(name, k.current) {
		k.epoch++
	}
	k.current, k.lost = bytes.Clone(name), k.overlap
}

// answered notes that a request is answered for which use or pass was called.
func (k *keyspace) answered(use bool) {
	if use {
		k.uses--
	} else {
		k.unread--
	}
	if k.uses == 0 {
		k.switching = nil
	}
	if k.uses == 0 && k.unread == 0 {
		k.overlap = false
	}
}

// keyspaceToUse returns the keyspace that a request makes current, nil if it makes none. To prepare a USE changes nothing.
func (p *parser) keyspaceToUse(op opcode) []byte {
	if op != opPrepare && len(p.accesses) == 1 && p.accesses[0].Action == cql.Use {
		return p.accesses[0].Name
	}
	return nil
}

// mayUse reports whether a keyspace may become current now. The server works on requests at once and in any order: where
// some in flight depend on the keyspace, they might find the new one, in which they were not judged. To make current what
// is, or what is about to be, changes nothing.
func (p *parser) mayUse(name []byte) bool {
	k := &p.keyspace
	switch {
	case k.switching != nil:
		return bytes.Equal(name, k.switching)
	case bytes.Equal(name, k.current) && !k.uncertain():
		return true
	}
	return p.unqualified == 0 || p.connection.Unrestricted()
}
