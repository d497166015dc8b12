package npds

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// TLSFiles names the files, in PEM form, for TLS to a policy server. They are read again for each connection.
type TLSFiles struct {
	// CA holds the certificates of those who may sign the server's.
	CA string
	// Cert and Key are our own certificate and its key, for a server that asks for them; both or none.
	Cert, Key string
	// ServerName is the name that the server's certificate must have; by default the host of the address.
	ServerName string
}

// enabled tells whether TLS is asked for.
func (f TLSFiles) enabled() bool { return f != TLSFiles{} }

// credentials reads the files.
func (f TLSFiles) credentials() (credentials.TransportCredentials, error) {
	if !f.enabled() {
		return insecure.NewCredentials(), nil
	}
	if f.CA == "" {
		return nil, errors.New("tls: ca is missing: name the file with the certificates of those who may sign the server's")
	}
	if (f.Cert == "") != (f.Key == "") {
		return nil, errors.New("tls: cert and key go together: name both files, or none")
	}
	config := &tls.Config{ServerName: f.ServerName, MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	text, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, fmt.Errorf("tls: ca: %w", err)
	}
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("tls: ca: %s holds no certificate in PEM form", f.CA)
	}
	if f.Cert != "" {
		own, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		if err != nil {
			return nil, fmt.Errorf("tls: cert and key: %w", err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	return credentials.NewTLS(config), nil
}
