package listen

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/selfsigned"
)

// authority signs certificates of clients.
type authority struct {
	t           *testing.T
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t *testing.T, parent *authority) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	if parent == nil {
		parent = a
	}
	a.certificate, a.key = parent.sign(template)
	a.file = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
	if err := os.WriteFile(a.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign signs a certificate; an authority that has none yet signs its own.
func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return c, key
}

// client makes the certificate of a client, to be shown with those of the authorities between.
func (a *authority) client(name string, between ...*authority) tls.Certificate {
	a.t.Helper()
	c, key := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name + ".example"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	chain := [][]byte{c.Raw}
	for _, b := range between {
		chain = append(chain, b.certificate.Raw)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: key}
}

// enter shows a certificate and a token at a door.
func enter(t *testing.T, d *Door, shown *tls.Certificate, token string) (Pass, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	defer theirs.Close()
	config := &tls.Config{InsecureSkipVerify: true}
	if shown != nil {
		config.Certificates = []tls.Certificate{*shown}
	}
	client := tls.Client(theirs, config)
	go func() {
		client.Handshake()
		client.Read(make([]byte, 1))
	}()
	server := tls.Server(ours, d.TLS())
	if err := server.Handshake(); err != nil {
		return Pass{}, err
	}
	state := server.ConnectionState()
	return d.Admit("192.0.2.1:5", &state, "Bearer "+token)
}

