package compat

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// manifest is one of Cilium's public examples of rules for HTTP, which is taken as it is from the module that has its documentation,
// with the verdicts that the documentation and the example's description state.
type manifest struct {
	path, port string
	// endpoints are the labels of endpoints by their names.
	endpoints map[string]string
	// verdicts begin with the names of the two sides; "-" forbids, "+" allows.
	verdicts []string
}

// exitDenied is the status by which "policy explain" says that a request is denied.
const exitDenied = 4

var manifests = []manifest{
	{
		"examples/policies/l7/http/http.yaml", "80", map[string]string{"my": "app: myService", "any": "app: any"},
		[]string{
			"+ any my GET /path1", "- any my GET /path1/x", "- any my PUT /path1", "+ any my PUT /path2 X-My-Header=true", "- any my PUT /path2",
			"- any my PUT /path2 X-My-Header=false", "- any my GET /path2 X-My-Header=true",
		},
	},
	{
		"examples/policies/l7/http/l7_multi.yaml", "80", map[string]string{"service": "app: service", "prod": "env: prod", "test": "env: test"},
		// The service may be asked to GET, and what is in production may POST, so one may not ask the other.
		[]string{
			"- prod service GET /public", "- test service GET /public", "+ prod 192.0.2.1 POST /x host=external-service.org", "- prod 192.0.2.1 GET /x host=external-service.org",
			"- prod 192.0.2.1 POST /x host=an-external-service.org", "- prod service POST /public host=external-service.org",
		},
	},
	{
		"examples/policies/l7/http/simple/l7.yaml", "80", map[string]string{"service": "app: service", "prod": "env: prod", "test": "env: test"},
		[]string{"+ prod service GET /public", "- prod service GET /public/x", "- prod service HEAD /public", "- test service GET /public"},
	},
	{
		"examples/policies/kubernetes/serviceaccount/serviceaccount-policy.yaml", "80",
		map[string]string{"leia": "io.cilium.k8s.policy.serviceaccount: leia", "luke": "io.cilium.k8s.policy.serviceaccount: luke", "han": "app: han"},
		[]string{"+ luke leia GET /public", "- luke leia GET /private", "- han leia GET /public"},
	},
	{
		"examples/policies/getting-started/l7-policy.yaml", "8181", map[string]string{"web": "id: web-server", "good": "id: goodclient", "bad": "id: badclient"},
		[]string{"+ good web GET /public", "- good web GET /private", "- bad web GET /public"},
	},
	{
		"examples/kubernetes/servicemesh/cnp-without-mutual-auth.yaml", "3000", map[string]string{"echo": "app: echo", "worker": "app: pod-worker", "other": "app: other"},
		[]string{"+ worker echo GET /headers", "- worker echo GET /headers-1", "- worker echo POST /headers", "- other echo GET /headers"},
	},
	{
		"examples/kubernetes-grpc/cc-door-ingress-security.yaml", "50051",
		map[string]string{"door": "app: cc-door-mgr", "terminal": "app: public-terminal", "other": "app: other"},
		[]string{
			"+ terminal door POST /cloudcity.DoorManager/GetName", "+ terminal door POST /cloudcity.DoorManager/GetLocation",
			"+ terminal door POST /cloudcity.DoorManager/RequestMaintenance", "- terminal door POST /cloudcity.DoorManager/GetState",
			"- terminal door POST /cloudcity.DoorManager/SetAccessCode", "- other door POST /cloudcity.DoorManager/GetName",
		},
	},
	{
		"examples/kubernetes-es/es-sw-policy.yaml", "9200",
		map[string]string{"store": "component: elasticsearch", "ship": "app: spaceship", "hq": "app: empire-hq", "outpost": "app: outpost"},
		[]string{
			"+ ship store PUT /spaceship_diagnostics/stats/1", "- ship store GET /spaceship_diagnostics/_search", "- ship store PUT /troop_logs/log/1",
			"+ outpost store PUT /troop_logs/log/1", "- outpost store GET /troop_logs/_search", "- outpost store DELETE /troop_logs/log/1",
		},
	},
}

func TestPublicManifestsForHTTPDecideAsTheirDocumentationSays(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cilium/cilium").Output()
	if err != nil {
		t.Fatal(err)
	}
	module, program := strings.TrimSpace(string(out)), filepath.Join(t.TempDir(), "proxylib")
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", program, "./cmd/proxylib").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, m := range manifests {
		t.Run(filepath.Base(m.path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(module, m.path))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "manifest.yaml"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "endpoints.yaml"), []byte(m.documents()), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, verdict := range m.verdicts {
				words := strings.SplitN(verdict, " ", 4)
				request := words[3]
				if !strings.Contains(request, "host=") {
					request += " host=a"
				}
				command := exec.Command(program, "policy", "explain", "-f", dir, "--from", words[1], "--to", words[2], "--port", m.port, "--http", request)
				out, err := command.CombinedOutput()
				var exit *exec.ExitError
				if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitDenied) {
					t.Fatalf("%s: %v\n%s", verdict, err, out)
				}
				if (err == nil) != (words[0] == "+") {
					t.Errorf("%s:\n%s", verdict, out)
				}
			}
		})
	}
}

// documents are the endpoints, each with an address.
func (m *manifest) documents() string {
	var b strings.Builder
	address := byte('1')
	for name, labels := range m.endpoints {
		b.WriteString("---\n{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: " + name + ", namespace: default, labels: {\"" +
			strings.Replace(labels, ": ", "\": ", 1) + "}}, addresses: [10.0.0." + string(address) + "]}\n")
		address++
	}
	return b.String()
}
