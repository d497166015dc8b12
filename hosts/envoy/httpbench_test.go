package envoy

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/policy/httprule"
)

// BenchmarkHTTPRequest is a request that passes, with an entry of the access log for it and its reply, by one of 100 rules, without what
// Envoy does. It is part of the profile for the compiler.
func BenchmarkHTTPRequest(b *testing.B) {
	var rules []string
	for i := range 50 {
		rules = append(rules, fmt.Sprintf(`{"method": "GET|HEAD", "path": "/item/%d"}, {"method": "GET|HEAD", "path": "/public/%d/.*"}`, i, i))
	}
	f := openTestHTTP(b, fmt.Sprintf(`{"policy": {"allow": [%s]}, "access_log": {"file": %q}}`, strings.Join(rules, ","), filepath.Join(b.TempDir(), "log")))
	facts := httpFacts{connection: 1, direct: "10.0.0.8:1", source: "10.0.0.8:1", destination: "10.0.0.1:80", protocol: "HTTP/1.1", host: 1 << 40}
	headers := []httprule.Header{
		{Name: ":authority", Value: "shop.example:8080"}, {Name: ":path", Value: ""}, {Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"},
		{Name: "user-agent", Value: "load"}, {Name: "accept", Value: "*/*"}, {Name: "x-forwarded-proto", Value: "http"},
		{Name: "x-request-id", Value: "4a3c4d0f-2d5e-4d0e-9f0a-0b8a3a7e1c11"},
	}
	paths := []string{"/item/0", "/public/25/some/path?with=a&query", "/item/49", "/public/49/x"}
	var stream *httpStream
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := f.takeScratch()
		k.stream = stream
		k.request.Headers = append(k.request.Headers, headers...)
		k.request.Headers[1].Value = paths[i%len(paths)]
		r := f.decide(&facts, k)
		f.giveScratch(k)
		if !r.allowed {
			b.Fatal("the request is denied")
		}
		stream = r.stream
		stream.logEnd(200, 0, 103)
		stream.end()
	}
}
