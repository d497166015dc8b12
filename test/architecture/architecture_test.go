package architecture

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func parse(t *testing.T) []source {
	t.Helper()
	sources, err := parseTree(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 50 {
		t.Fatalf("only %d files were found below %s", len(sources), root)
	}
	return sources
}

func TestNoImportCrossesAWall(t *testing.T) {
	var files []file
	for _, s := range parse(t) {
		files = append(files, s.file)
	}
	for _, wrong := range violations(files) {
		t.Error(wrong)
	}
}

func TestVerdictsStartNothing(t *testing.T) {
	for _, s := range parse(t) {
		for _, wrong := range concurrent(s) {
			t.Error(wrong)
		}
	}
}

// A verdict must not need what a WebAssembly host lacks.
func TestVerdictsBuildForWebAssembly(t *testing.T) {
	packages := packagesOf(parse(t))
	if !slices.Contains(packages, module+"parsers/memcache") || slices.Contains(packages, module+"accesslog/sink") {
		t.Fatalf("these are not the packages that a verdict needs: %q", packages)
	}
	goCommand(t, append([]string{"build"}, packages...)...)

	deps := strings.Fields(goCommand(t, append([]string{"list", "-deps"}, packages...)...))
	for _, far := range []string{"net/http", "os/exec", "os/signal", "google.golang.org/grpc", "github.com/envoyproxy"} {
		for _, dep := range deps {
			if in(dep, far) {
				t.Errorf("what a verdict needs imports indirectly %s", dep)
			}
		}
	}
}

// A library that asks for signals takes them from the proxy that loaded it. What reads captures is for the command line.
func TestLibraryTakesNoSignalsAndReadsNoCaptures(t *testing.T) {
	deps := strings.Fields(goCommand(t, "list", "-deps", module+"libproxylib"))
	if !slices.Contains(deps, module+"proxylib") {
		t.Fatalf("these are not the packages of the library: %q", deps)
	}
	if slices.Contains(deps, "os/signal") {
		t.Error("libproxylib imports indirectly os/signal")
	}
	if slices.ContainsFunc(deps, func(dep string) bool { return in(dep, captures) }) {
		t.Errorf("libproxylib imports indirectly %s", captures)
	}
}

// goCommand runs the go command; but for the library, for WebAssembly.
func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir = root
	c.Env = os.Environ()
	if !slices.Contains(args, module+"libproxylib") {
		c.Env = append(c.Env, "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	}
	c.Stderr = &strings.Builder{}
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, c.Stderr)
	}
	return string(out)
}

// What is for tests is in no binary that is shipped.
func TestTestPackagesAreNotShipped(t *testing.T) {
	deps := strings.Fields(goCommand(t, "list", "-deps", module+"libproxylib", module+"cmd/proxylib"))
	if !slices.Contains(deps, module+"npds") {
		t.Fatalf("these are not the packages of the library: %q", deps)
	}
	for _, dep := range deps {
		if folder, own := strings.CutPrefix(dep, module); own && (inAny(folder, forTests) || in(folder, "test")) {
			t.Errorf("%s is in what is shipped", folder)
		}
	}
}
