package manifests

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gateway "github.com/envoyproxy/gateway/api/v1alpha1"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	filter "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/dynamic_modules/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	istio "istio.io/api/networking/v1alpha3"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// documents returns the documents of a form, as proxylib envoy-config prints them.
func documents(t *testing.T, form string) (list [][]byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../cli/envoyconfig/testdata", form+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		list = append(list, []byte(document))
	}
	return list
}

// strict decodes a document into a type, which must have all its fields.
func strict(t *testing.T, document []byte, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(document, into); err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
}

// requireFilter requires that a value is a network filter as Envoy understands it, with the configuration of ours.
func requireFilter(t *testing.T, value []byte) {
	t.Helper()
	var f listener.Filter
	if err := protojson.Unmarshal(value, &f); err != nil {
		t.Fatalf("%v in %s", err, value)
	}
	var module filter.DynamicModuleNetworkFilter
	if err := f.GetTypedConfig().UnmarshalTo(&module); err != nil {
		t.Fatal(err)
	}
	if err := module.ValidateAll(); err != nil {
		t.Error(err)
	}
	var config structpb.Struct
	if err := module.GetFilterConfig().UnmarshalTo(&config); err != nil {
		t.Fatal(err)
	}
	if parser := config.GetFields()["parser"].GetStringValue(); parser != "memcache" || module.GetFilterName() != "proxylib" {
		t.Errorf("parser %q, filter %q", parser, module.GetFilterName())
	}
}

func TestIstioUnderstandsItsForm(t *testing.T) {
	for _, document := range documents(t, "istio") {
		var object struct {
			APIVersion string                           `json:"apiVersion"`
			Kind       string                           `json:"kind"`
			Metadata   struct{ Name, Namespace string } `json:"metadata"`
			Spec       json.RawMessage                  `json:"spec"`
		}
		strict(t, document, &object)
		if object.APIVersion != "networking.istio.io/v1alpha3" || object.Kind != "EnvoyFilter" {
			t.Errorf("got %s %s", object.APIVersion, object.Kind)
		}
		var spec istio.EnvoyFilter
		if err := protojson.Unmarshal(object.Spec, &spec); err != nil {
			t.Fatal(err)
		}
		patch := spec.GetConfigPatches()[0]
		if patch.GetApplyTo() != istio.EnvoyFilter_NETWORK_FILTER || patch.GetMatch().GetContext() != istio.EnvoyFilter_SIDECAR_INBOUND ||
			patch.GetMatch().GetListener().GetFilterChain().GetDestinationPort() != 11211 ||
			patch.GetPatch().GetOperation() != istio.EnvoyFilter_Patch_INSERT_BEFORE {
			t.Errorf("got %v", patch)
		}
		value, err := patch.GetPatch().GetValue().MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		requireFilter(t, value)
	}
}

func TestEnvoyGatewayUnderstandsItsForm(t *testing.T) {
	for _, document := range documents(t, "gateway") {
		var policy gateway.EnvoyPatchPolicy
		strict(t, document, &policy)
		if policy.Kind != gateway.KindEnvoyPatchPolicy || policy.APIVersion != gateway.GroupVersion.String() ||
			policy.Spec.Type != gateway.JSONPatchEnvoyPatchType || policy.Spec.TargetRef.Name != "eg" {
			t.Errorf("got %+v", policy.TypeMeta)
		}
		patch := policy.Spec.JSONPatches[0]
		if patch.Type != gateway.ListenerEnvoyResourceType || patch.Name != "shop/eg/memcache" {
			t.Errorf("got %+v", patch)
		}
		requireFilter(t, patch.Operation.Value.Raw)
	}
}

func TestKubernetesUnderstandsItsForm(t *testing.T) {
	list := documents(t, "kubernetes")
	if len(list) != 2 {
		t.Fatalf("%d documents", len(list))
	}
	var config core.ConfigMap
	strict(t, list[0], &config)
	var deployment apps.Deployment
	strict(t, list[1], &deployment)
	pod := deployment.Spec.Template.Spec
	mounted := map[string]bool{}
	for _, v := range pod.Volumes {
		mounted[v.Name] = true
		if v.ConfigMap != nil && v.ConfigMap.Name != config.Name {
			t.Errorf("the volume is of ConfigMap %q, which is called %q", v.ConfigMap.Name, config.Name)
		}
	}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		for _, mount := range container.VolumeMounts {
			if !mounted[mount.Name] {
				t.Errorf("container %s mounts %s, of which there is no volume", container.Name, mount.Name)
			}
		}
	}
	if !bytes.Contains([]byte(config.Data["envoy.yaml"]), []byte("parser: memcache")) {
		t.Errorf("the ConfigMap holds %v", config.Data)
	}
}
