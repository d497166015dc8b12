package xdstest

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
)

// Strict makes a server read requests as strictly as Cilium's agent does: a request that it cannot use ends the stream.
func Strict() grpc.ServerOption {
	return grpc.StreamInterceptor(
		func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
			return handle(server, &strictStream{ServerStream: stream})
		})
}

type strictStream struct{ grpc.ServerStream }

// RecvMsg implements [grpc.ServerStream].
func (s *strictStream) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	request, ok := message.(*discovery.DiscoveryRequest)
	if !ok {
		return fmt.Errorf("message of type %T, want a DiscoveryRequest", message)
	}
	return CheckStrictly(request)
}

// CheckStrictly returns why Cilium's agent would end the stream of a request: the node id has four parts, of which the
// second is an IP address, and versions and nonces are numbers.
func CheckStrictly(r *discovery.DiscoveryRequest) error {
	parts := strings.Split(r.GetNode().GetId(), "~")
	if len(parts) != 4 {
		return fmt.Errorf("node id %q has %d parts, want 4", r.GetNode().GetId(), len(parts))
	}
	if _, err := netip.ParseAddr(parts[1]); err != nil {
		return fmt.Errorf("node id %q: the second part is not an IP address", r.GetNode().GetId())
	}
	for _, number := range []string{r.GetVersionInfo(), r.GetResponseNonce()} {
		if _, err := strconv.ParseUint(number, 10, 64); err != nil && number != "" {
			return fmt.Errorf("version or nonce %q is not a number", number)
		}
	}
	if r.GetTypeUrl() == "" {
		return errors.New("type_url is missing")
	}
	return nil
}
