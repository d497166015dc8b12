package compile

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/cnp"
)

func TestManifestsForRealServersAreAcceptedUnchanged(t *testing.T) {
	known := maps.Clone(parsers)
	known["memcache"], known["cassandra"] = anyRules, anyRules
	paths, err := filepath.Glob("../cnp/testdata/*.*")
	if err != nil || len(paths) != 10 {
		t.Fatalf("got %d manifests, %v", len(paths), err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content, err := cnp.Decode(text, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if len(content.Policies) != 1 {
			t.Errorf("%s: got %d policies", path, len(content.Policies))
		}
		for _, p := range content.Policies {
			if err := Check(p, known); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// anyRules makes a rule of every entry.
func anyRules(r *cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
	var rules []policy.L7NetworkPolicyRule
	for range r.GetL7Rules().GetL7AllowRules() {
		rules = append(rules, word(""))
	}
	return rules, nil
}
