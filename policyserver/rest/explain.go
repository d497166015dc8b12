package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
)

// Question is whether a request is allowed. The fields are the flags of "proxylib policy explain".
type Question struct {
	From       string   `json:"from"`
	To         string   `json:"to"`
	Port       uint16   `json:"port"`
	Direction  string   `json:"direction,omitempty"`
	Parser     string   `json:"parser,omitempty"`
	Request    string   `json:"request,omitempty"`
	Keyspace   string   `json:"keyspace,omitempty"`
	L7         []string `json:"l7,omitempty"`
	HTTP       string   `json:"http,omitempty"`
	ServerName string   `json:"serverName,omitempty"`
}

// Explain explains what documents and settings decide about a question. The result has a JSON form. It may be called from several
// threads at once.
type Explain func(ctx context.Context, content *cnp.Content, settings compile.Settings, q Question) (any, error)

// validate reports whether documents could be put.
func (h *handler) validate(w http.ResponseWriter, r *http.Request) {
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
	if err == nil {
		err = h.server.Check(content)
	}
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, err)
		return
	}
	respond(w, 200, Valid{len(content.Policies), len(content.Endpoints), warningsOf(content)})
}

// Valid is the response to documents that could be put.
type Valid struct {
	Policies  int      `json:"policies"`
	Endpoints int      `json:"endpoints"`
	Warnings  []string `json:"warnings,omitempty"`
}

// explanation explains what is in force.
func (h *handler) explanation(w http.ResponseWriter, r *http.Request) {
	if h.explain == nil {
		fail(w, http.StatusNotImplemented, errors.New("this server explains nothing"))
		return
	}
	if !h.begin(r.Context()) {
		fail(w, http.StatusServiceUnavailable, errors.New("too many questions come at once: try again"))
		return
	}
	defer h.end()
	text, ok := body(w, r)
	if !ok {
		return
	}
	var q Question
	if err := json.Unmarshal(text, &q); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	content, err := h.content()
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	result, err := h.explain(r.Context(), content, h.server.Settings(), q)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, err)
		return
	}
	respond(w, 200, result)
}

// content returns all documents that are in force.
func (h *handler) content() (*cnp.Content, error) {
	all := &cnp.Content{}
	for _, d := range append(h.server.PolicyDocuments(), h.server.EndpointDocuments()...) {
		part, err := cnp.Decode(d.Text, "")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Key, err)
		}
		all.Add(part)
	}
	return all, nil
}
