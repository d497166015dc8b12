package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/internal/address"
	"github.com/proxylib/proxylib/internal/tlsfiles"
	"github.com/proxylib/proxylib/internal/tokenfile"
	"github.com/proxylib/proxylib/policyserver/rest"
)

// defaultAPI and defaultXDS are where a server listens, and where it is looked for, unless a flag says otherwise.
const (
	defaultAPI = "127.0.0.1:9911"
	defaultXDS = "127.0.0.1:9912"
)

// responseTime is the time that the server has to respond.
const responseTime = time.Minute

// The environment variables that hold for flags which are not given. The token itself has no flag, which others could
// read.
const (
	serverVariable      = "PROXYLIB_SERVER"
	tokenVariable       = "PROXYLIB_TOKEN"
	tokenFileVariable   = "PROXYLIB_TOKEN_FILE"
	caVariable          = "PROXYLIB_CA"
	certificateVariable = "PROXYLIB_CERT"
	keyVariable         = "PROXYLIB_KEY"
)

// serverFlags say where the policy server is and how to authenticate.
type serverFlags struct {
	address, tokenFile, ca, certificate, key string
	// given reports whether a flag is on the command line.
	given func(name string) bool
}

func (f *serverFlags) register(cmd *cobra.Command) {
	flags := cmd.PersistentFlags()
	f.given = flags.Changed
	flags.StringVar(&f.address, "server", defaultAPI,
		"the policy server: host:port, http://… or https://…, or the path of a Unix socket; else "+serverVariable)
	flags.StringVar(&f.tokenFile, "token-file", "",
		"file that holds the token; else "+tokenFileVariable+", or "+tokenVariable+" with the token itself")
	flags.StringVar(&f.ca, "tls-ca", "",
		"file with the authorities that signed the server's certificate (PEM); else "+caVariable)
	flags.StringVar(&f.certificate, "tls-cert", "",
		"file with the certificate to show to the server (PEM); else "+certificateVariable)
	flags.StringVar(&f.key, "tls-key", "", "file with the key of that certificate (PEM); else "+keyVariable)
}

// withEnvironment returns the flags with those that are not given taken from the environment.
func (f serverFlags) withEnvironment() serverFlags {
	for _, s := range []struct {
		flag, variable string
		value          *string
	}{
		{"server", serverVariable, &f.address}, {"token-file", tokenFileVariable, &f.tokenFile},
		{"tls-ca", caVariable, &f.ca}, {"tls-cert", certificateVariable, &f.certificate}, {"tls-key", keyVariable, &f.key},
	} {
		if text := os.Getenv(s.variable); text != "" && !f.given(s.flag) {
			*s.value = text
		}
	}
	return f
}

// token returns the token to authenticate with; empty sends none.
func (f *serverFlags) token() (string, error) {
	token := strings.TrimSpace(os.Getenv(tokenVariable))
	switch {
	case token == "" || f.given("token-file"):
		return readToken(f.tokenFile)
	case f.tokenFile != "":
		return "", fmt.Errorf("%s and %s are both set, want one of them", tokenVariable, tokenFileVariable)
	}
	return token, nil
}

// apiClient speaks to a policy server.
type apiClient struct {
	base, token string
	http        *http.Client
}

// client makes the client that the flags describe.
func (f *serverFlags) client() (*apiClient, error) {
	set := f.withEnvironment()
	return set.connect()
}

func (f *serverFlags) connect() (*apiClient, error) {
	token, err := f.token()
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	c := &apiClient{token: token, http: &http.Client{Transport: transport, Timeout: responseTime}}
	secured := f.ca != "" || f.certificate != "" || f.key != ""
	switch path, unix := address.Unix(f.address); {
	case unix:
		c.base = "http://localhost"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		return c, nil
	case strings.Contains(f.address, "://"):
		c.base = strings.TrimSuffix(f.address, "/")
	case secured:
		c.base = "https://" + f.address
	default:
		c.base = "http://" + f.address
	}
	u, err := url.Parse(c.base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("--server %q: want host:port, a URL, or the path of a Unix socket", f.address)
	}
	if u.Scheme == "http" && secured {
		return nil, fmt.Errorf("--server %s: the flags for TLS need https://", f.address)
	}
	if u.Scheme == "http" && token != "" && !address.Local(u.Hostname()) {
		return nil, fmt.Errorf("--server %s: a token is sent over https:// or to this machine alone", f.address)
	}
	transport.TLSClientConfig, err = f.tls()
	return c, err
}

// readToken reads a token from a file; without a file there is none.
func readToken(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	token, err := tokenfile.Read(path)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	return token, nil
}

func (f *serverFlags) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if f.ca != "" {
		if config.RootCAs, err = tlsfiles.Authorities(f.ca); err != nil {
			return nil, fmt.Errorf("--tls-ca: %w", err)
		}
	}
	if config.Certificates, err = tlsfiles.Pair(f.certificate, f.key); err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	return config, nil
}

// stream makes a request whose response does not end by itself.
func (c *apiClient) stream(ctx context.Context, path string) (io.ReadCloser, error) {
	response, err := c.do(ctx, &http.Client{Transport: c.http.Transport}, "GET", path, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// do makes a request. A request that the server refuses is an error with its reason.
func (c *apiClient) do(ctx context.Context, client *http.Client, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, &exitError{code: exitUnreachable, err: fmt.Errorf("the policy server cannot be reached: %w", err)}
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	failure := rest.Failure{}
	text, err := io.ReadAll(response.Body)
	if err != nil || json.Unmarshal(text, &failure) != nil || failure.Error == "" {
		failure.Error = response.Status
	}
	return nil, refused(errors.New(failure.Error))
}

// call makes a request and decodes the response. A request that the server refuses is an error with its reason.
func (c *apiClient) call(ctx context.Context, method, path string, body []byte, into any) error {
	response, err := c.do(ctx, c.http, method, path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return &exitError{code: exitUnreachable, err: fmt.Errorf("the policy server broke off: %w", err)}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the response of %s is not that of a policy server: %w", c.base, err)
	}
	return nil
}
