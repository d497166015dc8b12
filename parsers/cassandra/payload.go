package cassandra

// tracingKeys are the keys of custom payloads that say who asks, and nothing of what: servers hand them to those who trace
// requests.
var tracingKeys = map[string]bool{
	"request-id": true, "zipkin": true, "traceparent": true, "tracestate": true, "baggage": true, "b3": true,
	"uber-trace-id": true,
}

// customPayload goes past the custom payload of a request, a [bytes map], and reports whether it has a key that is not
// allowed.
func (c *cursor) customPayload(allowed map[string]bool) (refused bool) {
	for n := c.uint16(); n > 0 && c.ok(); n-- {
		if key := c.string(); !allowed[string(key)] && !allowed[anyPayload] {
			refused = true
		}
		c.skipBytes()
	}
	return refused
}
