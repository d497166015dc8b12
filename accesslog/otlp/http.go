package otlp

import (
	"net"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
)

// knownMethods are those that the conventions have; others are _OTHER.
var knownMethods = map[string]bool{
	"CONNECT": true, "DELETE": true, "GET": true, "HEAD": true, "OPTIONS": true, "PATCH": true, "POST": true, "PUT": true, "QUERY": true, "TRACE": true,
}

// versions are what the conventions call the versions of HTTP.
var versions = map[cilium.HttpProtocol]string{
	cilium.HttpProtocol_HTTP10: "1.0", cilium.HttpProtocol_HTTP11: "1.1", cilium.HttpProtocol_HTTP2: "2",
}

// firstError is the lowest status code that reports an error of the server's.
const firstError = 500

// http adds what is known of a request of HTTP, by the conventions for servers, and of its reply.
func (b *builder) http(h *cilium.HttpLogEntry, x *jsonline.Exchange) {
	b.method(h.Method)
	path, query, _ := strings.Cut(h.Path, "?")
	b.text(semconv.URLPathKey, path)
	b.text(semconv.URLQueryKey, query)
	b.text(semconv.URLSchemeKey, h.Scheme)
	b.text(semconv.NetworkProtocolVersionKey, versions[h.HttpProtocol])
	b.host(h.Host)
	for _, header := range h.Headers {
		b.header(header, "http.request.header.")
	}
	for prefix, list := range map[string][]*cilium.KeyValue{"proxylib.missing_header.": h.MissingHeaders, "proxylib.rejected_header.": h.RejectedHeaders} {
		for _, header := range list {
			b.text(attribute.Key(prefix+header.Key), header.Value)
		}
	}
	if h.Status > 0 {
		b.number(semconv.HTTPResponseStatusCodeKey, int64(h.Status))
	}
	if h.Status >= firstError {
		b.text(semconv.ErrorTypeKey, strconv.FormatUint(uint64(h.Status), 10))
	}
	if x == nil {
		return
	}
	for name, value := range x.Reply {
		b.header(&cilium.KeyValue{Key: name, Value: value}, "http.response.header.")
	}
	b.number(semconv.HTTPRequestBodySizeKey, int64(x.RequestBytes))
	b.number(semconv.HTTPResponseBodySizeKey, int64(x.ReplyBytes))
}

func (b *builder) method(method string) {
	if method == "" {
		return
	}
	if b.operation = method; knownMethods[method] {
		b.text(semconv.HTTPRequestMethodKey, method)
		return
	}
	b.text(semconv.HTTPRequestMethodKey, semconv.HTTPRequestMethodOther.Value.AsString())
	b.text(semconv.HTTPRequestMethodOriginalKey, method)
}

func (b *builder) host(host string) {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		b.text(semconv.ServerAddressKey, strings.Trim(host, "[]"))
		return
	}
	b.text(semconv.ServerAddressKey, name)
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		b.number(semconv.ServerPortKey, int64(n))
	}
}

// header adds a line of a header. Lines of the same name are one attribute.
func (b *builder) header(h *cilium.KeyValue, prefix string) {
	if h.Key == "user-agent" {
		b.text(semconv.UserAgentOriginalKey, h.Value)
		return
	}
	key := attribute.Key(prefix + h.Key)
	for i := range b.attributes {
		if a := &b.attributes[i]; a.Key == key {
			*a = key.StringSlice(append(a.Value.AsStringSlice(), h.Value))
			return
		}
	}
	b.attributes = append(b.attributes, key.StringSlice([]string{h.Value}))
}
