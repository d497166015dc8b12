// Package listen opens the listeners of a policy server, and refuses to open those that would let anyone in.
package listen

import (
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
)

// Security says who may come in from beyond this machine. The zero value lets nobody in.
type Security struct {
	// Certificate and Key are files in PEM form. They are read again for every handshake, so that they can be renewed.
	Certificate, Key string
	// ClientCA is a file in PEM form with the authorities whose clients may come in.
	ClientCA string
	// Token is what a client has to know; empty is none.
	Token string
}

// Check tells whether the settings fit together.
func (s Security) Check() error {
	if (s.Certificate == "") != (s.Key == "") {
		return errors.New("tls: a certificate and its key have to be given together")
	}
	if s.Certificate == "" && s.ClientCA != "" {
		return errors.New("tls: to ask clients for certificates the server needs its own certificate and key")
	}
	if s.Token != "" && len(s.Token) < 16 {
		return errors.New("token: has fewer than 16 characters, which can be guessed")
	}
	if s.Certificate == "" {
		return nil
	}
	_, err := s.load()
	return err
}

// TLS returns the settings for TLS; nil where there is no certificate.
func (s Security) TLS() *tls.Config {
	if s.Certificate == "" {
		return nil
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return s.load()
		},
	}
}

func (s Security) load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{pair},
	}
	if s.ClientCA == "" {
		return config, nil
	}
	text, err := os.ReadFile(s.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !config.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("tls: %s holds no certificate", s.ClientCA)
	}
	return config, nil
}

// Admits tells whether the value of an Authorization header lets a client in.
func (s Security) Admits(authorization string) bool {
	if s.Token == "" {
		return true
	}
	token, found := strings.CutPrefix(authorization, "Bearer ")
	return found && subtle.ConstantTimeCompare([]byte(token), []byte(s.Token)) == 1
}

// Listener is an open listener.
type Listener struct {
	net.Listener
	// Local: only this machine can reach it.
	Local bool
	// Unix: it is a Unix socket, and its file's permissions say who may come in.
	Unix bool
}

// Open opens a listener: a Unix socket, by its absolute path or as "unix:///path", or host:port. One that can be
// reached from beyond this machine needs TLS, and a token or certificates of clients.
func Open(address string, s Security) (*Listener, error) {
	if path, unix := unixPath(address); unix {
		return openUnix(path)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	if addr, ok := l.Addr().(*net.TCPAddr); ok && addr.IP.IsLoopback() {
		return &Listener{Listener: l, Local: true}, nil
	}
	if s.Certificate == "" || s.Token == "" && s.ClientCA == "" {
		return nil, errors.Join(fmt.Errorf("listen on %q: it can be reached from elsewhere, so it needs TLS, and a token or "+
			"certificates of clients; or listen on a Unix socket or on 127.0.0.1", address), l.Close())
	}
	return &Listener{Listener: l}, nil
}

func unixPath(address string) (string, bool) {
	if strings.HasPrefix(address, "/") {
		return address, true
	}
	path, found := strings.CutPrefix(address, "unix://")
	return path, found && strings.HasPrefix(path, "/")
}

// openUnix opens a socket for its owner and group. A socket that a server left behind when it ended is replaced.
func openUnix(path string) (*Listener, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: another server listens there", path), conn.Close())
	}
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.Mode()&fs.ModeSocket == 0:
		return nil, fmt.Errorf("listen on %s: the file is there and is no socket", path)
	case err == nil:
		err = os.Remove(path)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %w", path, err), l.Close())
	}
	return &Listener{Listener: l, Local: true, Unix: true}, nil
}
