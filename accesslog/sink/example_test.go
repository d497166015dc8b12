package sink_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/api/cilium"
)

// An access log writes JSON lines to a file until it is closed.
func Example() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "access.json")

	log, err := sink.Open(sink.Config{File: path})
	if err != nil {
		panic(err)
	}
	flow := accesslog.NewFlow(accesslog.FlowInfo{
		Connection: 3, Ingress: true, PolicyName: "10.0.0.1", SourceAddress: "10.0.0.2:4000", DestinationAddress: "10.0.0.1:11211",
	})
	log.Queue().Log(accesslog.Entry{
		Type: cilium.EntryType_Request, Rule: "web", Flow: &flow, L7: accesslog.NewGeneric("memcache").Add("command", "get"),
	})
	if err := log.Close(); err != nil {
		panic(err)
	}

	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s", text)
	// Output: {"time":"1970-01-01T00:00:00Z","type":"request","connection":3,"ingress":true,"policy":"10.0.0.1","proxy_id":0,"rule":"web","source_id":0,"destination_id":0,"source":"10.0.0.2:4000","destination":"10.0.0.1:11211","proto":"memcache","fields":{"command":"get"}}
}
