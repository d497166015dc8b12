package listen

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/policyserver/internal/selfsigned"
)

const token = "0123456789abcdef"

func TestWhatIsReachableFromElsewhereNeedsSecurity(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	for _, c := range []struct {
		address  string
		security Security
		opens    bool
	}{
		{"127.0.0.1:0", Security{}, true},
		{"[::1]:0", Security{}, true},
		{"localhost:0", Security{}, true},
		{":0", Security{}, false},
		{"0.0.0.0:0", Security{}, false},
		{"0.0.0.0:0", Security{Token: token}, false},
		{"0.0.0.0:0", Security{Certificate: cert, Key: key}, false},
		{"0.0.0.0:0", Security{Certificate: cert, Key: key, Token: token}, true},
		{"0.0.0.0:0", Security{Certificate: cert, Key: key, ClientCA: cert}, true},
		{"nonsense", Security{}, false},
	} {
		l, err := Open(c.address, c.security)
		if (err == nil) != c.opens {
			t.Errorf("%s with %+v: got %v", c.address, c.security, err)
		}
		if err == nil {
			l.Close()
		}
	}
}

func TestSocketIsForOwnerAndGroup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l, err := Open("unix://"+path, Security{})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 || !l.Unix {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if _, err := Open(path, Security{}); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a socket in use: got %v", err)
	}
	l.Listener.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	if l, err = Open(path, Security{}); err != nil {
		t.Fatalf("a socket that was left behind: %v", err)
	}
	l.Close()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Security{}); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file: got %v", err)
	}
}

func TestSettingsHaveToFitTogether(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	for _, s := range []Security{
		{Certificate: cert}, {Key: key}, {ClientCA: cert}, {Token: "short"}, {Certificate: key, Key: cert},
		{Certificate: cert, Key: key, ClientCA: key}, {Certificate: cert, Key: key, ClientCA: "missing"},
	} {
		if s.Check() == nil {
			t.Errorf("%+v: no error", s)
		}
	}
	for _, s := range []Security{{}, {Token: token}, {Certificate: cert, Key: key, ClientCA: cert, Token: token}} {
		if err := s.Check(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestTokenIsComparedAsAWhole(t *testing.T) {
	s := Security{Token: token}
	for header, want := range map[string]bool{
		"Bearer " + token: true, "": false, "Bearer ": false, token: false, "Bearer " + token + "x": false,
		"Basic " + token: false,
	} {
		if got := s.Admits(header); got != want {
			t.Errorf("%q: got %v", header, got)
		}
	}
	if !(Security{}).Admits("") {
		t.Error("without a token nobody is let in")
	}
}

func TestClientsShowCertificatesThatMayBeRenewed(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	own, ownKey := selfsigned.Certificate(t)
	s := Security{Certificate: cert, Key: key, ClientCA: own}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := tls.NewListener(l, s.TLS())
	defer server.Close()
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.Write([]byte("x"))
			}()
		}
	}()
	greet := func(ca string, pairs ...tls.Certificate) error {
		pool, text := x509.NewCertPool(), []byte(nil)
		if text, err = os.ReadFile(ca); err != nil {
			t.Fatal(err)
		}
		pool.AppendCertsFromPEM(text)
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: pool, Certificates: pairs})
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
		return err
	}
	pair, err := tls.LoadX509KeyPair(own, ownKey)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := greet(cert, pair); err != nil {
		t.Errorf("with a certificate: %v", err)
	}
	if greet(cert) == nil || greet(cert, stranger) == nil {
		t.Error("a client without a certificate that is trusted was let in")
	}
	renewed, renewedKey := selfsigned.Certificate(t)
	for from, to := range map[string]string{renewed: cert, renewedKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := greet(cert, pair); err != nil {
		t.Errorf("after the renewal: %v", err)
	}
}
