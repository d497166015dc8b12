package compile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
)

// TestManifestsForRealServersAreAcceptedUnchanged takes manifests as people write them, with the parsers of this build. Where
// one is missing, its policies are refused by its name.
func TestManifestsForRealServersAreAcceptedUnchanged(t *testing.T) {
	paths, err := filepath.Glob("../cnp/testdata/*.*")
	if err != nil || len(paths) != 10 {
		t.Fatalf("got %d manifests, %v", len(paths), err)
	}
	known := policy.Registered()
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
			want := ""
			if name := parserOf(p); name != "" && known[name] == nil {
				want = `l7proto: no parser in this build is named "` + name + `"`
			}
			switch err := Check(p, known); {
			case want == "" && err != nil:
				t.Errorf("%s: %v", path, err)
			case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("%s: got %v, want %s", path, err, want)
			}
		}
	}
}

func TestManifestsSpeakOfMemcachedCassandraAndKafka(t *testing.T) {
	for _, c := range []struct{ pattern, parser string }{
		{"memcached-*", "memcache"}, {"cassandra-*", "cassandra"}, {"kafka-*", "kafka"},
	} {
		paths, err := filepath.Glob("../cnp/testdata/" + c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		with := 0
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			content, err := cnp.Decode(text, "name")
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(content.Policies, func(p *cnp.Policy) bool { return parserOf(p) == c.parser }) {
				with++
			}
		}
		if len(paths) < 3 || with < 2 {
			t.Errorf("%s: %d manifests, of which %d have rules for requests", c.parser, len(paths), with)
		}
	}
}

// parserOf is the parser that a policy names first; empty if it names none.
func parserOf(p *cnp.Policy) string {
	for _, rule := range p.Rules {
		for _, clause := range rule.Clauses {
			for _, ports := range clause.Ports {
				if ports.Parser != "" {
					return ports.Parser
				}
			}
		}
	}
	return ""
}
