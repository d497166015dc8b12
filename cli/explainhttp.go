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
	hosts := httprule.Hosts(host)
	for _, readHost := range []string{host, hosts[0], hosts[1]} {
		for _, readPath := range append([]string{path}, httprule.Readings(path)...) {
			if readHost == "" && host != "" {
				continue
			}
			if !q.askReading(a, path, host, readPath, readHost) {
				return
			}
		}
	}
}

// askReading asks about a reading, and reports whether to go on.
func (q *question) askReading(a *answer, path, host, readPath, readHost string) bool {
	asked := &httprule.Request{Headers: append([]httprule.Header(nil), q.http.Headers...)}
	asked.SetPath(readPath)
	asked.SetHost(readHost)
	verdict := q.decide(policy.Request{RemoteID: q.remoteID(), Parser: policy.HTTP, L7: asked})
	sent := readPath == path && readHost == host
	if !sent && (verdict.Allowed || verdict.Audit || readHost != host && !verdict.ByDenyRule()) {
		return true
	}
	*a = answer{Endpoint: a.Endpoint, Direction: a.Direction, Verdict: verdictDenied, Counts: a.Counts}
	a.settle(verdict, false)
	if readPath != path {
		a.because("servers may take the path for " + readPath)
	}
	if readHost != host {
		a.because("servers may take the host for " + readHost)
	}
	for _, edit := range asked.Edits {
		change := "adds " + edit.Name
		if edit.Remove {
			change = "removes " + edit.Name
		}
		a.because("the policy " + change)
	}
	return a.Verdict == verdictAllowed
}
