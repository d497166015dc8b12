//go:build e2e

package release

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/envoy"
)

var (
	envoyVersion = flag.String("envoy", "1.40.0", "version of Envoy")
	glibc        = flag.String("glibc", "2.28", "the newest version of glibc that the library may need")
	version      = flag.String("release", "0.0.0-dev", "version of the release")
	debian       = flag.String("debian", "", "archive with a minimal Debian, which test/deps/release brings")
)

var architectures = []string{"amd64", "arm64"}

// root is that of the work tree.
func root(t *testing.T) string {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// artefact is the path of a file of the release.
func artefact(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(root(t), "build", "dist", name)
}

func archive(t *testing.T, arch string) string {
	t.Helper()
	return artefact(t, "proxylib-"+*version+"-linux-"+arch+".tar.gz")
}

// debianVersion is the version in Debian's form, in which a candidate is older than what it becomes.
func debianVersion() string { return strings.Replace(*version, "-", "~", 1) }

func debianPackage(t *testing.T, arch string) string {
	t.Helper()
	return artefact(t, "proxylib_"+debianVersion()+"_"+arch+".deb")
}

// run runs a command that must succeed, and returns what it prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// quiet runs a command that must succeed and have nothing to say.
func quiet(t *testing.T, name string, args ...string) {
	t.Helper()
	if out := run(t, name, args...); out != "" {
		t.Errorf("%s %s: %s", name, strings.Join(args, " "), out)
	}
}

// shared is a folder for what several tests look at and none changes.
var shared string

func TestMain(m *testing.M) {
	var err error
	if shared, err = os.MkdirTemp("", "release"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(shared)
	os.Exit(code)
}

// once fills a shared folder, for the first that asks for it.
func once(t *testing.T, name string, fill func(folder string)) string {
	t.Helper()
	folder := filepath.Join(shared, name)
	if err := os.Mkdir(folder, 0o755); err == nil {
		fill(folder)
	} else if !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	return folder
}

// unpack unpacks the archive for a processor, and returns the folder in it, which is shared.
func unpack(t *testing.T, arch string) string {
	t.Helper()
	folder := once(t, arch, func(folder string) { run(t, "tar", "-xzf", archive(t, arch), "-C", folder) })
	return filepath.Join(folder, "proxylib-"+*version)
}

// commit is what the release says that it was built from, as a part of a line.
func commit(t *testing.T) string {
	t.Helper()
	return "proxylib v" + *version + " revision " + strings.TrimSpace(run(t, "git", "-C", root(t), "rev-parse", "HEAD"))
}

func TestTheChecksumsAreThoseOfAllFiles(t *testing.T) {
	text, err := os.ReadFile(artefact(t, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(artefact(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	for _, e := range entries {
		if e.Name() == "SHA256SUMS" {
			continue
		}
		data, err := os.ReadFile(artefact(t, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	if len(entries) != 9 || string(text) != want.String() {
		t.Errorf("got\n%swant\n%s", text, want.String())
	}
}

func TestTheArchiveAndThePackageHoldTheSameFiles(t *testing.T) {
	for _, arch := range architectures {
		fromArchive, fromPackage := unpack(t, arch), t.TempDir()
		run(t, "dpkg-deb", "-x", debianPackage(t, arch), fromPackage)
		quiet(t, "diff", "-r", filepath.Join(fromArchive, "etc"), filepath.Join(fromPackage, "etc"))
		quiet(t, "mv", filepath.Join(fromPackage, "usr/share/zsh/vendor-completions"), filepath.Join(fromPackage, "usr/share/zsh/site-functions"))
		for _, folder := range []string{"bin", "lib", "share"} {
			quiet(t, "diff", "-r", filepath.Join(fromArchive, folder), filepath.Join(fromPackage, "usr", folder))
		}
	}
}

func TestProgramAndLibraryAreForTheProcessorAndTellTheirOrigin(t *testing.T) {
	for arch, emulator := range map[string][]string{"amd64": nil, "arm64": {"qemu-aarch64-static"}} {
		command := append(emulator, filepath.Join(unpack(t, arch), "bin", "proxylib"), "version")
		if line := run(t, command[0], command[1:]...); !strings.HasPrefix(line, commit(t)) {
			t.Errorf("%s: got %q, want %q", arch, line, commit(t))
		}
	}
}

func TestTheLibraryHoldsAListOfItsParsers(t *testing.T) {
	program := filepath.Join(unpack(t, "amd64"), "bin", "proxylib")
	want := run(t, program, "parsers", "--output", "json")
	for _, arch := range architectures {
		library := filepath.Join(unpack(t, arch), "lib", "proxylib", "libproxylib.so")
		got := run(t, program, "parsers", "--so", library, "--output", "json")
		if got != want || !strings.Contains(got, `"version": "v`+*version+`"`) || !strings.Contains(got, `"memcache"`) {
			t.Errorf("%s: got\n%s, want\n%s", arch, got, want)
		}
	}
}
