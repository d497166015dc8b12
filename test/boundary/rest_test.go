package boundary

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/rest"
)

const token = "Bearer right"

// service is a policy server that is called without a network.
type service struct {
	server  *policyserver.Server
	handler http.Handler
}

func newService(f *testing.F) *service {
	f.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	server, err := policyserver.Open(policyserver.Config{
		State: filepath.Join(f.TempDir(), "state"), Parsers: policy.Registered(), Log: log,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { server.Close() })
	return &service{server, rest.Handler(server, admit, nil)}
}

func admit(r *http.Request) (who policyserver.Actor, err error) {
	if r.Header.Get("Authorization") != token {
		err = errors.New("the token is missing or wrong")
	}
	return who, err
}

// documents are all that the server keeps.
func (s *service) documents() [2][]policyserver.Document {
	return [2][]policyserver.Document{s.server.PolicyDocuments(), s.server.EndpointDocuments()}
}

func (s *service) ask(method, path, authorization, body string) *httptest.ResponseRecorder {
	target, err := url.ParseRequestURI(path)
	if err != nil {
		return nil
	}
	request := &http.Request{
		Method: method, URL: target, RequestURI: path, Host: "localhost", Header: http.Header{"Authorization": {authorization}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, request)
	return answer
}

// clear deletes all documents.
func (s *service) clear(t *testing.T) {
	t.Helper()
	for kind, documents := range s.documents() {
		for _, d := range documents {
			path := fmt.Sprintf("/v1/%s/%s", []string{"policies", "endpoints"}[kind], d.Key)
			if answer := s.ask("DELETE", path, token, ""); answer == nil || answer.Code >= 300 {
				t.Fatalf("%s cannot be deleted", path)
			}
		}
	}
}

const restPolicy = `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a}, spec: {endpointSelector: {},
ingress: [{toPorts: [{ports: [{port: "11211"}], rules: {l7proto: memcache, l7: [{command: get}]}}]}]}}`

const restEndpoint = `{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: a, labels: {app: b}}, addresses: [10.0.0.1]}`

// Whatever is asked, the server does not panic; a request that is refused changes nothing; without the token nothing is
// disclosed or changed; and what was accepted can be read and deleted.
func FuzzREST(f *testing.F) {
	f.Add("PUT", "/v1/policies", restPolicy, true)
	f.Add("PUT", "/v1/policies/default/a", restPolicy, true)
	f.Add("PUT", "/v1/policies/other/b", restPolicy, true)
	f.Add("PUT", "/v1/endpoints", restEndpoint, true)
	f.Add("PUT", "/v1/endpoints", restPolicy, true)
	f.Add("GET", "/v1/policies/default/%2e%2e", "", true)
	f.Add("DELETE", "/v1/endpoints/default/a", "", true)
	f.Add("GET", "/metrics", "", true)
	f.Add("PUT", "/v1/policies", restPolicy+"\n---\n"+restEndpoint, false)
	f.Add("GET", "/v1/identities?x=%00", "{", false)
	s := newService(f)
	f.Fuzz(func(t *testing.T, method, path, body string, authorized bool) {
		before := s.documents()
		authorization := token
		if !authorized {
			authorization = "Bearer wrong"
		}
		answer := s.ask(method, path, authorization, body)
		if answer == nil {
			return
		}
		changed := !reflect.DeepEqual(before, s.documents())
		switch {
		case answer.Code < 200 || answer.Code >= 500 || answer.Code >= 300 && answer.Code < 400 && changed:
			t.Errorf("answered %d: %s", answer.Code, answer.Body)
		case !authorized && (changed || answer.Code == 200 && !strings.HasSuffix(answer.Body.String(), "{\"status\":\"ok\"}\n")):
			t.Errorf("without a token: answered %d: %s, changed %v", answer.Code, answer.Body, changed)
		case answer.Code >= 300 && changed:
			t.Errorf("refused with %d, and yet something has changed", answer.Code)
		case changed && method != "PUT" && method != "DELETE":
			t.Errorf("%s has changed something", method)
		}
		if changed {
			s.clear(t)
		}
	})
}
