package cli

import (
	"bytes"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/buildinfo"
	_ "github.com/proxylib/proxylib/parsers/all"
	_ "github.com/proxylib/proxylib/testparsers"
)

// run returns what the command line prints.
func run(args ...string) (string, error) {
	var out bytes.Buffer
	command := newCommand()
	command.SetOut(&out)
	command.SetErr(&out)
	command.SetArgs(args)
	err := execute(command)
	return out.String(), err
}

func TestParsersListsWhatThisBuildHas(t *testing.T) {
	out, err := run("parsers")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(out)
	for _, want := range []string{"cassandra", "memcache", "r2d2"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not listed in %q", want, names)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not in alphabetical order: %q", names)
	}
}

func TestParsersDescribesOne(t *testing.T) {
	out, err := run("parsers", "r2d2")
	if err != nil || !strings.Contains(out, "| `cmd` | its command is this one") || !strings.Contains(out, "## Log fields") {
		t.Errorf("got %q, %v", out, err)
	}
	if out, err := run("parsers", "test.passer"); err != nil || !strings.Contains(out, "declares no rule keys") {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err := run("parsers", "nonsense"); err == nil || !strings.Contains(err.Error(), "which has cassandra, memcache,") {
		t.Errorf("error %v", err)
	}
}

func TestParsersAreDescribedForPrograms(t *testing.T) {
	for _, args := range [][]string{{"parsers", "memcache", "-o", "json"}, {"parsers", "-o", "json"}} {
		out, err := run(args...)
		if err != nil || !strings.Contains(out, `"name": "keyPrefix"`) || !strings.Contains(out, `"key",`) ||
			!strings.Contains(out, `"doc": "its keys begin with this"`) {
			t.Errorf("%q: got %s, %v", args, out, err)
		}
	}
	if out, err := run("parsers", "test.passer", "-o", "yaml"); err != nil || !strings.Contains(out, "ruleKeys: []") {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestVersionNamesTheModuleAndGo(t *testing.T) {
	out, err := run("version")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, "proxylib ") || !strings.Contains(out, " go1.") || strings.Count(out, "\n") != 1 {
		t.Errorf("got %q", out)
	}
}

func TestVersionIsPrintedAsJSONToo(t *testing.T) {
	out, err := run("version", "-o", "json")
	var got buildinfo.Info
	if err != nil || json.Unmarshal([]byte(out), &got) != nil || got.Go != runtime.Version() {
		t.Errorf("%s, %v", out, err)
	}
}

func TestVersionFailsWithoutBuildInformation(t *testing.T) {
	command := newVersionCommand(func() (buildinfo.Info, bool) { return buildinfo.Info{}, false })
	command.SetOut(&bytes.Buffer{})
	command.SetErr(&bytes.Buffer{})
	if err := command.Execute(); err == nil {
		t.Error("no error")
	}
}

func TestBadArgumentsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"nonsense"}, {"version", "extra"}, {"parsers", "r2d2", "extra"}, {"--nonsense"}} {
		if out, err := run(args...); err == nil {
			t.Errorf("%q: no error, output %q", args, out)
		}
	}
}
