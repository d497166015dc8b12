package host_test

import (
	"testing"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// asked is a parser that keeps its connection, so that a test can ask it what a parser sees.
type asked struct{ conn *proxylib.Connection }

func (asked) OnData(bool, bool, [][]byte) (proxylib.OpType, int) { return proxylib.NOP, 0 }

func connect(t *testing.T) (*host.Connection, *proxylib.Connection) {
	t.Helper()
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store)})
	conn, err := host.NewConnection(instance, "test.asked", host.ConnectionInfo{
		Port: 1, Protocol: &proxylib.Protocol{
			Name: "test.asked", New: func(c *proxylib.Connection) proxylib.Parser { return asked{c} },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return conn, conn.Parser.(asked).conn
}

func TestAProtocolOfTheHostNeedNotBeRegistered(t *testing.T) {
	t.Parallel()
	conn, seen := connect(t)
	if seen.ParserName != "test.asked" || proxylib.Registered("test.asked") != nil {
		t.Errorf("parser %q, registered: %v", seen.ParserName, proxylib.Registered("test.asked") != nil)
	}
	if _, err := host.NewConnection(conn.HostInstance(), "test.asked", host.ConnectionInfo{Port: 1}); err != proxylib.UNKNOWN_PARSER {
		t.Errorf("a protocol that is neither registered nor the host's: %v", err)
	}
}

func TestAParserSeesWhatItsHostCanDo(t *testing.T) {
	conn, seen := connect(t)
	if h := seen.Host(); h.CanWait() || seen.CanWait() || h.CanStartTLS() || seen.HeldLimit() != 0 {
		t.Errorf("before the host says anything: %+v, held limit %d", h, seen.HeldLimit())
	}
	conn.SetCanWait()
	conn.SetHeldLimit(100)
	if h := seen.Host(); !h.CanWait() || !seen.CanWait() || h.CanStartTLS() || seen.HeldLimit() != 100 {
		t.Errorf("a host that can wait: %+v, held limit %d", h, seen.HeldLimit())
	}
	conn.SetCanStartTLS()
	if !seen.Host().CanStartTLS() {
		t.Error("a host that can start TLS is not seen as one")
	}
}

func TestTheHostFindsTheInstanceOfAConnection(t *testing.T) {
	conn, seen := connect(t)
	if i := conn.HostInstance(); i.ID() != 1 || (*proxylib.Instance)(i) != seen.Instance {
		t.Errorf("instance %d at %p, want 1 at %p", i.ID(), i, seen.Instance)
	}
}
