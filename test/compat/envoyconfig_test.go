package compat

import (
	"strings"
	"testing"

	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"sigs.k8s.io/yaml"
)

func TestCiliumUnderstandsTheObjectThatHasThePlugin(t *testing.T) {
	_, text, found := strings.Cut(read(t, "../../docs/wasm.md"), "```yaml\napiVersion: cilium.io/v2\n")
	text, _, ended := strings.Cut(text, "```")
	if !found || !ended {
		t.Fatal("docs/wasm.md shows no object of Cilium's")
	}
	var config v2.CiliumEnvoyConfig
	if err := yaml.UnmarshalStrict([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	service, backend := config.Spec.Services, config.Spec.BackendServices
	if config.Kind != "CiliumEnvoyConfig" || len(service) != 1 || service[0].Listener != "memcached" || len(backend) != 1 ||
		len(config.Spec.Resources) != 1 {
		t.Errorf("got %+v", config)
	}
}
