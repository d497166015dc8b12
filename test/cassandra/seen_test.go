//go:build e2e

package cassandra

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/proxylib/proxylib/test/seen"
)

// seenPolicy allows the test to read and write one keyspace.
const seenPolicy = `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: store}
spec:
  endpointSelector: {matchLabels: {app: store}}
  ingress:
  - fromEndpoints:
    - matchLabels: {app: web}
    toPorts:
    - ports: [{port: "9042", protocol: TCP}]
      rules:
        l7proto: cassandra
        l7: [{query_action: select, query_table: '^e2e\.'}, {query_action: insert, query_table: '^e2e\.'}]
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: store, labels: {app: store}}, addresses: [10.1.0.1]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: web, labels: {app: web}}, addresses: [127.0.0.1]}
`

// TestEveryReaderGetsWhatWasSent has clients send statements at the same time, and looks for each of them at each reader.
func TestEveryReaderGetsWhatWasSent(t *testing.T) {
	const clients, rounds = 6, 60
	readers, settings := seen.Start(t, seenPolicy), map[string]any{}
	readers.Configure(settings, "10.1.0.1")
	s := newStageAs(t, restricted, maps.Clone(settings))
	s.eventually("the policy is in force", func() bool {
		op, _ := s.probe.query("SELECT * FROM e2e.t")
		return op == opResult
	})
	sent := seen.Sent{}
	var mu sync.Mutex
	var running sync.WaitGroup
	for client := range clients {
		l := dial(t, s.proxy.Addr)
		running.Go(func() {
			var list []seen.Request
			for round := range rounds {
				list = append(list,
					l.note("insert", "e2e.t", fmt.Sprintf("INSERT INTO e2e.t (k, c, v) VALUES (%d, %d, 'x')", client, round)),
					l.note("select", "e2e.t", fmt.Sprintf("SELECT * FROM e2e.t WHERE k = %d", client)),
					l.note("select", "secret.t", fmt.Sprintf("SELECT * FROM secret.t WHERE k = %d", round)))
			}
			mu.Lock()
			defer mu.Unlock()
			sent[l.tcp.LocalAddr().String()] = list
		})
	}
	running.Wait()
	if !t.Failed() {
		readers.Require(sent)
	}
}

// note sends a statement, and returns what readers of the access log get of it.
func (l *link) note(operation, table, text string) seen.Request {
	op, answer := l.query(text)
	if op == opResult {
		const header = 9
		request, reply := header+len(longString(text))+3, header+len(answer)
		return seen.Request{Verdict: "allowed", Operation: operation, Object: table, Status: "ok", Bytes: fmt.Sprintf("%d/%d", request, reply)}
	}
	if !unauthorized(answer) {
		l.t.Errorf("%s: %q", text, answer)
	}
	return seen.Request{Verdict: "denied", Operation: operation, Object: table}
}
