package listen

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/selfsigned"
)

const secret = "0123456789abcdef"

// tokenFile writes a file of tokens.
func tokenFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// doors are those of settings that can be used.
func doors(t *testing.T, s Security) (api, proxies *Door) {
	t.Helper()
	api, proxies, err := s.Doors(quietLog())
	if err != nil {
		t.Fatal(err)
	}
	return api, proxies
}

func quietLog() logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

func TestWhatIsReachableFromElsewhereNeedsSecurity(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	token := tokenFile(t, secret)
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
		{"0.0.0.0:0", Security{TokenFile: token}, false},
		{"0.0.0.0:0", Security{Certificate: cert, Key: key}, false},
		{"0.0.0.0:0", Security{Certificate: cert, Key: key, ProxyTokenFile: token}, false},
		{"0.0.0.0:0", Security{Certificate: cert, Key: key, TokenFile: token}, true},
		{"0.0.0.0:0", Security{Certificate: cert, Key: key, ClientCA: cert}, true},
		{"nonsense", Security{}, false},
	} {
		api, _ := doors(t, c.security)
		l, err := Open(c.address, api)
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
	door := &Door{}
	l, err := Open("unix://"+path, door)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 || !l.Unix {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if _, err := Open(path, door); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a socket in use: got %v", err)
	}
	l.Listener.(unixListener).Listener.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	if l, err = Open(path, door); err != nil {
		t.Fatalf("a socket that was left behind: %v", err)
	}
	l.Close()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, door); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("a file: got %v", err)
	}
}

func TestWhoConnectsToASocketIsKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l, err := Open(path, &Door{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	want := fmt.Sprintf("unix user %d process %d", os.Getuid(), os.Getpid())
	if got := conn.RemoteAddr().String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClientsShowCertificatesThatMayBeRenewed(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	own, ownKey := selfsigned.Certificate(t)
	api, _ := doors(t, Security{Certificate: cert, Key: key, ClientCA: own})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := tls.NewListener(l, api.TLS())
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
