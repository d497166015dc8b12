package builder

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder makes a folder with files of the given names and texts.
func folder(t *testing.T, namesAndTexts ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(namesAndTexts); i += 2 {
		path := filepath.Join(dir, namesAndTexts[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(namesAndTexts[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestModulesAreReadFromTheCommandLine(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]Module{
		"example.com/a":              {"example.com/a", "", ""},
		"example.com/a@v1.2.3":       {"example.com/a", "v1.2.3", ""},
		"example.com/a=/src":         {"example.com/a", "", "/src"},
		"example.com/a@v1.2.3=./b=c": {"example.com/a", "v1.2.3", filepath.Join(here, "b=c")},
	} {
		if got, err := ParseModule(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "=a", "@v1", "a@", "a=", "a@=b", "a b", `a"`, "a\nb"} {
		if got, err := ParseModule(text); err == nil {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

func TestACheckoutIsFoundFromInside(t *testing.T) {
	root := folder(t, "go.mod", "// Ours.\nmodule "+Proxylib+"\n", "cli/x/x.go", "package x\n", "test/go.mod", "module "+Proxylib+"/test\n")
	for place, want := range map[string]string{root: root, filepath.Join(root, "cli/x"): root, filepath.Join(root, "test"): root, t.TempDir(): ""} {
		if got := Checkout(place); got != want {
			t.Errorf("%s: got %q, want %q", place, got, want)
		}
	}
	if got := Checkout("", t.TempDir(), root); got != root {
		t.Errorf("got %q", got)
	}
	t.Chdir(root)
	for _, place := range []string{".", "cli/x", "./test/.."} {
		if got := Checkout(place); got != root {
			t.Errorf("%s: got %q, want %q", place, got, root)
		}
	}
}

func TestOnlyVersionsCanBeDownloaded(t *testing.T) {
	for version, want := range map[string]bool{
		"v1.2.3": true, "v0.0.0-20261127000000-0123456789ab": true, "(devel)": false, "": false, "v0.0.0-20261127000000-0123456789ab+dirty": false,
	} {
		if Published(version) != want {
			t.Errorf("%q: want %v", version, want)
		}
	}
}

// root is the checkout that this test is in.
func root(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestWhatCannotBeBuiltIsRefusedWithTheReason(t *testing.T) {
	other := folder(t, "go.mod", "module example.com/other\n")
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Without: []string{"memcached"}}, `parser "memcached" is not one of the library, which has cassandra, memcache, postgres, r2d2, redis`},
		{Config{With: []Module{{"example.com/a", "", other}}}, "example.com/a: " + other + " holds the module example.com/other"},
		{Config{With: []Module{{"example.com/other2", "", other}}}, "holds the module example.com/other"},
		{Config{With: []Module{{"example.com/a", "", t.TempDir()}}}, "is not a Go module"},
		{Config{With: []Module{{"example.com/a", "", folder(t, "go.mod", "// nothing\n")}}}, "go.mod names no module"},
		{Config{With: []Module{{"example.com/a", "v1.0.0", ""}}}, "go get example.com/a@v1.0.0: exit status 1"},
		{Config{Without: []string{"cassandra", "memcache", "postgres", "r2d2", "redis"}}, "no parser is left"},
	} {
		t.Setenv("GOPROXY", "off")
		c.config.Source, c.config.Log = root(t), io.Discard
		c.config.Library = filepath.Join(t.TempDir(), "library")
		err := Run(context.Background(), c.config)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if _, err := os.Stat(c.config.Library); err == nil {
			t.Error("a library is there all the same")
		}
	}
}

func TestWithoutGoTheErrorSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := Run(context.Background(), Config{Log: io.Discard}); err == nil || !strings.Contains(err.Error(), "install Go 1.26") {
		t.Error(err)
	}
}

func TestAModuleThatRegistersNothingIsNamed(t *testing.T) {
	b := &build{Config: Config{With: []Module{{Path: "example.com/a"}, {Path: "example.com/b"}}}}
	list := `{"items": [{"name": "a", "package": "example.com/a/inner"}, {"name": "c", "package": "example.com/bc"}]}`
	err := b.registered([]byte(list))
	if err == nil || !strings.HasPrefix(err.Error(), "example.com/b registers no parser") {
		t.Error(err)
	}
	if err := b.registered([]byte(strings.Replace(list, `]}`, `], "filters": [{"name": "b", "package": "example.com/b"}]}`, 1))); err != nil {
		t.Error(err)
	}
	b.With = b.With[:1]
	if err := b.registered([]byte(list)); err != nil {
		t.Error(err)
	}
}

func TestALibraryTakesItsPlaceAsAWhole(t *testing.T) {
	dir := folder(t, "made", "new", "place/library", "old")
	into := filepath.Join(dir, "place", "library")
	open, err := os.Open(into)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if err := install(filepath.Join(dir, "made"), into); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(into); string(got) != "new" {
		t.Errorf("got %q", got)
	}
	if got, _ := io.ReadAll(open); string(got) != "old" {
		t.Errorf("whoever has it open sees %q", got)
	}
	if err := install(filepath.Join(dir, "made"), filepath.Join(dir, "another", "library")); err != nil {
		t.Error(err)
	}
}
