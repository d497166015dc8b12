package rest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/proxylib/proxylib/internal/address"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/live"
	"github.com/proxylib/proxylib/policyserver/page"
	"github.com/proxylib/proxylib/policyserver/store"
)

// maxBody is the size, in bytes, of the largest request.
const maxBody = 16 << 20

//go:embed openapi.yaml
var description []byte

// Item is a policy or an endpoint as it is listed.
type Item struct {
	Key      string          `json:"key"`
	Source   store.Source    `json:"source"`
	Document json.RawMessage `json:"document"`
}

// List is a response with items.
type List[T any] struct {
	Items []T `json:"items"`
}

// Identity is an identity that is in use.
type Identity struct {
	ID        identity.ID     `json:"id"`
	Labels    identity.Labels `json:"labels,omitempty"`
	Prefix    string          `json:"prefix,omitempty"`
	Endpoints []string        `json:"endpoints,omitempty"`
}

// Accepted is the response to a change: the revision that has it.
type Accepted struct {
	Revision uint64 `json:"revision"`
	// Warnings say, a line each, what the documents have that has no effect, or another than it seems to have.
	Warnings []string `json:"warnings,omitempty"`
}

// Failure is the response to a request that failed, and why.
type Failure struct {
	Error string `json:"error"`
}

// Admit returns who makes a request, and an error for a client that is not admitted.
type Admit func(*http.Request) (policyserver.Actor, error)

const (
	// maxChanges is how many changes are read and checked at once.
	maxChanges = 8
	// changeWait is how long others wait for that.
	changeWait = 20 * time.Second
)

type handler struct {
	server *policyserver.Server
	// changes has an element for each change that is read or checked.
	changes chan struct{}
	explain Explain
}

// actorKey is the key of the actor in the context of a request.
type actorKey struct{}

func actor(r *http.Request) policyserver.Actor {
	who, _ := r.Context().Value(actorKey{}).(policyserver.Actor)
	return who
}

// Handler serves a server to clients that are admitted. Others see its health, and the page without what it shows. explain may
// be nil.
func Handler(s *policyserver.Server, admit Admit, explain Explain) http.Handler {
	h := &handler{s, make(chan struct{}, maxChanges), explain}
	inside := http.NewServeMux()
	inside.HandleFunc("GET /v1/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(description)
	})
	inside.Handle("GET /metrics", metricsOf(s))
	inside.HandleFunc("GET /v1/requests", h.requests)
	inside.HandleFunc("GET /v1/libraries", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, 200, List[live.State]{s.Live.Libraries()})
	})
	inside.HandleFunc("POST /v1/validate", h.validate)
	inside.HandleFunc("POST /v1/explain", h.explanation)
	inside.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) { respond(w, 200, s.Status()) })
	inside.HandleFunc("GET /v1/identities", h.identities)
	inside.HandleFunc("GET /v1/policies", list(s.PolicyDocuments))
	inside.HandleFunc("PUT /v1/policies", h.put(func(*cnp.Content) error { return nil }))
	inside.HandleFunc("GET /v1/policies/{namespace}/{name}", get(s.PolicyDocuments))
	inside.HandleFunc("PUT /v1/policies/{namespace}/{name}", h.putPolicy)
	inside.HandleFunc("DELETE /v1/policies/{namespace}/{name}", h.change(func(c *policyserver.Change, key string) {
		c.DeletePolicies = []string{key}
	}))
	inside.HandleFunc("GET /v1/endpoints", list(s.EndpointDocuments))
	inside.HandleFunc("PUT /v1/endpoints", h.put(endpointsAlone))
	inside.HandleFunc("GET /v1/endpoints/{namespace}/{name}", get(s.EndpointDocuments))
	inside.HandleFunc("DELETE /v1/endpoints/{namespace}/{name}", h.change(func(c *policyserver.Change, key string) {
		c.DeleteEndpoints = []string{key}
	}))
	outside := http.NewServeMux()
	outside.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, 200, map[string]string{"status": "ok"})
	})
	protection := http.NewCrossOriginProtection()
	outside.Handle("GET "+page.Path, page.Handler())
	outside.Handle("GET /{$}", http.RedirectHandler(page.Path, http.StatusSeeOther))
	outside.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		who, err := admit(r)
		foreign := protection.Check(r)
		switch {
		case err != nil:
			w.Header().Set("WWW-Authenticate", "Bearer")
			// A client that is not admitted occupies no connection.
			w.Header().Set("Connection", "close")
			fail(w, http.StatusUnauthorized, err)
		case r.TLS == nil && !address.Local(r.Host):
			fail(w, http.StatusForbidden, fmt.Errorf("host %.100q is not this machine", r.Host))
		case foreign != nil:
			fail(w, http.StatusForbidden, foreign)
		default:
			inside.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), actorKey{}, who)))
		}
	})
	return outside
}

