package security

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/examples/http/security/signer"
	"github.com/proxylib/proxylib/httpfilter/httpfiltertest"
)

func TestRequestsAreAuthenticatedAsTheirRouteSays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("swordfish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := httpfiltertest.Open(t, "security", `{"providers": {"partner": {"signed": {"file": "`+file+`"}}, "operator": {"key": {"sds": "operator"}}}}`)
	c.Secrets = map[string]string{"operator": "opensesame"}
	sign := func(path string, age time.Duration) []string {
		date := strconv.FormatInt(time.Now().Add(-age).Unix(), 10)
		return []string{signer.Header, signer.Sign("swordfish", "POST", path, date, []byte("order")), signer.Date, date}
	}
	for _, test := range []struct {
		provider string
		headers  []string
		status   int
	}{
		{"", nil, 0},
		{"partner", nil, 401},
		{"partner", sign("/x", 0), 0},
		{"partner", sign("/y", 0), 401},
		{"partner", sign("/x", time.Hour), 401},
		{"partner", sign("/x", -time.Hour), 401},
		{"partner", append(sign("/x", 0), signer.Header, "0"), 401},
		{"operator", nil, 401},
		{"operator", []string{"x-key", "opensesame"}, 0},
		{"operator", []string{"x-key", "opensesam"}, 401},
		{"nobody", nil, 500},
	} {
		s := c.Stream()
		if test.provider != "" {
			var err error
			if s.Route, err = c.Route(`{"provider": "` + test.provider + `"}`); err != nil {
				t.Fatal(err)
			}
		}
		got := s.Request(httpfiltertest.Post("/x", []string{"or", "der"}, test.headers...))
		status := 0
		if got.Denied != nil {
			status = got.Denied.Status
		}
		if status != test.status {
			t.Errorf("%s %q: denied with %d, want %d", test.provider, test.headers, status, test.status)
		}
	}
}

func TestTheServiceSigns(t *testing.T) {
	service := httptest.NewServer(signer.Handler("swordfish"))
	t.Cleanup(service.Close)
	reply, err := http.Post(service.URL+"/sign?"+url.Values{"method": {"PUT"}, "path": {"/a?b=c"}}.Encode(), "text/plain", strings.NewReader("order"))
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if got, want := reply.Header.Get(signer.Header), signer.Sign("swordfish", "PUT", "/a?b=c", reply.Header.Get(signer.Date), []byte("order")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for config, want := range map[string]string{
		`{"providers": {"a": {}}}`:                                              `providers: a: give either "signed" or "key"`,
		`{"providers": {"a": {"key": {}}}}`:                                     "providers: a: a secret is found either",
		`{"providers": {"a": {"key": {"file": "x"}, "signed": {"file": "x"}}}}`: "give either",
	} {
		if _, err := httpfiltertest.TryOpen(t, "security", config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
		}
	}
	c := httpfiltertest.Open(t, "security", "")
	if _, err := c.Route("{}"); err == nil || !strings.Contains(err.Error(), "provider: is missing") {
		t.Errorf("a route: %v", err)
	}
}
