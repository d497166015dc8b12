// Package token is an HTTP filter that fetches a token from an issuer every 15 seconds, and adds it to each response. When the issuer is down, the
// last good token is served.
package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/proxylib/proxylib/httpfilter"
)

func init() { httpfilter.Register("token", configure) }

// settings are the filter_config.
type settings struct {
	// Issuer is the URL of the issuer, whose response is a JWT.
	Issuer string `json:"issuer"`
	// Cluster, if given, is the cluster of Envoy's that it is asked by; that takes Envoy 1.38.
	Cluster string `json:"cluster"`
	// Every is the time between two requests to it, such as 15s.
	Every string `json:"every"`
}

const (
	every = "15s"
	// timeout is how long the issuer may take.
	timeout = 5 * time.Second
	// maxToken is the size, in bytes, of the largest token.
	maxToken = 8 << 10
)

func configure(c *httpfilter.Config) (*httpfilter.Filter, error) {
	f := &filter{settings: settings{Every: every}}
	if err := c.Decode(&f.settings); err != nil {
		return nil, err
	}
	interval, err := time.ParseDuration(f.Every)
	if err != nil {
		return nil, fmt.Errorf("every: %w", err)
	}
	if f.Issuer == "" {
		return nil, errors.New("issuer: is missing: give the URL that tokens come from")
	}
	if f.Cluster != "" {
		f.client.Transport = httpfilter.Cluster(f.Cluster)
	}
	fetches := c.Counter("token_fetches", "result")
	c.Tick(interval, func(ctx context.Context) {
		token, err := f.fetch(ctx)
		if err != nil {
			fetches.Add(1, "failed")
			c.Log().Warn("no new token", "error", err)
			return
		}
		fetches.Add(1, "fetched")
		f.token.Store(&token)
	})
	return &httpfilter.Filter{New: func(*httpfilter.Stream) httpfilter.Handler { return &handler{filter: f} }}, nil
}

type filter struct {
	settings
	client http.Client
	token  atomic.Pointer[string]
}

func (f *filter) fetch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.Issuer, nil)
	if err != nil {
		return "", err
	}
	response, err := f.client.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxToken))
	token := strings.TrimSpace(string(text))
	if err != nil || response.StatusCode != http.StatusOK || strings.Count(token, ".") != 2 {
		return "", fmt.Errorf("the issuer has sent %s and no JWT (%v)", response.Status, err)
	}
	return token, nil
}

type handler struct {
	httpfilter.Base
	filter *filter
}

// OnResponse implements [httpfilter.Handler].
func (h *handler) OnResponse(*httpfilter.Response) httpfilter.Action {
	token := h.filter.token.Load()
	if token == nil {
		return httpfilter.Continue(httpfilter.SetHeader("x-token-state", "none"))
	}
	return httpfilter.Continue(httpfilter.SetHeader("x-token", *token), httpfilter.SetHeader("x-token-state", "served"))
}
