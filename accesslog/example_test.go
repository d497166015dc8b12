package accesslog_test

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// A queue takes entries without waiting, and another goroutine takes them out.
func ExampleQueue() {
	wake := make(chan struct{}, 1)
	queue := accesslog.NewQueue(0, func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	queue.Idle()

	flow := accesslog.NewFlow(accesslog.FlowInfo{Connection: 3, Ingress: true, PolicyName: "10.0.0.1"})
	key := accesslog.NewKey("command")
	queue.Log(accesslog.Entry{
		Type: cilium.EntryType_Denied, Reason: "no rule", Flow: &flow, L7: accesslog.NewGeneric("memcache").AddText(key, "get"),
	})

	<-wake
	queue.Drain(func(wire []byte, lost uint64) {
		var entry cilium.LogEntry
		if err := proto.Unmarshal(wire, &entry); err != nil {
			panic(err)
		}
		fmt.Println(entry.EntryType, entry.Reason, entry.GetGenericL7().GetProto(), entry.GetGenericL7().GetFields(), lost)
	})
	// Output: Denied no rule memcache map[command:get] 0
}
