package token

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proxylib/proxylib/httpfilter/httpfiltertest"
)

func TestTheLastGoodTokenIsServed(t *testing.T) {
	var text atomic.Pointer[string]
	set := func(s string) { text.Store(&s) }
	set("a.b.c\n")
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(*text.Load())) }))
	t.Cleanup(issuer.Close)
	c := httpfiltertest.Open(t, "token", `{"issuer": "`+issuer.URL+`", "every": "2ms"}`)
	serves := func(token string) func() bool {
		return func() bool {
			got := c.Stream().Response(httpfiltertest.Reply("200", nil))
			return got.Headers.Get("x-token") == token && got.Headers.Get("x-token-state") == "served"
		}
	}
	c.Until(serves("a.b.c"))
	set("not a token")
	c.Until(func() bool { return c.Metric("token_fetches", "failed") > 1 })
	if !serves("a.b.c")() {
		t.Error("the last good token is not served")
	}
	set("d.e.f")
	c.Until(serves("d.e.f"))
}

func TestSettingsAreChecked(t *testing.T) {
	for config, want := range map[string]string{`{}`: "issuer: is missing", `{"every": "soon"}`: "every: ", `{"issuer": "x", "every": "0s"}`: "give a longer one"} {
		if _, err := httpfiltertest.TryOpen(t, "token", config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
		}
	}
}
