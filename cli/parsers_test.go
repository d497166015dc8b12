package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/contents"
	"github.com/proxylib/proxylib/proxylib"
)

// fakeLibrary is a file of a Go program, which this test is, with a list of parsers inside.
func fakeLibrary(t *testing.T, list string) string {
	t.Helper()
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	flag, err := contents.LinkerFlag([]string{"a"}, []byte(list))
	if err != nil {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(flag, "=")
	return file(t, "library.so", string(program)+value)
}

func TestTheParsersOfALibraryAreReadFromItsFile(t *testing.T) {
	list, err := json.Marshal(newInventory())
	if err != nil {
		t.Fatal(err)
	}
	library := fakeLibrary(t, string(list))
	expectRun(t, 0, []string{"PARSER", "memcache", "github.com/proxylib/proxylib", "command,keyExact,keyPrefix", "go1."}, "parsers", "--so", library)
	expectRun(t, 0, []string{`"package": "github.com/proxylib/proxylib/parsers/memcache"`}, "parsers", "--so", library, "-o", "json")
	expectRun(t, 0, []string{"its keys begin with this"}, "parsers", "memcache", "--so", library)
	expectRun(t, 1, []string{"parser \"none\" is not in " + library + ", which has cassandra"}, "parsers", "none", "--so", library)
	expectRun(t, 0, []string{"one  ", "v3.0.0"}, "parsers", "--so",
		fakeLibrary(t, `{"build": {"version": "v3.0.0"}, "items": [{"name": "one", "package": "github.com/proxylib/proxylib/parsers/one"}]}`))
}

func TestFiltersOfALibraryAreListedAfterItsParsers(t *testing.T) {
	expectRun(t, 0, []string{"one ", "hello (HTTP filter)"}, "parsers", "--so",
		fakeLibrary(t, `{"build": {"version": "v3.0.0"}, "items": [{"name": "one"}], "filters": [{"name": "hello", "package": "example.com/hello"}]}`))
}

func TestALibraryWithoutAListIsNamedAsOne(t *testing.T) {
	expectRun(t, 1, []string{"has no list of its parsers: make it with proxylib build"}, "parsers", "--so", os.Args[0])
	expectRun(t, 1, []string{"is not a library that was made with Go"}, "parsers", "--so", file(t, "text.so", "text"))
	expectRun(t, 1, []string{"no such file"}, "parsers", "--so", filepath.Join(t.TempDir(), "none"))
	expectRun(t, 1, []string{"the list of its parsers cannot be read"}, "parsers", "--so", fakeLibrary(t, "[]"))
	expectRun(t, 1, []string{"none of the others can be"}, "parsers", "--so", os.Args[0], "--ldflags")
}

func TestTheFlagOfTheLinkerHoldsTheList(t *testing.T) {
	out := expectRun(t, 0, []string{"-X github.com/proxylib/proxylib/internal/contents.embedded=", " -funcalign=64\n"}, "parsers", "--ldflags")
	var list inventory
	if err := json.Unmarshal(contents.Find([]byte(out)), &list); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(list.names(), " "), strings.Join(proxylib.ParserNames(), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
