// Package casbin is an HTTP filter in which a policy of Casbin decides, a library with models of its own such as roles. Who asks is in a
// header, which a filter before this one has to set.
package casbin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	engine "github.com/casbin/casbin/v3"

	"github.com/proxylib/proxylib/httpfilter"
)

func init() { httpfilter.Register("casbin", configure) }

// settings are the filter_config.
type settings struct {
	// Model and Policy are the paths of files in the forms of Casbin; see https://casbin.org/docs/how-it-works.
	Model  string `json:"model"`
	Policy string `json:"policy"`
	// UserHeader is the header with the name of the user.
	UserHeader string `json:"user_header"`
	// Every is how often the policy is read again, such as 10s.
	Every string `json:"every"`
}

const (
	userHeader = "x-user"
	every      = "10s"
)

func configure(c *httpfilter.Config) (*httpfilter.Filter, error) {
	s := settings{UserHeader: userHeader, Every: every}
	if err := c.Decode(&s); err != nil {
		return nil, err
	}
	interval, err := time.ParseDuration(s.Every)
	if err != nil {
		return nil, fmt.Errorf("every: %w", err)
	}
	if s.UserHeader == "" {
		return nil, errors.New("user_header: is empty: give the name of a header, or leave it out")
	}
	if s.Model == "" || s.Policy == "" {
		return nil, errors.New("model, policy: give the paths of both files")
	}
	enforcer, err := engine.NewSyncedEnforcer(s.Model, s.Policy)
	if err != nil {
		return nil, fmt.Errorf("model, policy: %w", err)
	}
	c.Tick(interval, func(context.Context) {
		if err := enforcer.LoadPolicy(); err != nil {
			c.Log().Warn("the policy cannot be read: that of before stays in force", "error", err)
		}
	})
	user := strings.ToLower(s.UserHeader)
	decisions := c.Counter("casbin_decisions", "result")
	return &httpfilter.Filter{New: func(*httpfilter.Stream) httpfilter.Handler {
		return &handler{enforcer: enforcer, user: user, decisions: decisions}
	}}, nil
}

type handler struct {
	httpfilter.Base
	enforcer  *engine.SyncedEnforcer
	user      string
	decisions *httpfilter.Counter
}

// OnRequest implements [httpfilter.Handler].
func (h *handler) OnRequest(r *httpfilter.Request) httpfilter.Action {
	result := h.decide(r)
	h.decisions.Add(1, result)
	switch result {
	case "allowed":
		return httpfilter.Continue(httpfilter.Metadata("user", r.Headers.Get(h.user)))
	case "failed":
		return httpfilter.Deny(http.StatusInternalServerError, "", "casbin_failed")
	}
	return httpfilter.Deny(http.StatusForbidden, "not allowed\n", "casbin_denied")
}

func (h *handler) decide(r *httpfilter.Request) (result string) {
	users := r.Headers.Values(h.user)
	target, plain := plainPath(r.Path())
	if len(users) != 1 || users[0] == "" || !plain {
		return "denied"
	}
	allowed, err := h.enforcer.Enforce(users[0], target, r.Method())
	switch {
	case err != nil:
		return "failed"
	case !allowed:
		return "denied"
	}
	return "allowed"
}

// plainPath returns the path of a request without its query, and whether servers can read it in one way only.
func plainPath(target string) (text string, plain bool) {
	u, err := url.ParseRequestURI(target)
	if err != nil || u.EscapedPath() != u.Path || strings.ContainsAny(u.Path, `\;`) {
		return "", false
	}
	cleaned := path.Clean(u.Path)
	if strings.HasSuffix(u.Path, "/") && cleaned != "/" {
		cleaned += "/"
	}
	return u.Path, cleaned == u.Path
}
