package cassandra

import (
	"reflect"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

func TestAConnectionThatEndsLeavesEmptyScratchesOnly(t *testing.T) {
	p := connectionUnder(t, "keyspace=db1")
	m := p.memory
	if err := p.read(&request{}, []byte("SELECT a FROM db1.t1")); err != nil {
		t.Fatal(err)
	}
	p.accesses = p.collectAccesses()
	p.decideAccesses()
	m.entry.Begin(Name)
	m.entry.Add("key", "value")
	m.accessFields, m.whole = 1, proxylib.Verdict{Allowed: true}
	m.raw, m.inflated = []byte("text"), make([]byte, 1, maxRetainedScratch+1)
	m.denial, m.allowed = []byte("denial"), []byte("allowed")
	p.Close()
	p.Close()
	if p.memory != nil {
		t.Error("a connection that has ended has memory")
	}
	if cap(m.raw) == 0 || m.inflated != nil {
		t.Errorf("scratches of %d and %d bytes are kept", cap(m.raw), cap(m.inflated))
	}
	if m.entry.Begin(Name); m.entry.FieldsLen() != 0 {
		t.Error("fields of an entry are left")
	}
	for _, scratch := range [][]byte{m.raw, m.inflated, m.denial, m.allowed} {
		if len(scratch) > 0 {
			t.Errorf("%q is left", scratch)
		}
	}
	rest := *m
	rest.raw, rest.inflated, rest.denial, rest.allowed, rest.entry = nil, nil, nil, nil, proxylib.L7Entry{}
	if !reflect.ValueOf(rest).IsZero() {
		t.Errorf("%+v is left", rest)
	}
}
