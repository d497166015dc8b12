package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

// Authorities reads the certificates of those who may sign a peer's, from files of which each holds at least one.
func Authorities(paths ...string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, errNone(path)
		}
	}
	return pool, nil
}

// Certificates reads all certificates of a file, which must hold at least one and none that cannot be parsed.
func Certificates(path string) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errNone(path)
	}
	return all, nil
}

func errNone(path string) error { return fmt.Errorf("%s holds no certificate in PEM form", path) }

// Pair reads our own certificate and its key: a list of one. It is empty where neither file is named.
func Pair(certificate, key string) ([]tls.Certificate, error) {
	switch {
	case certificate == "" && key == "":
		return nil, nil
	case certificate == "" || key == "":
		return nil, fmt.Errorf("%s is given alone: a certificate and its key go together, name both files or none", certificate+key)
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	return []tls.Certificate{pair}, nil
}
