//go:build !wasip1

package npds

import (
	"crypto/tls"
	"errors"
	"fmt"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/proxylib/proxylib/internal/tlsfiles"
)

// TLSFiles names the files, in PEM form, for TLS to a policy server. They are read again for each connection.
type TLSFiles struct {
	// CA holds the certificates of those who may sign the server's.
	CA string
	// Cert and Key are our own certificate and its key, for a server that requires them; both or none.
	Cert, Key string
	// ServerName is the name that the server's certificate must have; by default the host of the address.
	ServerName string
}

// enabled reports whether TLS is asked for.
func (f TLSFiles) enabled() bool { return f != TLSFiles{} }

// credentials reads the files.
func (f TLSFiles) credentials() (credentials.TransportCredentials, error) {
	if !f.enabled() {
		return insecure.NewCredentials(), nil
	}
	if f.CA == "" {
		return nil, errors.New("tls: ca is missing: name the file with the certificates of those who may sign the server's")
	}
	authorities, err := tlsfiles.Authorities(f.CA)
	if err != nil {
		return nil, fmt.Errorf("tls: ca: %w", err)
	}
	own, err := tlsfiles.Pair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("tls: cert and key: %w", err)
	}
	return credentials.NewTLS(&tls.Config{
		ServerName: f.ServerName, MinVersion: tls.VersionTLS12, RootCAs: authorities, Certificates: own,
	}), nil
}
