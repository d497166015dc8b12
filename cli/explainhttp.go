package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/httprule"
)

// parseHTTP reads a request of HTTP: the method, the path, and headers as name=value.
func parseHTTP(text string) (*httprule.Request, error) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return nil, errors.New("want METHOD PATH [host=NAME] [HEADER=VALUE]")
	}
	q := &httprule.Request{Headers: []httprule.Header{{Name: httprule.Method, Value: words[0]}, {Name: httprule.Path, Value: words[1]}}}
	for _, word := range words[2:] {
		name, value, given := strings.Cut(word, "=")
		if !given {
			return nil, fmt.Errorf("%q is not a header: want NAME=VALUE", word)
		}
		if name = strings.ToLower(name); name == "host" {
			name = httprule.Authority
		}
		q.Headers = append(q.Headers, httprule.Header{Name: name, Value: value})
	}
	return q, nil
}

// askHTTP asks about a request of HTTP, and about the other readings of its path, as the HTTP filter does. No secret has a value.
func (q *question) askHTTP(a *answer) {
	path, _ := q.http.First(httprule.Path)
	for _, reading := range append([]string{path}, httprule.Readings(path)...) {
		asked := &httprule.Request{Headers: append([]httprule.Header(nil), q.http.Headers...)}
		asked.SetPath(reading)
		verdict := q.decide(policy.Request{RemoteID: q.remoteID(), Parser: policy.HTTP, L7: asked})
		if reading != path && (verdict.Allowed || verdict.Audit) {
			continue
		}
		*a = answer{Endpoint: a.Endpoint, Direction: a.Direction, Verdict: verdictDenied, Counts: a.Counts}
		if a.settle(verdict, false); reading != path {
			a.because("servers may take the path for " + reading)
		}
		for _, edit := range asked.Edits {
			change := "adds " + edit.Name
			if edit.Remove {
				change = "removes " + edit.Name
			}
			a.because("the policy " + change)
		}
		if a.Verdict != verdictAllowed {
			return
		}
	}
}
