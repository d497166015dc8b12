//go:build !wasip1

package npds

import (
	"context"
	"errors"
	"fmt"

	"github.com/proxylib/proxylib/internal/address"
	"github.com/proxylib/proxylib/internal/tokenfile"
)

// tokenFile is the path of a file with the token that authorises this node at a policy server. As credentials of gRPC, it
// is read for each connection, so that the token can be renewed.
type tokenFile string

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (f tokenFile) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	token, err := f.read()
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + token}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials. [checkToken] is stricter where it matters, and
// allows what stays on this machine.
func (f tokenFile) RequireTransportSecurity() bool { return false }

func (f tokenFile) read() (string, error) {
	token, err := tokenfile.Read(string(f))
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	return token, nil
}

// checkToken returns an error if the token of a file cannot be read, or would be sent over a network in the clear.
func checkToken(server address.Address, files TLSFiles, token tokenFile) error {
	if token == "" {
		return nil
	}
	if !files.enabled() && !server.Local() {
		return errors.New("token file: the token would be sent in the clear: set up tls, or use a Unix socket or 127.0.0.1")
	}
	_, err := token.read()
	return err
}
