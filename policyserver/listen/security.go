package listen

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/tlsfiles"
)

// Security says who is admitted by TCP, at the interface for people and programs (the API), which changes policies, and
// at that for proxies, which reads what they enforce. Who may change policies may read them: what opens the API also
// opens the other interface if the same kind is asked for there, but not the other way round. The zero value admits
// everyone on this machine. Files with certificates are read again for every handshake, and files with tokens every
// second, so that they can be renewed.
type Security struct {
	// Certificate and Key are files in PEM form, for both interfaces.
	Certificate, Key string
	// ClientCA is a file in PEM form with the authorities whose clients are admitted. With Names, it is only those at the API
	// whose certificate has one of these names.
	ClientCA string
	Names    []string
	// TokenFile holds the tokens by which clients are admitted; see [readTokens].
	TokenFile string
	// ProxyCA and ProxyTokenFile are the same for proxies, which are admitted at their interface alone. Without both, proxies
	// are asked for what clients of the API are asked for.
	ProxyCA, ProxyTokenFile string
}

// Doors returns what is asked for at the API and at the interface for proxies. The error says why the settings do not
// fit together.
func (s Security) Doors(log logrus.FieldLogger) (api, proxies *Door, err error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	clients, err := openTokens(s.TokenFile, log)
	if err != nil {
		return nil, nil, err
	}
	ofProxies, err := openTokens(s.ProxyTokenFile, log)
	if err != nil {
		return nil, nil, err
	}
	if shared := clients.shared(ofProxies); shared != "" {
		return nil, nil, fmt.Errorf("token: %s and %s hold the same token: proxies could change policies", s.TokenFile, shared)
	}
	base := Door{certificate: s.Certificate, key: s.Key, log: newTurnedAway(log)}
	api, proxies = &base, &Door{certificate: s.Certificate, key: s.Key, log: base.log}
	api.name, proxies.name = "API", "proxies"
	api.names = s.Names
	if clients != nil {
		api.tokens = []*tokens{clients}
	}
	if s.ClientCA != "" {
		api.authorities = []string{s.ClientCA}
	}
	if len(s.Names) == 0 && s.TokenFile == "" {
		api.foreign = s.ProxyCA
	}
	proxies.authorities, proxies.tokens = api.authorities, api.tokens
	if s.ProxyCA != "" || s.ProxyTokenFile != "" {
		proxies.authorities, proxies.tokens = nil, nil
		if s.ProxyCA != "" {
			proxies.authorities = append([]string{s.ProxyCA}, api.authorities...)
		}
		if s.ProxyTokenFile != "" {
			proxies.tokens = append([]*tokens{ofProxies}, api.tokens...)
		}
	}
	return api, proxies, s.loadAll(api, proxies)
}

func (s Security) check() error {
	if _, err := tlsfiles.Pair(s.Certificate, s.Key); err != nil {
		return fmt.Errorf("tls: certificate and key: %w", err)
	}
	if s.Certificate == "" && s.ClientCA+s.ProxyCA != "" {
		return errors.New("tls: to ask clients for certificates the server needs its own certificate and key")
	}
	if len(s.Names) > 0 && s.ClientCA == "" {
		return errors.New("tls: names of clients need the authorities of their certificates")
	}
	return nil
}

func (s Security) loadAll(doors ...*Door) error {
	if s.Certificate == "" {
		return nil
	}
	for _, d := range doors {
		if _, err := d.load(); err != nil {
			return err
		}
	}
	return nil
}

// CheckRoles returns an error where a client that is admitted as a proxy could change policies. It must be called where both
// interfaces are open by TCP.
func (s Security) CheckRoles() error {
	asksProxies, asksClients := s.ProxyCA+s.ProxyTokenFile != "", s.ClientCA+s.TokenFile != ""
	if asksProxies && !asksClients {
		return errors.New("the API would be open to everyone on this machine while proxies must authenticate: ask " +
			"for tokens (--token-file) or certificates (--tls-client-ca) there as well, or let it listen on a Unix socket")
	}
	if s.TokenFile != "" || s.ClientCA == "" || len(s.Names) > 0 {
		return nil
	}
	if !asksProxies {
		return errors.New("tls: with the certificate of a proxy policies could be changed: give proxies authorities " +
			"(--xds-client-ca) or tokens (--xds-token-file) of their own, or name the certificates that may use the API " +
			"(--api-client-name), or ask for tokens there (--token-file)")
	}
	if s.ProxyCA == "" {
		return nil
	}
	clients, err := tlsfiles.Certificates(s.ClientCA)
	if err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	ofProxies, err := tlsfiles.Certificates(s.ProxyCA)
	if err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	for _, c := range clients {
		if slices.ContainsFunc(ofProxies, c.Equal) {
			return fmt.Errorf("tls: %s and %s have an authority in common: name the certificates that may use the API "+
				"(--api-client-name), or ask for tokens there (--token-file)", s.ClientCA, s.ProxyCA)
		}
	}
	return nil
}

