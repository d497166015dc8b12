// Package getheader is an HTTP filter that fetches a header from a URL while the request waits, and adds it to the request.
package getheader

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/proxylib/proxylib/httpfilter"
)

func init() { httpfilter.Register("getheader", configure) }

// settings are the filter_config.
type settings struct {
	// URL is what is asked, Header the header of its response.
	URL    string `json:"url"`
	Header string `json:"header"`
	// Cluster, if given, is the cluster of Envoy's that the request is sent by. Else Go's own client sends it.
	Cluster string `json:"cluster"`
}

func configure(c *httpfilter.Config) (*httpfilter.Filter, error) {
	f := &filter{client: &http.Client{}}
	if err := c.Decode(&f.settings); err != nil {
		return nil, err
	}
	if u, err := url.Parse(f.URL); err != nil || u.Host == "" {
		return nil, errors.New("url: give one such as http://127.0.0.1:8080/key")
	}
	if f.Header == "" {
		return nil, errors.New("header: is missing: give the name of the header that is fetched")
	}
	if f.Cluster != "" {
		f.client.Transport = httpfilter.Cluster(f.Cluster)
	}
	return &httpfilter.Filter{New: func(*httpfilter.Stream) httpfilter.Handler { return &handler{filter: f} }}, nil
}

type filter struct {
	settings
	client *http.Client
}

type handler struct {
	httpfilter.Base
	filter *filter
}

// OnRequest implements [httpfilter.Handler].
func (h *handler) OnRequest(*httpfilter.Request) httpfilter.Action {
	return httpfilter.Wait(func(ctx context.Context) httpfilter.Action {
		value, err := h.filter.fetch(ctx)
		if err != nil {
			return httpfilter.Deny(http.StatusServiceUnavailable, "the header cannot be fetched\n", "getheader_failed")
		}
		return httpfilter.Continue(httpfilter.SetHeader(h.filter.Header, value))
	})
}

func (f *filter) fetch(ctx context.Context) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		return "", err
	}
	response, err := f.client.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	value := response.Header.Get(f.Header)
	if response.StatusCode != http.StatusOK || value == "" {
		return "", errors.New("there is no such header")
	}
	return value, nil
}
