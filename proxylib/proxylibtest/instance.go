//revive:disable:error-return

//lint:file-ignore ST1008 The interface that tests were written for returns the error first.

package proxylibtest

import (
	"fmt"

	"google.golang.org/protobuf/encoding/prototext"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// TB is the part of a test that the helpers need: a *testing.T, or a *check.C of gopkg.in/check.v1.
type TB interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Instance holds a policy and an access log for connections. It belongs to one goroutine at a time.
type Instance struct {
	instance *host.Instance
	// connections is the number of the last connection.
	connections uint64
}

// NewInstance returns an instance without a policy. The log may be nil.
func NewInstance(nodeID string, log accesslog.Logger) *Instance {
	return &Instance{instance: host.NewInstance(host.InstanceConfig{
		ID: 1, NodeID: nodeID, Policies: new(policy.Store), AccessLog: log,
	})}
}

// CheckInsertPolicyText is [Instance.InsertPolicyText] for policies that have to be accepted.
func (i *Instance) CheckInsertPolicyText(tb TB, version string, policies []string) {
	if err := i.InsertPolicyText(version, policies, ""); err != nil {
		tb.Fatalf("policy is refused: %v", err)
	}
}

// InsertPolicyText puts policies in force in the place of those before, each of them a cilium.NetworkPolicy as protobuf
// text. Texts of before Cilium 1.8 may have the names of fields that they had then, and policies may have a name instead of
// an IP address. If one is refused, it returns why, and the policies before stay in force. The version and expectFail, the
// step at which a test expects an error, change nothing.
func (i *Instance) InsertPolicyText(version string, policies []string, expectFail string) error {
	compiler := policy.NewCompiler(policy.Registered()).AllowEmptyValues()
	for n, text := range policies {
		resource := new(cilium.NetworkPolicy)
		if err := prototext.Unmarshal([]byte(modernize(text)), resource); err != nil {
			return fmt.Errorf("policy %d of version %s: %w", n, version, err)
		}
		if err := compiler.Add(resource); err != nil {
			return fmt.Errorf("version %s: %w", version, err)
		}
	}
	i.instance.Policies().Replace(compiler.Snapshot())
	return nil
}

// CheckNewConnectionOK is [Instance.CheckNewConnection] for a connection that has to be accepted.
func (i *Instance) CheckNewConnectionOK(
	tb TB, proto string, ingress bool, srcID, dstID uint32, srcAddr, dstAddr, policyName string,
) *Connection {
	err, conn := i.CheckNewConnection(proto, ingress, srcID, dstID, srcAddr, dstAddr, policyName)
	if err != nil {
		tb.Fatalf("connection of parser %s is refused: %v", proto, err)
	}
	return conn
}

// CheckNewConnection makes a connection with inject buffers of the usual size. The error, a [proxylib.FilterResult], is the
// first result, as in the interface that tests were written for.
func (i *Instance) CheckNewConnection(
	proto string, ingress bool, srcID, dstID uint32, srcAddr, dstAddr, policyName string,
) (error, *Connection) {
	i.connections++
	orig, reply := make([]byte, 0, proxylib.InjectBufSize), make([]byte, 0, proxylib.InjectBufSize)
	conn, err := host.NewConnection(i.instance, proto, host.ConnectionInfo{
		Id: i.connections, Ingress: ingress, SrcId: srcID, DstId: dstID, SrcAddr: srcAddr, DstAddr: dstAddr,
		PolicyName: address(policyName), OrigBuf: &orig, ReplyBuf: &reply,
	})
	if err != nil {
		return err, nil
	}
	return nil, &Connection{Connection: conn}
}
