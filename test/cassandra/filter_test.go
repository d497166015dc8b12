//go:build e2e

package cassandra

import (
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib/host"
)

// newFilter judges one connection in this process, the way our hosts do, under rules in the form of
// [parsertest.CompilePolicy].
func newFilter(t *testing.T, rules string, log accesslog.Logger) *datapath.Engine {
	t.Helper()
	snapshot, err := parsertest.CompilePolicy(cassandra.Name, rules)
	if err != nil {
		t.Fatal(err)
	}
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store), AccessLog: log})
	instance.Policies().Replace(snapshot)
	connection, err := host.NewConnection(instance, cassandra.Name, host.ConnectionInfo{
		Id: 1, Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "127.0.0.1:1", DstAddr: address,
		PolicyName: parsertest.Endpoint, Port: parsertest.Port,
	})
	if err != nil {
		t.Fatal(err)
	}
	engine := datapath.New(connection, datapath.Limits{})
	t.Cleanup(engine.Close)
	return engine
}
