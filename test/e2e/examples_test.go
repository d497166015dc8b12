//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/proxylib/proxylib/test/envoy"
	"github.com/proxylib/proxylib/test/serve"
)

// example is a file of the folder examples.
func example(t *testing.T, name string) string {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "examples", name)
}

// exampleConfig is the filter_config of an example.
func exampleConfig(t *testing.T, name string) config {
	t.Helper()
	text, err := os.ReadFile(example(t, name))
	if err != nil {
		t.Fatal(err)
	}
	var bootstrap struct {
		Resources struct {
			Listeners []struct {
				Chains []struct {
					Filters []struct {
						Typed struct {
							Config struct{ Value config } `json:"filter_config"`
						} `json:"typed_config"`
					}
				} `json:"filter_chains"`
			}
		} `json:"static_resources"`
	}
	if err := yaml.Unmarshal(text, &bootstrap); err != nil {
		t.Fatal(err)
	}
	return bootstrap.Resources.Listeners[0].Chains[0].Filters[0].Typed.Config.Value
}

func TestEnvoyTakesTheExamplesAsTheyAre(t *testing.T) {
	for _, name := range []string{"envoy.yaml", "served.yaml"} {
		folder := filepath.Dir(example(t, name))
		command := exec.Command(filepath.Join(folder, "..", "build", "envoy", *version, "envoy"),
			"--mode", "validate", "--use-dynamic-base-id", "-c", name)
		command.Dir = folder
		command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH=../build")
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestTheExampleWithAFileDoesWhatItSays puts the filter of the example before a memcached, at ports of the test.
func TestTheExampleWithAFileDoesWhatItSays(t *testing.T) {
	s := newFixture(t)
	filter := exampleConfig(t, "envoy.yaml")
	filter["policy"] = config{"file": example(t, "policy.yaml")}
	s.startEnvoy(s.startMemcached(), filter)
	p := s.dial()
	p.send("set public/a 0 0 1\r\nx\r\nget secret/a\r\nget public/a\r\n")
	p.expect("STORED\r\nCLIENT_ERROR access denied\r\nVALUE public/a 0 1\r\nx\r\nEND\r\n")
}

func TestTheExampleWithAServerDoesWhatItSays(t *testing.T) {
	server, s := serve.New(t), newFixture(t)
	server.Start()
	server.MustRun("", "policy", "import", example(t, "manifests.yaml"))
	filter := exampleConfig(t, "served.yaml")
	filter["policy"].(map[string]any)["xds"] = server.XDS()
	s.startEnvoy(s.startMemcached(), filter)
	s.eventually("the policy is in force", func() bool {
		p := s.dial()
		defer p.Close()
		p.send("get public/a\r\n")
		reply, err := p.ReadString('\n')
		return err == nil && reply == "END\r\n"
	})
	p := s.dial()
	p.send("set public/a 0 0 1\r\nx\r\nget secret/a\r\nget public/a\r\n")
	p.expect("CLIENT_ERROR access denied\r\nCLIENT_ERROR access denied\r\nEND\r\n")
}