func TestSettingsHaveToFitTogether(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	token, other := tokenFile(t, secret), tokenFile(t, "x "+secret)
	for _, s := range []Security{
		{Certificate: cert}, {Key: key}, {ClientCA: cert}, {ProxyCA: cert}, {Certificate: key, Key: cert},
		{Certificate: cert, Key: key, ClientCA: key}, {Certificate: cert, Key: key, ClientCA: "missing"},
		{Certificate: cert, Key: key, ProxyCA: "missing"}, {Certificate: cert, Key: key, Names: []string{"a"}},
		{TokenFile: "missing"}, {ProxyTokenFile: "missing"}, {TokenFile: tokenFile(t, "short")},
		{TokenFile: tokenFile(t, "a b "+secret)}, {TokenFile: tokenFile(t, "# "+secret+"\n\n")},
		{TokenFile: token, ProxyTokenFile: other},
	} {
		if _, _, err := s.Doors(quietLog()); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
	for _, s := range []Security{
		{}, {TokenFile: token}, {Certificate: cert, Key: key, ClientCA: cert, TokenFile: token}, {ProxyTokenFile: token},
	} {
		if _, _, err := s.Doors(quietLog()); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestSettingsUnderWhichAProxyCouldChangePoliciesAreRefused(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	other, _ := selfsigned.Certificate(t)
	token := tokenFile(t, secret)
	with := func(change func(*Security)) Security {
		s := Security{Certificate: cert, Key: key}
		change(&s)
		return s
	}
	for _, c := range []struct {
		security Security
		fits     bool
	}{
		{Security{}, true},
		{with(func(s *Security) { s.ClientCA = cert }), false},
		{with(func(s *Security) { s.ClientCA, s.ProxyCA = cert, cert }), false},
		{with(func(s *Security) { s.ClientCA, s.ProxyCA = cert, other }), true},
		{with(func(s *Security) { s.ClientCA, s.ProxyTokenFile = cert, token }), true},
		{with(func(s *Security) { s.ClientCA, s.TokenFile = cert, token }), true},
		{with(func(s *Security) { s.ClientCA, s.ProxyCA, s.TokenFile = cert, cert, token }), true},
		{with(func(s *Security) { s.ClientCA, s.Names = cert, []string{"alice"} }), true},
		{with(func(s *Security) { s.ProxyCA = cert }), false},
		{with(func(s *Security) { s.ProxyTokenFile = token }), false},
		{with(func(s *Security) { s.TokenFile = token }), true},
	} {
		if err := c.security.CheckRoles(); (err == nil) != c.fits {
			t.Errorf("%+v: got %v", c.security, err)
		}
	}
	if (Security{TokenFile: token}).Warning() == "" || (Security{TokenFile: token, ProxyTokenFile: cert}).Warning() != "" {
		t.Error("tokens that are shared are not warned of, or others are")
	}
}

func TestCertificatesOpenTheDoorsTheyAreFor(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	people, proxies := newAuthority(t, nil), newAuthority(t, nil)
	// An authority of proxies that that of people has signed.
	below := newAuthority(t, people)
	stranger := newAuthority(t, nil)
	alice, bob, node := people.client("alice"), people.client("bob"), proxies.client("node")
	nested, other := below.client("nested", below), stranger.client("alice")
	base := Security{Certificate: cert, Key: key, ClientCA: people.file}
	separate, nesting, named := base, base, base
	separate.ProxyCA, nesting.ProxyCA, named.Names = proxies.file, below.file, []string{"alice.example", "eve"}
	for _, c := range []struct {
		what                string
		security            Security
		shown               *tls.Certificate
		opensAPI, opensProx bool
	}{
		{"separate, alice", separate, &alice, true, true},
		{"separate, a proxy", separate, &node, false, true},
		{"separate, nothing", separate, nil, false, false},
		{"separate, a stranger", separate, &other, false, false},
		{"nested, alice", nesting, &alice, true, true},
		{"nested, a proxy", nesting, &nested, false, true},
		{"named, alice", named, &alice, true, true},
		{"named, bob", named, &bob, false, true},
		{"named, a stranger of that name", named, &other, false, false},
	} {
		api, prox := doors(t, c.security)
		pass, err := enter(t, api, c.shown, "")
		if (err == nil) != c.opensAPI || err == nil && pass.Certificate != "alice.example" {
			t.Errorf("%s: API: got %+v, %v", c.what, pass, err)
		}
		if _, err := enter(t, prox, c.shown, ""); (err == nil) != c.opensProx {
			t.Errorf("%s: proxies: got %v", c.what, err)
		}
	}
}

func TestTokensOpenTheDoorsTheyAreFor(t *testing.T) {
	cert, key := selfsigned.Certificate(t)
	people := tokenFile(t, "# people\nalice 1111111111111111\n\n2222222222222222\n")
	proxies := tokenFile(t, "node 3333333333333333")
	for _, c := range []struct {
		security Security
		token    string
		api, xds string
	}{
		{Security{TokenFile: people, ProxyTokenFile: proxies}, "1111111111111111", "alice", "alice"},
		{Security{TokenFile: people, ProxyTokenFile: proxies}, "2222222222222222", "tokens line 4", "tokens line 4"},
		{Security{TokenFile: people, ProxyTokenFile: proxies}, "3333333333333333", "-", "node"},
		{Security{TokenFile: people, ProxyTokenFile: proxies}, "4444444444444444", "-", "-"},
		{Security{TokenFile: people, ProxyTokenFile: proxies}, "", "-", "-"},
		{Security{TokenFile: people, ProxyTokenFile: proxies}, "alice 1111111111111111", "-", "-"},
		{Security{TokenFile: people, ProxyTokenFile: proxies}, "111111111111111", "-", "-"},
		{Security{TokenFile: people}, "1111111111111111", "alice", "alice"},
		{Security{TokenFile: people}, "", "-", "-"},
		{Security{}, "", "", ""},
	} {
		api, prox := doors(t, c.security)
		for door, want := range map[*Door]string{api: c.api, prox: c.xds} {
			pass, err := door.Admit("192.0.2.1:5", nil, "Bearer "+c.token)
			if (err == nil) != (want != "-") || err == nil && pass.Token != want {
				t.Errorf("%+v, %q at %s: got %+v, %v", c.security, c.token, door.name, pass, err)
			}
			if _, err := door.Admit("192.0.2.1:5", nil, c.token); err == nil && door.Asks() {
				t.Errorf("%q was taken without its scheme", c.token)
			}
		}
	}
	// Proxies that show certificates need none of the tokens of the API.
	authority := newAuthority(t, nil)
	_, prox := doors(t, Security{Certificate: cert, Key: key, TokenFile: people, ProxyCA: authority.file})
	shown := authority.client("node")
	if pass, err := enter(t, prox, &shown, ""); err != nil || pass.Certificate != "node.example" {
		t.Errorf("got %+v, %v", pass, err)
	}
}

func TestTokensCanBeRenewed(t *testing.T) {
	path := tokenFile(t, "old 1111111111111111")
	var log bytes.Buffer
	logger := logrus.New()
	logger.SetOutput(&log)
	api, _, err := Security{TokenFile: path}.Doors(logger)
	if err != nil {
		t.Fatal(err)
	}
	admits := func(token string) bool {
		api.tokens[0].read = time.Time{}
		_, err := api.Admit("192.0.2.1:5", nil, "Bearer "+token)
		return err == nil
	}
	for _, step := range []struct {
		text     string
		old, new bool
	}{
		{"old 1111111111111111\nnew 2222222222222222", true, true},
		{"", true, true},
		{"new short", true, true},
		{"new 2222222222222222", false, true},
	} {
		if err := os.WriteFile(path, []byte(step.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if old, renewed := admits("1111111111111111"), admits("2222222222222222"); old != step.old || renewed != step.new {
			t.Errorf("after %q: got %v, %v", step.text, old, renewed)
		}
	}
	if got := strings.Count(log.String(), "tokens cannot be read again"); got != 2 {
		t.Errorf("%d lines about a file that cannot be used: %s", got, &log)
	}
	if strings.Contains(log.String(), "1111") || strings.Contains(log.String(), "short\"") {
		t.Errorf("a token is in the log: %s", &log)
	}
}

func TestWhoIsTurnedAwayIsLoggedWithinBounds(t *testing.T) {
	var log bytes.Buffer
	logger := logrus.New()
	logger.SetOutput(&log)
	now := time.Unix(1000, 0)
	a := newTurnedAway(logger)
	a.now = func() time.Time { return now }
	lines := func() int { return strings.Count(log.String(), "a client was turned away") }
	reason := errors.New("the token is missing or wrong")
	for i := range 50 {
		a.add("proxies", fmt.Sprint("192.0.2.1:", i), "", reason)
	}
	if lines() != 1 || !strings.Contains(log.String(), "192.0.2.1:0") || !strings.Contains(log.String(), reason.Error()) {
		t.Errorf("got %s", &log)
	}
	a.add("API", "192.0.2.1:9", "alice", reason)
	if lines() != 2 || !strings.Contains(log.String(), "others=49") || !strings.Contains(log.String(), "certificate=alice") {
		t.Errorf("got %s", &log)
	}
	for i := range 10 * maxAddresses {
		a.add("proxies", fmt.Sprintf("[2001:db8::%x]:1", i), "", reason)
	}
	if lines() > maxAddresses {
		t.Errorf("%d lines", lines())
	}
	before := lines()
	now = now.Add(quietPeriod)
	a.add("proxies", "192.0.2.1:5", "", reason)
	if lines() != before+1 {
		t.Error("an address is not logged again after a while")
	}
}
