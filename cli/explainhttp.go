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

// askHTTP asks about a request of HTTP, and about what else servers may take it for, as the HTTP filter does. No secret has a value.
func (q *question) askHTTP(a *answer) {
	path, _ := q.http.First(httprule.Path)
	host, _ := q.http.First(httprule.Authority)
	if !httprule.IsHost(host) {
		*a = answer{Endpoint: a.Endpoint, Direction: a.Direction, Verdict: verdictDenied, Counts: a.Counts}
		a.because("the host is not a single one")
		return
	}
	sent := httprule.Reading{Path: path, Host: host}
	asked, verdict := q.decideReading(sent)
	settleReading(a, asked, verdict)
	if !verdict.Allowed {
		return
	}
	reading, verdict, found := httprule.FirstDenied(path, host, true, func(r httprule.Reading) policy.Verdict {
		_, verdict := q.decideReading(r)
		return verdict
	})
	if !found {
		return
	}
	settleReading(a, &httprule.Request{}, verdict)
	if reading.Path != path {
		a.because("servers may take the path for " + reading.Path)
	}
	if reading.Host != host {
		a.because("servers may take the host for " + reading.Host)
	}
}

// decideReading asks about a reading of the request, and returns the request that it is, with what the policy changes.
func (q *question) decideReading(r httprule.Reading) (*httprule.Request, policy.Verdict) {
	asked := &httprule.Request{Headers: append([]httprule.Header(nil), q.http.Headers...)}
	asked.SetPath(r.Path)
	asked.SetHost(r.Host)
	return asked, q.decide(policy.Request{RemoteID: q.remoteID(), Parser: policy.HTTP, L7: asked})
}

// settleReading makes the answer the one of a verdict.
func settleReading(a *answer, asked *httprule.Request, verdict policy.Verdict) {
	*a = answer{Endpoint: a.Endpoint, Direction: a.Direction, Verdict: verdictDenied, Counts: a.Counts}
	a.settle(verdict, false)
	for _, edit := range asked.Edits {
		change := "adds " + edit.Name
		if edit.Remove {
			change = "removes " + edit.Name
		}
		a.because("the policy " + change)
	}
}
