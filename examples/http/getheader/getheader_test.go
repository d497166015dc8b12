package getheader

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/httpfilter/httpfiltertest"
)

func TestTheHeaderIsAddedOrTheRequestDenied(t *testing.T) {
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/key" {
			w.Header().Set("X-Key", "swordfish")
		}
	}))
	t.Cleanup(keys.Close)
	c := httpfiltertest.Open(t, "getheader", `{"url": "`+keys.URL+`/key", "header": "x-key"}`)
	if got := c.Stream().Request(httpfiltertest.Get("/", "x-key", "forged")); got.Denied != nil || strings.Join(got.Headers.Values("x-key"), ",") != "swordfish" {
		t.Errorf("got %+v", got)
	}
	c = httpfiltertest.Open(t, "getheader", `{"url": "`+keys.URL+`/other", "header": "x-key"}`)
	if got := c.Stream().Request(httpfiltertest.Get("/")); got.Denied == nil || got.Denied.Status != 503 {
		t.Errorf("without the header: got %+v", got)
	}
	c = httpfiltertest.Open(t, "getheader", `{"url": "http://keys.example/key", "header": "x-key", "cluster": "keys"}`)
	c.Clusters = map[string]func(httpfiltertest.Message) httpfiltertest.Message{"keys": func(m httpfiltertest.Message) httpfiltertest.Message {
		return httpfiltertest.Reply("200", nil, "x-key", m.Headers.Get("host")+m.Headers.Get(":path"))
	}}
	if got := c.Stream().Request(httpfiltertest.Get("/")); got.Denied != nil || got.Headers.Get("x-key") != "keys.example/key" {
		t.Errorf("by a cluster: got %+v", got)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for config, want := range map[string]string{`{}`: "url: give one", `{"url": "http://a/"}`: "header: is missing", `{"urll": ""}`: "unknown field"} {
		if _, err := httpfiltertest.TryOpen(t, "getheader", config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
		}
	}
}