func list(documents func() []policyserver.Document) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		items := []Item{}
		for _, d := range documents() {
			items = append(items, Item{d.Key, d.Source, d.Text})
		}
		respond(w, 200, List[Item]{items})
	}
}

func get(documents func() []policyserver.Document) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, d := range documents() {
			if d.Key == key(r) {
				respond(w, 200, Item{d.Key, d.Source, d.Text})
				return
			}
		}
		fail(w, http.StatusNotFound, fmt.Errorf("%s: %w", key(r), policyserver.ErrUnknown))
	}
}

func key(r *http.Request) string { return r.PathValue("namespace") + "/" + r.PathValue("name") }

func (h *handler) identities(w http.ResponseWriter, _ *http.Request) {
	items := []Identity{}
	for _, i := range h.server.Result().Identities {
		item := Identity{ID: i.ID, Labels: i.Labels, Endpoints: i.Endpoints}
		if i.Prefix.IsValid() {
			item.Prefix = i.Prefix.String()
		}
		items = append(items, item)
	}
	respond(w, 200, List[Identity]{items})
}

// begin waits until a change may be read, and reports whether it may. Changes are large, and so is what is made of them.
func (h *handler) begin(ctx context.Context) bool {
	timer := time.NewTimer(changeWait)
	defer timer.Stop()
	select {
	case h.changes <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-timer.C:
	}
	return false
}

func (h *handler) end() { <-h.changes }

// put makes a change of the documents in a request's body, if check has nothing against them.
func (h *handler) put(check func(*cnp.Content) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !h.begin(r.Context()) {
			fail(w, http.StatusServiceUnavailable, errors.New("too many changes come at once: try again"))
			return
		}
		defer h.end()
		text, ok := body(w, r)
		if !ok {
			return
		}
		content, err := cnp.Decode(text, r.URL.Query().Get("name"))
		if err == nil && len(content.Policies)+len(content.Endpoints) == 0 {
			err = errors.New("there is no document in the request")
		}
		if err == nil {
			err = check(content)
		}
		if err != nil {
			h.server.Refuse(store.API, actor(r), err)
			fail(w, http.StatusUnprocessableEntity, err)
			return
		}
		h.apply(w, policyserver.Change{Source: store.API, By: actor(r), Put: *content}, warningsOf(content))
	}
}

// body reads the body of a request. It reports false if it has responded that it cannot.
func body(w http.ResponseWriter, r *http.Request) (text []byte, ok bool) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		code := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			code = http.StatusRequestEntityTooLarge
		}
		fail(w, code, err)
	}
	return text, err == nil
}

func warningsOf(content *cnp.Content) []string {
	var warnings []string
	for _, warning := range content.Warnings {
		warnings = append(warnings, warning.String())
	}
	return policy.Lines(warnings)
}

func (h *handler) putPolicy(w http.ResponseWriter, r *http.Request) {
	h.put(func(c *cnp.Content) error {
		if len(c.Policies) != 1 || len(c.Endpoints) != 0 || c.Policies[0].Key() != key(r) {
			return fmt.Errorf("want one document, the policy %s", key(r))
		}
		return nil
	})(w, r)
}

func endpointsAlone(c *cnp.Content) error {
	if len(c.Policies) > 0 {
		return errors.New("want documents of endpoints alone; put policies to /v1/policies")
	}
	return nil
}

// change makes a change of one item.
func (h *handler) change(set func(c *policyserver.Change, key string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := policyserver.Change{Source: store.API, By: actor(r)}
		set(&c, key(r))
		h.apply(w, c, nil)
	}
}

func (h *handler) apply(w http.ResponseWriter, c policyserver.Change, warnings []string) {
	revision, err := h.server.Apply(c)
	switch {
	case err == nil:
		respond(w, 200, Accepted{revision, warnings})
	case errors.Is(err, policyserver.ErrPersist):
		fail(w, http.StatusInternalServerError, err)
	case errors.Is(err, policyserver.ErrUnknown):
		fail(w, http.StatusNotFound, err)
	case errors.Is(err, policyserver.ErrOwned):
		fail(w, http.StatusConflict, err)
	default:
		fail(w, http.StatusUnprocessableEntity, err)
	}
}

func fail(w http.ResponseWriter, code int, err error) { respond(w, code, Failure{policy.Reason(err)}) }

func respond(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// A client that is gone needs no response.
	_ = json.NewEncoder(w).Encode(body)
}
