// Package security is an HTTP filter that authenticates requests in a way that their route names. Signed is one: a signature over the
// request, which a signing service makes that has the same secret. Package signer is such a service.
package security

import (
	"crypto/hmac"
	"fmt"
	"strconv"
	"time"

	"github.com/proxylib/proxylib/examples/http/security/signer"
	"github.com/proxylib/proxylib/httpfilter"
)

func init() {
	httpfilter.Register("security", configure)
	httpfilter.RegisterRoute("security", configureRoute)
}

// settings are the filter_config.
type settings struct {
	// Providers are ways to authenticate, by the names that routes know them by.
	Providers map[string]provider `json:"providers"`
}

// provider is a way to authenticate: one of the fields.
type provider struct {
	// Signed wants a signature with a secret.
	Signed *httpfilter.SecretSource `json:"signed"`
	// Key wants a header x-key with a secret.
	Key *httpfilter.SecretSource `json:"key"`
}

// route is the filter_config of a route.
type route struct {
	// Provider is the name of the provider.
	Provider string `json:"provider"`
}

func configureRoute(config []byte) (any, error) {
	r := &route{}
	if err := httpfilter.Decode(config, r); err != nil {
		return nil, err
	}
	if r.Provider == "" {
		return nil, fmt.Errorf("provider: is missing: give the name of one of the filter's")
	}
	return r, nil
}

// authenticator returns why a request is not authentic; empty if it is.
type authenticator func(*httpfilter.Request) string

func configure(c *httpfilter.Config) (*httpfilter.Filter, error) {
	var s settings
	if err := c.Decode(&s); err != nil {
		return nil, err
	}
	providers := map[string]authenticator{}
	for name, p := range s.Providers {
		source, check := p.Signed, signed
		if source == nil {
			source, check = p.Key, key
		}
		if source == nil || p.Signed != nil && p.Key != nil {
			return nil, fmt.Errorf(`providers: %s: give either "signed" or "key"`, name)
		}
		secret, err := c.Secret(*source)
		if err != nil {
			return nil, fmt.Errorf("providers: %s: %w", name, err)
		}
		providers[name] = check(secret)
	}
	return &httpfilter.Filter{
		RequestBody: httpfilter.Whole(maxBody),
		New:         func(*httpfilter.Stream) httpfilter.Handler { return &handler{providers: providers} },
	}, nil
}

// maxBody is the size, in bytes, of the largest body of a request.
const maxBody = 1 << 20

type handler struct {
	httpfilter.Base
	providers map[string]authenticator
}

// OnRequest implements [httpfilter.Handler].
func (h *handler) OnRequest(r *httpfilter.Request) httpfilter.Action {
	named, ok := r.Stream().Route().(*route)
	if !ok {
		// The route wants no authentication.
		return httpfilter.Continue()
	}
	authenticate := h.providers[named.Provider]
	if authenticate == nil {
		return httpfilter.Deny(500, "", "security_no_provider")
	}
	if reason := authenticate(r); reason != "" {
		return httpfilter.Deny(401, reason+"\n", "security_unauthorized")
	}
	return httpfilter.Continue(httpfilter.Metadata("provider", named.Provider))
}

func signed(secret *httpfilter.Secret) authenticator {
	return func(r *httpfilter.Request) string {
		key, ok := secret.Value()
		signature, date := r.Headers.Values(signer.Header), r.Headers.Get(signer.Date)
		if !ok || len(signature) != 1 {
			return "a signature is missing"
		}
		when, err := strconv.ParseInt(date, 10, 64)
		if age := time.Since(time.Unix(when, 0)); err != nil || age.Abs() > signer.Validity {
			return "the signature is too old"
		}
		if !hmac.Equal([]byte(signature[0]), []byte(signer.Sign(key, r.Method(), r.Path(), date, r.Body))) {
			return "the signature is wrong"
		}
		return ""
	}
}

func key(secret *httpfilter.Secret) authenticator {
	return func(r *httpfilter.Request) string {
		want, ok := secret.Value()
		got := r.Headers.Values("x-key")
		if !ok || len(got) != 1 || !hmac.Equal([]byte(got[0]), []byte(want)) {
			return "the key is missing or wrong"
		}
		return ""
	}
}
