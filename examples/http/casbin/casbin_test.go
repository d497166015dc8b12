package casbin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/httpfilter/httpfiltertest"
)

func TestRolesDecide(t *testing.T) {
	c := httpfiltertest.Open(t, "casbin", `{"model": "model.conf", "policy": "policy.csv"}`)
	for _, test := range []struct {
		user, method, path string
		allowed            bool
	}{
		{"ann", "GET", "/orders/7?full=yes", true},
		{"ann", "POST", "/orders/7", false},
		{"ann", "GET", "/users", false},
		{"ben", "POST", "/orders/", true},
		{"ben", "DELETE", "/orders/7", false},
		{"eve", "DELETE", "/users", true},
		{"joe", "GET", "/orders/7", false},
		{"", "GET", "/orders/7", false},
		{"ann", "GET", "/orders/../users", false},
		{"ann", "GET", "/orders/%2e%2e/users", false},
		{"ann", "GET", "/orders/..;/users", false},
		{"ann", "GET", "/orders//7", false},
		{"ann", "GET", `/orders/..\users`, false},
	} {
		request := httpfiltertest.Get(test.path, "x-user", test.user)
		for i := range request.Headers {
			if request.Headers[i].Name == ":method" {
				request.Headers[i].Value = test.method
			}
		}
		got := c.Stream().Request(request)
		if (got.Denied == nil) != test.allowed || !test.allowed && got.Denied.Status != 403 {
			t.Errorf("%s %s by %s: got %+v", test.method, test.path, test.user, got)
		}
	}
	if got := c.Stream().Request(httpfiltertest.Get("/orders/7", "x-user", "ann", "x-user", "eve")); got.Denied == nil {
		t.Error("two users are allowed")
	}
}

func TestThePolicyIsReadAgainAndThatOfBeforeStaysIfItCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	write("p, joe, /*, ^GET$\n")
	c := httpfiltertest.Open(t, "casbin", fmt.Sprintf(`{"model": "model.conf", "policy": %q, "every": "1ms"}`, file))
	becomes := func(user string, allowed bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			if got := c.Stream().Request(httpfiltertest.Get("/x", "x-user", user)); (got.Denied == nil) == allowed {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: still not %v", user, allowed)
			}
		}
	}
	becomes("joe", true)
	write("p, ann, /*, ^GET$\n")
	becomes("ann", true)
	becomes("joe", false)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	becomes("ann", true)
}

func TestNobodyHasNoRights(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.csv")
	if err := os.WriteFile(file, []byte("p, everybody, /*, ^GET$\ng, , everybody\ng, joe, everybody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := httpfiltertest.Open(t, "casbin", fmt.Sprintf(`{"model": "model.conf", "policy": %q}`, file))
	if got := c.Stream().Request(httpfiltertest.Get("/x", "x-user", "joe")); got.Denied != nil {
		t.Errorf("joe: got %+v", got)
	}
	for _, headers := range [][]string{{}, {"x-user", ""}} {
		if got := c.Stream().Request(httpfiltertest.Get("/x", headers...)); got.Denied == nil {
			t.Errorf("%q: got %+v", headers, got)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for config, want := range map[string]string{
		`{}`: "model, policy: give the paths", `{"model": "model.conf", "policy": "policy.csv", "every": "x"}`: "every: ",
		`{"model": "none", "policy": "policy.csv"}`: "model, policy: ", `{"modell": ""}`: "unknown field",
		`{"model": "model.conf", "policy": "policy.csv", "user_header": ""}`: "user_header: is empty",
	} {
		if _, err := httpfiltertest.TryOpen(t, "casbin", config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
		}
	}
}