// Warning returns what an operator should know of settings that can be used.
func (s Security) Warning() string {
	if s.TokenFile != "" && s.ProxyCA+s.ProxyTokenFile == "" {
		return "proxies are asked for the tokens of the API, with which policies can be changed: give them tokens " +
			"(--xds-token-file) or authorities (--xds-client-ca) of their own"
	}
	return ""
}

// Door is what is asked for at an interface. It may be used from several threads at once.
type Door struct {
	name             string
	certificate, key string
	// authorities are files; without them no certificate is required. foreign is the file of those whose clients
	// are not admitted. names, if there are any, are those of which a certificate must have one.
	authorities []string
	foreign     string
	names       []string
	// tokens are the files with tokens, of which a client must have one; without them no token is required.
	tokens []*tokens
	log    *turnedAway
}

// Pass is what an admitted client has shown.
type Pass struct {
	// Certificate is the name in the certificate, and Token the name of the token; empty is none.
	Certificate, Token string
}

// Asks reports whether anything is asked for.
func (d *Door) Asks() bool { return len(d.authorities)+len(d.tokens) > 0 }

// Admit checks a client that has shown a certificate in a TLS connection, nil where there is none, and sends a header
// Authorization. The error says why not, and is for the one who asks; it is logged as well, with the address.
func (d *Door) Admit(address string, connection *tls.ConnectionState, authorization string) (Pass, error) {
	pass := Pass{}
	if connection != nil && len(connection.PeerCertificates) > 0 {
		pass.Certificate = nameOf(connection.PeerCertificates[0])
	}
	if len(d.tokens) == 0 {
		return pass, nil
	}
	token, found := strings.CutPrefix(authorization, "Bearer ")
	for _, file := range d.tokens {
		if name, known := file.find(token); found && known {
			pass.Token = name
			return pass, nil
		}
	}
	err := errors.New("the token is missing or wrong")
	d.TurnedAway(address, pass.Certificate, err)
	return pass, err
}

// TurnedAway logs that a client was not admitted.
func (d *Door) TurnedAway(address, certificate string, reason error) {
	d.log.add(d.name, address, certificate, reason)
}

// TLS returns the settings for TLS; nil where there is no certificate.
func (d *Door) TLS() *tls.Config {
	if d.certificate == "" {
		return nil
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: protocols, SessionTicketsDisabled: true,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return d.load()
		},
	}
}

var protocols = []string{"h2", "http/1.1"}

func (d *Door) load() (*tls.Config, error) {
	own, err := tlsfiles.Pair(d.certificate, d.key)
	if err != nil {
		return nil, fmt.Errorf("tls: certificate and key: %w", err)
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: protocols, Certificates: own,
		// A session that is resumed would bypass renewed authorities.
		SessionTicketsDisabled: true,
	}
	if len(d.authorities) == 0 {
		return config, nil
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if config.ClientCAs, err = tlsfiles.Authorities(d.authorities...); err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	var foreign *x509.CertPool
	if d.foreign != "" {
		if foreign, err = tlsfiles.Authorities(d.foreign); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
	}
	config.VerifyConnection = func(connection tls.ConnectionState) error {
		return d.checkCertificate(connection.PeerCertificates, foreign)
	}
	return config, nil
}

// checkCertificate returns an error unless a certificate, which has been verified, may be used at the door.
func (d *Door) checkCertificate(chain []*x509.Certificate, foreign *x509.CertPool) error {
	leaf := chain[0]
	if len(d.names) > 0 && !slices.ContainsFunc(namesOf(leaf), func(name string) bool { return slices.Contains(d.names, name) }) {
		return fmt.Errorf("the certificate of %q is not one of those that may use the %s", nameOf(leaf), d.name)
	}
	if foreign == nil {
		return nil
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: foreign, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err == nil {
		return fmt.Errorf("the certificate of %q is that of a proxy, which may not use the %s", nameOf(leaf), d.name)
	}
	return nil
}

// namesOf lists the names in a certificate.
func namesOf(c *x509.Certificate) []string {
	names := slices.Concat(c.DNSNames, c.EmailAddresses)
	for _, uri := range c.URIs {
		names = append(names, uri.String())
	}
	if c.Subject.CommonName != "" {
		names = append(names, c.Subject.CommonName)
	}
	return names
}

// maxName is the size, in bytes, of the longest name of a certificate that is shown.
const maxName = 200

// nameOf returns the name by which a certificate is shown.
func nameOf(c *x509.Certificate) string {
	name := "serial number " + c.SerialNumber.String()
	if names := namesOf(c); len(names) > 0 {
		name = names[0]
	}
	return name[:min(len(name), maxName)]
}
