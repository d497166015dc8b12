package envoy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/policy/httprule"
)

func TestTheNearestProxySaysWhoseCertificateItHasSeen(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "", "URI=a": "a", "By=x;Hash=y;URI=a": "a", `Hash=y;Subject="O=a;URI=b,C=d";URI=a`: "a", "URI=a,URI=b": "b", "uri=\"a\"": "a",
		"URI=a,Hash=b": "", "URI=a;": "a", "By=http://x;URI=": "", "URIS=a": "", ",": "", `Subject="CN=\"x,URI=b";URI=a`: "a",
		// What a client has sent, to which a proxy has appended an element with the URI a.
		`URI=admin;Subject=",Hash=y;URI=a`: "", `URI=admin;Subject=",Hash=y;Subject="CN=x";URI=a`: "", `URI=admin;Subject="\,Hash=y;URI=a`: "",
		`URI=admin;Subject=",Hash=y;Subject="CN=\"x\"";URI=a`: "", `URI=admin;Subject=",Hash=y;Subject="CN=\"x\""`: "",
		`URI=admin;Subject=",Hash=y;Subject="CN=x\"y"`: "", `URI=admin;Subject=",Hash=y;Subject="CN=x\\"`: "", `URI=admin;x=\,Hash=y;Subject="CN=x"`: "",
		`URI=admin;x=\",Hash=y;Subject="CN=x"`: "", `URI=admin;x="\\,Hash=y;Subject="CN=x"`: "", `\`: "", `"\`: "", `URI=admin,Hash=y;URI=a`: "a", `URI=admin;,Hash=y;URI=a`: "a",
	} {
		if got := forwardedURI(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

func FuzzAClientCannotNameItself(f *testing.F) {
	f.Add(`URI=admin;Subject="`, `CN="x"`)
	f.Add(`URI=admin;x=\`, `CN=\`)
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, sent, subject string) {
		appended := `,Hash=y;Subject="` + escape.Replace(subject) + `"`
		if got := forwardedURI(sent + appended); got != "" {
			t.Errorf("%q, with the subject %q: got %q", sent, subject, got)
		}
		if got := forwardedURI(sent + appended + ";URI=a"); got != "" && got != "a" {
			t.Errorf("%q, with the subject %q and a URI: got %q", sent, subject, got)
		}
	})
}

func TestAClientOfHTTPIsWhoItsNameSays(t *testing.T) {
	config := fmt.Sprintf(`"policy": {"file": %q}, "identities": [{"uri_san": "spiffe://reader", "identity": 7}, {"cidr": "10.0.0.7", "identity": 7},
		{"uri_san": "spiffe://other", "identity": 8}]`, httpPolicyFile(t))
	certificate, forwarded := openTestHTTP(t, "{"+config+"}"), openTestHTTP(t, `{"client_name": "forwarded", `+config+"}")
	const known, unknown = "10.0.0.7:1", "10.0.0.8:1"
	for i, test := range []struct {
		filter               *httpFilter
		direct, name, header string
		allowed              bool
	}{
		{certificate, unknown, "spiffe://reader", "", true},
		{certificate, unknown, "spiffe://readers", "", false},
		{certificate, known, "", "", true},
		{certificate, known, "spiffe://other", "", false},
		{certificate, unknown, "", "URI=spiffe://reader", false},
		{forwarded, unknown, "", "URI=spiffe://reader", true},
		{forwarded, unknown, "", "URI=spiffe://reader,URI=spiffe://other", false},
		{forwarded, known, "", "Hash=y", true},
		{forwarded, unknown, "", "", false},
	} {
		facts := httpFacts{connection: 1, direct: test.direct, name: test.name, destination: "10.0.0.1:80"}
		k := test.filter.takeScratch()
		k.request.Headers = append(k.request.Headers, httprule.Header{Name: ":method", Value: "GET"}, httprule.Header{Name: ":path", Value: "/x"},
			httprule.Header{Name: "x-forwarded-client-cert", Value: test.header})
		if r := test.filter.decide(&facts, k); r.allowed != test.allowed {
			t.Errorf("%d: got %+v", i, r)
		}
		test.filter.giveScratch(k)
	}
}

func TestNamesThatAreNotListedAreNotKept(t *testing.T) {
	f := openTestHTTP(t, `{"policy": {"allow": "all"}, "identities": [{"uri_san": "spiffe://listed", "identity": 7}]}`)
	facts := httpFacts{connection: 1, direct: "10.0.0.8:1", destination: "10.0.0.1:80", name: strings.Repeat("a", 50_000)}
	first := f.flow(&facts)
	facts.name = "another"
	if f.flow(&facts) != first {
		t.Error("a connection is established again for another name")
	}
	facts.name = "spiffe://listed"
	if got := f.flow(&facts); got == first || got.remoteID != 7 {
		t.Errorf("a name that is listed: got %+v", got)
	}
}
