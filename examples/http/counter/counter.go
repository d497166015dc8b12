// Package counter is an HTTP filter that counts requests by method and status, and shows how many are under way and how large their bodies are.
package counter

import (
	"slices"
	"strconv"

	"github.com/proxylib/proxylib/httpfilter"
)

func init() { httpfilter.Register("counter", configure) }

func configure(c *httpfilter.Config) (*httpfilter.Filter, error) {
	f := &filter{
		requests: c.Counter("counter_requests", "method", "status"), open: c.Gauge("counter_open"), bytes: c.Histogram("counter_bytes"),
	}
	return &httpfilter.Filter{
		RequestBody: httpfilter.Streamed(),
		New: func(*httpfilter.Stream) httpfilter.Handler {
			f.open.Add(1)
			return &handler{filter: f, method: unknown}
		},
	}, nil
}

type filter struct {
	requests *httpfilter.Counter
	open     *httpfilter.Gauge
	bytes    *httpfilter.Histogram
}

type handler struct {
	httpfilter.Base
	filter *filter
	method string
	bytes  uint64
}

// What is counted of a request that is not there, as Envoy has refused it before, and of one with another method.
const (
	unknown = "unknown"
	other   = "other"
)

// methods are those that are counted by name: clients of HTTP/2 may send any word.
var methods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

// OnRequest implements [httpfilter.Handler].
func (h *handler) OnRequest(r *httpfilter.Request) httpfilter.Action {
	if h.method = r.Method(); !slices.Contains(methods, h.method) {
		h.method = other
	}
	return httpfilter.Continue()
}

// OnRequestBody implements [httpfilter.Handler].
func (h *handler) OnRequestBody(c *httpfilter.Chunk) httpfilter.Action {
	h.bytes += uint64(len(c.Data))
	return httpfilter.Continue()
}

// OnComplete implements [httpfilter.Handler].
func (h *handler) OnComplete(s *httpfilter.Summary) {
	h.filter.open.Add(-1)
	h.filter.requests.Add(1, h.method, strconv.Itoa(s.Status))
	h.filter.bytes.Record(h.bytes)
}
