package httpfilter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/proxylib/proxylib/internal/httplink"
)

// calloutTimeout is how long a request to a cluster takes at most, if its context has no deadline.
const calloutTimeout = 15 * time.Second

// maxCalloutBody is the size, in bytes, of the largest body of a request to a cluster.
const maxCalloutBody = 8 << 20

// errGone is returned for a callout whose stream or configuration has ended.
var errGone = errors.New("the stream has ended")

// callerKey is the key of a caller in a context.
type callerKey struct{}

// caller is a stream or a configuration, which can send requests to clusters.
type caller interface {
	post(f func()) bool
	// callout sends a request, on its own thread.
	callout(c *httplink.Callout, result chan<- calloutResult)
}

type calloutResult struct {
	headers []Header
	body    []byte
	err     error
}

// callouts are those whose results are not there yet, on the thread of the caller.
type callouts struct {
	waiting map[uint64]chan<- calloutResult
	// early is the result of one that ended before its number was known.
	early map[uint64]calloutResult
	// starting: the host is being asked.
	starting bool
}

func (c *callouts) start(result chan<- calloutResult, ask func() (uint64, error)) {
	c.starting = true
	id, err := ask()
	c.starting = false
	if early, ok := c.early[id]; ok && err == nil {
		delete(c.early, id)
		result <- early
		return
	}
	if err != nil {
		result <- calloutResult{err: err}
		return
	}
	if c.waiting == nil {
		c.waiting = map[uint64]chan<- calloutResult{}
	}
	c.waiting[id] = result
}

func (c *callouts) done(id uint64, failed bool, headers []Header, body []byte) {
	r := calloutResult{headers: headers, body: body}
	if failed {
		r.err = errors.New("the cluster has not responded as a whole")
	}
	if result := c.waiting[id]; result != nil {
		delete(c.waiting, id)
		result <- r
	} else if c.starting {
		if c.early == nil {
			c.early = map[uint64]calloutResult{}
		}
		c.early[id] = r
	}
}

func (s *Stream) callout(c *httplink.Callout, result chan<- calloutResult) {
	s.callouts.start(result, func() (uint64, error) { return s.host.Callout(c) })
}

func (c *Config) callout(o *httplink.Callout, result chan<- calloutResult) {
	c.callouts.start(result, func() (uint64, error) { return c.host.Callout(o) })
}

// Cluster sends requests of an [http.Client] by a cluster of Envoy's, with its load balancing, TLS, health checks and statistics. The name of the
// cluster is in the type; the host of a request's URL only becomes its Host header. The context of a request must be that of [Wait], [Config.Tick] or
// [Pin.Context], or come of it. A body is sent and received as a whole. From Tick it needs Envoy 1.38.
type Cluster string

// RoundTrip implements [http.RoundTripper].
func (c Cluster) RoundTrip(r *http.Request) (*http.Response, error) {
	from, ok := r.Context().Value(callerKey{}).(caller)
	if !ok {
		return nil, fmt.Errorf("cluster %s: the request has no context of a filter: use that of Wait, Tick or Pin", string(c))
	}
	out, err := c.callout(r)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", string(c), err)
	}
	// The channel takes a result that comes after nobody waits for it any longer.
	result := make(chan calloutResult, 1)
	if !from.post(func() { from.callout(out, result) }) {
		return nil, errGone
	}
	select {
	case got := <-result:
		if got.err != nil {
			return nil, fmt.Errorf("cluster %s: %w", string(c), got.err)
		}
		return responseOf(r, got), nil
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
}

func (c Cluster) callout(r *http.Request) (*httplink.Callout, error) {
	out := &httplink.Callout{Cluster: string(c), Timeout: calloutTimeout}
	if deadline, ok := r.Context().Deadline(); ok {
		out.Timeout = max(time.Until(deadline), time.Millisecond)
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	out.Headers = []Header{{Name: ":method", Value: method}, {Name: ":path", Value: r.URL.RequestURI()}, {Name: "host", Value: host}}
	for name, values := range r.Header {
		for _, value := range values {
			out.Headers = append(out.Headers, Header{Name: strings.ToLower(name), Value: value})
		}
	}
	if r.Body == nil {
		return out, nil
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCalloutBody+1))
	if err == nil && len(body) > maxCalloutBody {
		err = fmt.Errorf("a body of more than %d bytes is too large", maxCalloutBody)
	}
	out.Body = body
	return out, err
}

func responseOf(r *http.Request, got calloutResult) *http.Response {
	response := &http.Response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: r,
		Body: io.NopCloser(bytes.NewReader(got.body)), ContentLength: int64(len(got.body)),
	}
	for _, h := range got.headers {
		if h.Name == ":status" {
			response.StatusCode, _ = strconv.Atoi(h.Value)
			response.Status = h.Value + " " + http.StatusText(response.StatusCode)
		} else if !strings.HasPrefix(h.Name, ":") {
			response.Header.Add(h.Name, h.Value)
		}
	}
	return response
}
