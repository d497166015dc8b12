package accesslog

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
)

func httpEntry(t *testing.T, h *HTTP) *cilium.HttpLogEntry {
	t.Helper()
	wire := Entry{L7: h}.Append(nil)
	e := &cilium.LogEntry{}
	if err := proto.Unmarshal(wire, e); err != nil {
		t.Fatal(err)
	}
	if len(wire) > MaxEntry || e.GetHttp() == nil {
		t.Fatalf("%d bytes, %v", len(wire), e)
	}
	return e.GetHttp()
}

func TestARequestOfHTTPIsWrittenWhole(t *testing.T) {
	t.Parallel()
	got := httpEntry(t, &HTTP{
		Protocol: cilium.HttpProtocol_HTTP2, Scheme: "https", Host: "a:1", Path: "/x?\xff", Method: "GET", Status: 404,
		Headers: []HTTPHeader{{"x-a", "1"}}, Missing: []HTTPHeader{{"x-b", "2"}}, Rejected: []HTTPHeader{{"x-c", "3\r"}},
	})
	want := &cilium.HttpLogEntry{
		HttpProtocol: cilium.HttpProtocol_HTTP2, Scheme: "https", Host: "a:1", Path: `/x?\xff`, Method: "GET", Status: 404,
		Headers: []*cilium.KeyValue{{Key: "x-a", Value: "1"}}, MissingHeaders: []*cilium.KeyValue{{Key: "x-b", Value: "2"}},
		RejectedHeaders: []*cilium.KeyValue{{Key: "x-c", Value: `3\x0d`}},
	}
	if !proto.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestALongRequestOfHTTPIsCutAndNotBroken(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\xffx", 3000)
	h := &HTTP{Scheme: long, Host: long, Path: long, Method: long, Status: 200}
	for range 50 {
		h.Headers = append(h.Headers, HTTPHeader{long, long})
		h.Missing = append(h.Missing, HTTPHeader{"a", long})
	}
	got := httpEntry(t, h)
	last := got.Headers[len(got.Headers)-1]
	if last.Key != "truncated" || len(got.MissingHeaders) == 0 || !strings.HasSuffix(got.Path, "...") || len(got.Path) > maxPath {
		t.Errorf("got %v", got)
	}
}

func TestAnEntryOfHTTPAllocatesNothing(t *testing.T) {
	q := NewQueue(0, nil)
	h := &HTTP{Path: "/", Headers: []HTTPHeader{{"a", "b"}}}
	q.Log(Entry{L7: h})
	if n := testing.AllocsPerRun(100, func() {
		q.Log(Entry{L7: h})
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
