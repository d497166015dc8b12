package r2d2_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// A client may have any number of requests under way: it is read no further while too many are.
func TestAnyNumberOfRequestsIsServedInTheirOrder(t *testing.T) {
	snapshot, err := parsertest.CompilePolicy(r2d2.Name, "cmd=READ file=public")
	if err != nil {
		t.Fatal(err)
	}
	instance := &proxylib.Instance{ID: 1, Policies: new(policy.Store), AccessLog: new(parsertest.Log)}
	instance.Policies.Replace(snapshot)
	conn, err := proxylib.NewConnection(instance, r2d2.Name, proxylib.ConnectionInfo{
		Ingress: true, SrcId: parsertest.ClientID, PolicyName: parsertest.Endpoint, Port: parsertest.Port,
	})
	if err != nil {
		t.Fatal(err)
	}
	engine := datapath.New(conn, datapath.Limits{})
	defer engine.Close()
	const many = 3 * proxylib.MaxOwedReplies
	var plan datapath.Plan
	var toServer, toClient strings.Builder
	engine.Data(false, false, [][]byte{[]byte(strings.Repeat("READ public\r\nREAD secret\r\n", many))}, &plan)
	if !plan.Wait || plan.Close {
		t.Fatalf("wait: %t, closed: %q", plan.Wait, plan.Reason)
	}
	toServer.Write(plan.Out)
	for replied := 0; replied < many; {
		owed := strings.Count(toServer.String(), "\n") - replied
		if owed == 0 {
			t.Fatalf("nothing is owed after %d replies", replied)
		}
		replied += owed
		engine.Data(true, false, [][]byte{[]byte(strings.Repeat("OK\r\n", owed))}, &plan)
		if plan.Close {
			t.Fatalf("closed: %s", plan.Reason)
		}
		if plan.Leave {
			toClient.WriteString(strings.Repeat("OK\r\n", owed))
		}
		toClient.Write(plan.Out)
		toServer.Write(plan.Reverse)
	}
	if plan.Wait {
		t.Error("the client is not read again")
	}
	if toServer.String() != strings.Repeat("READ public\r\n", many) {
		t.Error("the server got other requests")
	}
	if toClient.String() != strings.Repeat("OK\r\nERROR\r\n", many) {
		t.Error("the client got other replies")
	}
}
