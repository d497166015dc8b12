package proxylib_test

import (
	"sync"
	"testing"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// idle is a parser that does nothing.
type idle struct{}

func (idle) OnData(bool, bool, [][]byte) (proxylib.OpType, int) { return proxylib.NOP, 0 }

// statements are what a test shares.
type statements struct {
	mu        sync.Mutex
	texts     []string
	allowance *proxylib.Allowance
}

func newStatements(a *proxylib.Allowance) *statements { return &statements{allowance: a} }

func newIdle(t *testing.T, instance *host.Instance) *host.Connection {
	t.Helper()
	conn, err := host.NewConnection(instance, "test.idle", host.ConnectionInfo{
		Port: 1, Protocol: &proxylib.Protocol{Name: "test.idle", New: func(*proxylib.Connection) proxylib.Parser { return idle{} }},
	})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func emptyInstance() *host.Instance {
	return host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store)})
}

func TestConnectionsOfAnInstanceShareByKey(t *testing.T) {
	instance, other := emptyInstance(), emptyInstance()
	a, b, c := newIdle(t, instance), newIdle(t, instance), newIdle(t, other)
	first := proxylib.Shared(&a.Connection, "server 1", newStatements)
	first.texts = append(first.texts, "select")
	if proxylib.Shared(&b.Connection, "server 1", newStatements) != first {
		t.Error("two connections to one server share nothing")
	}
	if proxylib.Shared(&b.Connection, "server 2", newStatements) == first {
		t.Error("connections to two servers share")
	}
	if proxylib.Shared(&c.Connection, "server 1", newStatements) == first {
		t.Error("connections of two instances share")
	}
	if n := *proxylib.Shared(&b.Connection, "server 1", func(*proxylib.Allowance) *int { return new(int) }); n != 0 {
		t.Error("values of two types share")
	}
	if n := instance.SharedValues(); n != 3 {
		t.Errorf("%d values, want 3", n)
	}
	a.Close()
	if proxylib.Shared(&b.Connection, "server 1", newStatements) != first {
		t.Error("what is shared is released with its first user")
	}
	b.Close()
	if n := instance.SharedValues(); n != 0 {
		t.Errorf("%d values when no connection is open", n)
	}
	d := newIdle(t, instance)
	defer d.Close()
	if again := proxylib.Shared(&d.Connection, "server 1", newStatements); len(again.texts) > 0 {
		t.Error("what is shared outlives its last user")
	}
}

func TestWhatConnectionsShareIsBounded(t *testing.T) {
	instance := emptyInstance()
	conn := newIdle(t, instance)
	a := proxylib.Shared(&conn.Connection, "a", newStatements).allowance
	b := proxylib.Shared(&conn.Connection, "b", newStatements).allowance
	if !a.Take(proxylib.MaxSharedBytes-10) || b.Take(11) || !b.Take(10) {
		t.Error("not as many bytes as there may be")
	}
	a.Give(100)
	if !b.Take(100) || instance.SharedBytes() != proxylib.MaxSharedBytes {
		t.Errorf("%d bytes, want %d", instance.SharedBytes(), proxylib.MaxSharedBytes)
	}
	conn.Close()
	if n := instance.SharedBytes(); n != 0 {
		t.Errorf("%d bytes when no connection is open", n)
	}
}

func TestAConnectionPastTheLimitHasAValueOfItsOwn(t *testing.T) {
	instance := emptyInstance()
	a, b := newIdle(t, instance), newIdle(t, instance)
	for n := range proxylib.MaxShared {
		proxylib.Shared(&a.Connection, n, newStatements)
	}
	of := func(c *host.Connection) *statements { return proxylib.Shared(&c.Connection, -1, newStatements) }
	if of(a) == of(b) || instance.SharedValues() != proxylib.MaxShared {
		t.Errorf("more than %d values are shared", proxylib.MaxShared)
	}
	a.Close()
	b.Close()
	if n := instance.SharedValues(); n != 0 {
		t.Errorf("%d values when no connection is open", n)
	}
}

func TestConnectionsShareFromSeveralThreads(t *testing.T) {
	instance := emptyInstance()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				conn := newIdle(t, instance)
				s := proxylib.Shared(&conn.Connection, "server", newStatements)
				s.mu.Lock()
				s.texts = append(s.texts[:0], "select")
				s.mu.Unlock()
				s.allowance.Take(6)
				conn.Close()
			}
		})
	}
	all.Wait()
	if instance.SharedValues() != 0 || instance.SharedBytes() != 0 {
		t.Errorf("%d values of %d bytes are left", instance.SharedValues(), instance.SharedBytes())
	}
}
