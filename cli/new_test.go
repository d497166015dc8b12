package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/cli/scaffold"
)

// sourceFolder is the checkout that this test is in.
func sourceFolder(t *testing.T) string {
	t.Helper()
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestANewModuleCompilesAndItsTestsPassWithoutANetwork(t *testing.T) {
	source := sourceFolder(t)
	t.Chdir(t.TempDir())
	for _, template := range scaffold.Templates() {
		name := "my" + template
		expectRun(t, 0, []string{"cd " + name, "make demo"}, "new", name, "--template", template, "--source", source)
		for _, args := range [][]string{{"vet", "./..."}, {"test", "-count=1", "./..."}} {
			command := exec.CommandContext(t.Context(), "go", args...)
			command.Dir, command.Env = name, append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: go %s: %v\n%s", template, args[0], err, out)
			}
		}
		policy := filepath.Join(name, "policy.yaml")
		out, err := run("policy", "validate", policy)
		if err == nil || !strings.Contains(out, `no parser in this build is named "`+name+`"`) {
			t.Errorf("%s: the command line without the parser takes its policy: %v, %s", template, err, out)
		}
	}
}

func TestANewModuleTakesThePlaceOfNothing(t *testing.T) {
	source := sourceFolder(t)
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("mine/inner", 0o700); err != nil {
		t.Fatal(err)
	}
	expectRun(t, 1, []string{"mine is there and not empty"}, "new", "mine", "--source", source)
	expectRun(t, 1, []string{"the library has a parser memcache"}, "new", "memcache", "--source", source)
	expectRun(t, 1, []string{"template \"lines\" is unknown: use line, login, tagged"}, "new", "other", "--template", "lines", "--source", source)
	expectRun(t, 1, []string{`--source: . is not a folder with the source of the library`}, "new", "other", "--source", ".")
	expectRun(t, 1, nil, "new")
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
