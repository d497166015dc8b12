//go:build wasip1

package wasm

import (
	"errors"
	"fmt"
	"unsafe"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/encoding/protowire"
)

// grpcStream is a stream of gRPC to one of Envoy's clusters. It ends with the plugin that has opened it.
type grpcStream struct {
	id    uint32
	owner *plugin
	// received takes a message, which is in the scratch, or its length alone if that is more than maxMessage. ended is called once
	// unless we cancel the stream.
	received func(message []byte, length uint32)
	ended    func(cause error)
}

// grpcStreams are those that are open, by Envoy's numbers.
var grpcStreams = map[uint32]*grpcStream{}

// maxMessage is the length of the longest message that is read, in bytes.
const maxMessage = 16 << 20

// Fields of envoy.config.core.v3.GrpcService and its part envoy_grpc. Envoy reads a bare name of a cluster as such a message, if
// it happens to be one.
const (
	fieldEnvoyGRPC   = 1
	fieldClusterName = 1
)

// target names a cluster in the form of a GrpcService.
func target(cluster string) []byte {
	inner := protowire.AppendString(protowire.AppendTag(nil, fieldClusterName, protowire.BytesType), cluster)
	return protowire.AppendBytes(protowire.AppendTag(nil, fieldEnvoyGRPC, protowire.BytesType), inner)
}

// open opens the stream, in a call for a plugin's own context, which owns it.
func (g *grpcStream) open(cluster, service, method string) error {
	to := target(cluster)
	results.number = 0
	status := proxyGRPCStream(addressOf(to), uint32(len(to)), textAddress(service), uint32(len(service)), textAddress(method),
		uint32(len(method)), nil, 0, unsafe.Pointer(&results.number))
	if status != statusOK {
		return fmt.Errorf("envoy has no cluster %q, or cannot open a stream to it (status %d)", cluster, status)
	}
	g.id = results.number
	grpcStreams[g.id] = g
	return nil
}

var errNotSent = errors.New("a message cannot be sent")

func (g *grpcStream) send(message []byte) error {
	if proxyGRPCSend(g.id, addressOf(message), uint32(len(message)), 0) != statusOK {
		return errNotSent
	}
	return nil
}

// cancel ends the stream. Nothing is received any more. Envoy keeps its side until then, also of a stream that the server has ended.
func (g *grpcStream) cancel() {
	if grpcStreams[g.id] == g {
		delete(grpcStreams, g.id)
		proxyGRPCCancel(g.id)
	}
}

//go:wasmexport proxy_on_grpc_receive
func proxyOnGRPCReceive(_, id, size uint32) {
	defer recovered("message of a server", nil)
	g := grpcStreams[id]
	if g == nil {
		return
	}
	if size > maxMessage {
		g.received(nil, size)
		return
	}
	message, ok := buffer(bufferGRPC, size)
	if !ok {
		g.cancel()
		g.ended(errUnreadable)
		return
	}
	g.received(message, size)
	trim()
}

//go:wasmexport proxy_on_grpc_close
func proxyOnGRPCClose(_, id, status uint32) {
	defer recovered("end of a stream", nil)
	g := grpcStreams[id]
	if g == nil {
		return
	}
	cause := fmt.Errorf("%s: %s", code.Code(status), statusMessage())
	g.cancel()
	g.ended(cause)
}

// statusMessage is what Envoy says of the end of a stream.
func statusMessage() string {
	results.number, results.address, results.length = 0, 0, 0
	if proxyGetStatus(unsafe.Pointer(&results.number), unsafe.Pointer(&results.address), unsafe.Pointer(&results.length)) != statusOK {
		return "the stream has ended"
	}
	if text := written(); len(text) > 0 {
		return string(text)
	}
	return "the stream has ended"
}
