package page

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestThePageAllowsNothingFromElsewhere(t *testing.T) {
	for name, kind := range map[string]string{"": "text/html", "app.js": "text/javascript", "style.css": "text/css", "icon.svg": "image/svg+xml"} {
		w := get(t, Path+name)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) {
			t.Errorf("%q: got %d, %s", name, w.Code, w.Header().Get("Content-Type"))
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%q: %q is not in %q", name, want, policy)
			}
		}
		if foreign := regexp.MustCompile(`(src|href|url)\s*[=(]\s*["']?(https?:|//)|innerHTML|eval\(|style="|\son[a-z]+="`).FindString(w.Body.String()); foreign != "" {
			t.Errorf("%q has %q", name, foreign)
		}
	}
	if w := get(t, Path+"missing"); w.Code != http.StatusNotFound {
		t.Errorf("got %d", w.Code)
	}
}
