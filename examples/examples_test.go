package examples

import (
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/npds"
	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/policy"
)

func TestExamplesAreWhatTheGuideShowsAndCanBeUsed(t *testing.T) {
	guide, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"policy.yaml", "manifests.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(guide), "```yaml\n"+string(text)+"```") {
			t.Errorf("docs/policy.md does not show %s as it is", path)
		}
		document, err := npds.CompileDocument(text, policy.Registered())
		if err != nil || document.Policies.Endpoints() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
