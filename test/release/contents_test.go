//go:build e2e

package release

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShellsReadTheirCompletions(t *testing.T) {
	share := filepath.Join(unpack(t, "amd64"), "share")
	quiet(t, "bash", "-n", filepath.Join(share, "bash-completion/completions/proxylib"))
	quiet(t, "zsh", "-n", filepath.Join(share, "zsh/site-functions/_proxylib"))
	quiet(t, "fish", "--no-execute", filepath.Join(share, "fish/vendor_completions.d/proxylib.fish"))
}

func TestBashCompletesACommand(t *testing.T) {
	release := unpack(t, "amd64")
	// Some functions are those of the package bash-completion, which not every machine has. Without a terminal Bash has no
	// options of a completion, and says so.
	script := `PATH="$1/bin:$PATH"; _get_comp_words_by_ref() { cur=po prev=proxylib words=(proxylib po) cword=1; }
__ltrim_colon_completions() { :; }; _init_completion() { _get_comp_words_by_ref; }
source "$1/share/bash-completion/completions/proxylib"
COMP_TYPE=9 COMP_WORDS=(proxylib po) COMP_CWORD=1 COMP_LINE="proxylib po" COMP_POINT=11 __start_proxylib 2>/dev/null
echo "${COMPREPLY[@]}"`
	if got := strings.TrimSpace(run(t, "bash", "-c", script, "bash", release)); got != "policy" {
		t.Errorf("got %q, want policy", got)
	}
}

func TestManualPagesAreFormattedWithoutAWarning(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(unpack(t, "amd64"), "share/man/man1/*.1.gz"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		quiet(t, "bash", "-c", `set -o pipefail; gzip -dc "$1" | groff -ww -z -man -K utf8 -T utf8 2>&1`, "bash", page)
	}
}

// bill is what is looked at of a bill of materials.
type bill struct {
	Format   string `json:"bomFormat"`
	Spec     string `json:"specVersion"`
	Metadata struct {
		Component component `json:"component"`
	} `json:"metadata"`
	Components []component `json:"components"`
}

type component struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	URL        string `json:"purl"`
	Properties []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"properties"`
}

func TestTheBillOfMaterialsHasAllModulesThatAreBuiltIn(t *testing.T) {
	release := unpack(t, "amd64")
	text, err := os.ReadFile(filepath.Join(release, "share/doc/proxylib/sbom.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	quiet(t, "cmp", filepath.Join(release, "share/doc/proxylib/sbom.cdx.json"), artefact(t, "proxylib-"+*version+".cdx.json"))
	var b bill
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if c := b.Metadata.Component; b.Format != "CycloneDX" || b.Spec != "1.5" || c.Version != "v"+*version ||
		len(c.Properties) != 1 || !strings.HasSuffix(commit(t), " "+c.Properties[0].Value) {
		t.Errorf("got %+v", b.Metadata)
	}
	listed := map[string]bool{}
	for _, c := range b.Components {
		listed[c.URL] = true
	}
	licences, err := os.ReadFile(filepath.Join(release, "share/doc/proxylib/LICENSES"))
	if err != nil {
		t.Fatal(err)
	}
	modules := 0
	for _, file := range []string{"bin/proxylib", "lib/proxylib/libproxylib.so"} {
		for line := range strings.Lines(run(t, "go", "version", "-m", filepath.Join(release, file))) {
			words := strings.Fields(line)
			if words[0] != "dep" {
				continue
			}
			modules++
			if !listed["pkg:golang/"+words[1]+"@"+words[2]] {
				t.Errorf("%s of %s is not in the bill", words[1], file)
			}
			if !strings.Contains(string(licences), "It contains "+words[1]+" "+words[2]) {
				t.Errorf("the licence of %s of %s is missing", words[1], file)
			}
		}
	}
	if modules < 10 {
		t.Errorf("only %d modules were found", modules)
	}
}
