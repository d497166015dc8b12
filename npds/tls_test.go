package npds

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/eventually"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(c *check.C) *authority {
	a := &authority{}
	a.certificate, a.key = a.issue(c, &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

// issue makes a certificate; an authority that has none yet signs its own.
func (a *authority) issue(c *check.C, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c.Assert(err, check.IsNil)
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	c.Assert(err, check.IsNil)
	certificate, err := x509.ParseCertificate(der)
	c.Assert(err, check.IsNil)
	return certificate, key
}

// files writes what a client needs whose certificate the authority has signed.
func (a *authority) files(c *check.C, dir string) TLSFiles {
	certificate, key := a.issue(c, &x509.Certificate{
		Subject: pkix.Name{CommonName: "node"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	files := TLSFiles{
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"),
		ServerName: "policy.test",
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	c.Assert(err, check.IsNil)
	for path, block := range map[string]*pem.Block{
		files.CA:   {Type: "CERTIFICATE", Bytes: a.certificate.Raw},
		files.Cert: {Type: "CERTIFICATE", Bytes: certificate.Raw},
		files.Key:  {Type: "PRIVATE KEY", Bytes: der},
	} {
		c.Assert(os.WriteFile(path, pem.EncodeToMemory(block), 0o600), check.IsNil)
	}
	return files
}

// serve serves policies to clients whose certificates the authority has signed.
func (a *authority) serve(c *check.C, address string) (*policyServer, string) {
	certificate, key := a.issue(c, &x509.Certificate{
		DNSNames: []string{"policy.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	clients := x509.NewCertPool()
	clients.AddCert(a.certificate)
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: clients,
	}
	listener, err := net.Listen("tcp", address)
	c.Assert(err, check.IsNil)
	s := newPolicyServer(grpc.Creds(credentials.NewTLS(config)))
	go s.grpc.Serve(listener)
	return s, listener.Addr().String()
}

func (s *ClientSuite) startTLS(c *check.C, address string, files TLSFiles) {
	var err error
	s.client, err = NewClient(ClientConfig{
		Address: address, TLS: files, Store: s.store, Parsers: parsers, Log: s.book.Logger(),
		MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	})
	c.Assert(err, check.IsNil)
}

func (s *ClientSuite) TestBothSidesShowCertificatesAndTheyCanBeRenewed(c *check.C) {
	dir := c.MkDir()
	old := newAuthority(c)
	files := old.files(c, dir)
	server, address := old.serve(c, "127.0.0.1:0")
	s.startTLS(c, address, files)
	server.next(c)
	server.updates <- update(c, "1", 80)
	server.next(c)
	c.Check(allows(s.store, 80), check.Equals, true)
	server.stop()

	renewed := newAuthority(c)
	server, _ = renewed.serve(c, address)
	defer server.stop()
	eventually.Holds(c, "the loss is seen", func() bool { return strings.Contains(s.book.String(), "policy server is lost") })
	time.Sleep(50 * time.Millisecond)
	c.Check(len(server.requests), check.Equals, 0, check.Commentf("the old certificates must not do"))
	renewed.files(c, dir)
	server.next(c)
	server.updates <- update(c, "2", 81)
	server.next(c)
	c.Check(allows(s.store, 81), check.Equals, true)
}

func (s *ClientSuite) TestAServerThatCanNotBeTrustedIsNotAsked(c *check.C) {
	server, address := newAuthority(c).serve(c, "127.0.0.1:0")
	defer server.stop()
	s.startTLS(c, address, newAuthority(c).files(c, c.MkDir()))
	eventually.Holds(c, "the reason is logged", func() bool { return strings.Contains(s.book.String(), "certificate") })
	c.Check(len(server.requests), check.Equals, 0)
	c.Check(allows(s.store, 80), check.Equals, false)
}

func (s *ClientSuite) TestFilesThatCanNotBeUsedAreRefused(c *check.C) {
	good := newAuthority(c).files(c, c.MkDir())
	empty := filepath.Join(c.MkDir(), "empty")
	c.Assert(os.WriteFile(empty, nil, 0o600), check.IsNil)
	for _, t := range []struct {
		files TLSFiles
		want  string
	}{
		{TLSFiles{Cert: good.Cert, Key: good.Key}, ".*tls: ca is missing.*"},
		{TLSFiles{CA: good.CA, Cert: good.Cert}, ".*tls: cert and key: .* is given alone.*"},
		{TLSFiles{CA: empty}, ".*tls: ca: .*holds no certificate.*"},
		{TLSFiles{CA: empty + ".none"}, ".*tls: ca: .*no such file.*"},
		{TLSFiles{CA: good.CA, Cert: good.Key, Key: good.Cert}, ".*tls: cert and key: .*"},
	} {
		c.Check(CheckServer("localhost:80", t.files, ""), check.ErrorMatches, t.want)
	}
	c.Check(CheckServer("localhost:80", good, ""), check.IsNil)
}
