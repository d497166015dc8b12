package manifests

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	plugin "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/wasm/v3"
	upstreams "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	istio "istio.io/api/extensions/v1alpha1"
	kinds "istio.io/api/type/v1beta1"
	"sigs.k8s.io/yaml"
)

// shown returns the object of a kind that the page of the plugin shows.
func shown(t *testing.T, kind string) []byte {
	t.Helper()
	return block(t, "\nkind: "+kind+"\n")
}

// block returns the first block of the page that has a text.
func block(t *testing.T, text string) []byte {
	t.Helper()
	page, err := os.ReadFile("../../docs/wasm.md")
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(page), "```yaml\n") {
		block, _, _ := strings.Cut(part, "```")
		if strings.Contains(block, text) {
			return []byte(block)
		}
	}
	t.Fatalf("no block of docs/wasm.md has %q", text)
	return nil
}

// object is one of Kubernetes'.
type object struct {
	APIVersion string                           `json:"apiVersion"`
	Kind       string                           `json:"kind"`
	Metadata   struct{ Name, Namespace string } `json:"metadata"`
	Spec       json.RawMessage                  `json:"spec"`
}

func TestEnvoyUnderstandsTheClusterOfThePolicyServer(t *testing.T) {
	var config struct {
		Clusters []json.RawMessage `json:"clusters"`
	}
	strict(t, block(t, "clusters:\n- name: npds\n"), &config)
	var c cluster.Cluster
	if err := protojson.Unmarshal(config.Clusters[0], &c); err != nil {
		t.Fatal(err)
	}
	var options upstreams.HttpProtocolOptions
	if err := c.GetTypedExtensionProtocolOptions()["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"].UnmarshalTo(&options); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.ValidateAll(), options.ValidateAll()); err != nil || options.GetExplicitHttpConfig().GetHttp2ProtocolOptions() == nil {
		t.Errorf("%v, %v", &options, err)
	}
}

func TestIstioUnderstandsTheObjectOfThePlugin(t *testing.T) {
	var o object
	strict(t, shown(t, "WasmPlugin"), &o)
	var spec istio.WasmPlugin
	if err := protojson.Unmarshal(o.Spec, &spec); err != nil {
		t.Fatal(err)
	}
	// Without the type, Istio takes the plugin for a filter of HTTP.
	if o.APIVersion != "extensions.istio.io/v1alpha1" || spec.GetType() != istio.PluginType_NETWORK ||
		spec.GetFailStrategy() != istio.FailStrategy_FAIL_CLOSE ||
		!strings.HasPrefix(spec.GetUrl(), "oci://") || spec.GetMatch()[0].GetMode() != kinds.WorkloadMode_SERVER {
		t.Errorf("got %s %v", o.APIVersion, &spec)
	}
	if parser := spec.GetPluginConfig().GetFields()["parser"].GetStringValue(); parser != "memcache" {
		t.Errorf("parser %q", parser)
	}
}

func TestEnvoyUnderstandsTheListenerOfCiliumsObject(t *testing.T) {
	var o object
	strict(t, shown(t, "CiliumEnvoyConfig"), &o)
	var spec struct {
		Resources []json.RawMessage `json:"resources"`
	}
	if err := yaml.Unmarshal(o.Spec, &spec); err != nil || len(spec.Resources) != 1 {
		t.Fatalf("%d resources, %v", len(spec.Resources), err)
	}
	var packed anypb.Any
	if err := protojson.Unmarshal(spec.Resources[0], &packed); err != nil {
		t.Fatal(err)
	}
	var l listener.Listener
	if err := packed.UnmarshalTo(&l); err != nil {
		t.Fatal(err)
	}
	if err := l.ValidateAll(); err != nil {
		t.Error(err)
	}
	filters := l.GetFilterChains()[0].GetFilters()
	var wasm plugin.Wasm
	if err := filters[0].GetTypedConfig().UnmarshalTo(&wasm); err != nil || len(filters) != 2 {
		t.Fatalf("%d filters, %v", len(filters), err)
	}
	if err := wasm.ValidateAll(); err != nil {
		t.Error(err)
	}
	var config wrapperspb.StringValue
	if err := wasm.GetConfig().GetConfiguration().UnmarshalTo(&config); err != nil || !strings.Contains(config.GetValue(), `"parser": "memcache"`) {
		t.Errorf("configuration %q, %v", config.GetValue(), err)
	}
}
