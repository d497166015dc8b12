package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Commands of the guide that build or run something are tested in test/newcomer and test/e2e; here it is their flags.
func TestCommandsOfTheGuideToALibraryOfYourOwnHaveTheirFlags(t *testing.T) {
	text, err := os.ReadFile("../docs/own-library.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^    proxylib (.*)$`).FindAllStringSubmatch(string(text), -1) {
		words := strings.Fields(line[1])
		shown[words[0]] = true
		expectRun(t, 0, []string{"Usage:\n  proxylib " + words[0]}, append(words, "--help")...)
	}
	for _, command := range []string{"new", "build", "parsers", "run", "proxy", "envoy-config"} {
		if !shown[command] {
			t.Errorf("the guide does not show %q", command)
		}
	}
}

func TestTheFirstPolicyOfTheGuideIsValid(t *testing.T) {
	text, err := os.ReadFile("../docs/own-library.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```yaml\n")
	policy, _, _ := strings.Cut(after, "```")
	expectRun(t, 0, []string{"keyExact: public/secret"}, "envoy-config", "-p", "memcache", "-u", "127.0.0.1:11211", "--policy", file(t, "policy.yaml", policy))
}
