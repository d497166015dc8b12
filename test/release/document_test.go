//go:build e2e

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// document is the text of docs/releases.md, for the version of the release.
func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "releases.md"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("proxylib_1.2.3", "proxylib_"+debianVersion(), "1.2.3", *version).Replace(string(text))
}

// block is the code of the document after a line.
func block(t *testing.T, line string) (code string) {
	t.Helper()
	_, after, found := strings.Cut(document(t), line+"\n\n")
	if !found {
		t.Fatalf("%q is not in the document", line)
	}
	for text := range strings.Lines(after) {
		indented, ok := strings.CutPrefix(text, "    ")
		if !ok {
			break
		}
		code += indented
	}
	return code
}

// inTables finds names in the tables of the document.
var inTables = regexp.MustCompile("`([^`]+)`")

func TestTheDocumentNamesAllFilesOfARelease(t *testing.T) {
	tables := ""
	for line := range strings.Lines(document(t)) {
		if strings.HasPrefix(line, "|") {
			tables += line
		}
	}
	named := map[string]bool{}
	folder := installedDebian(t)
	installed := 0
	for _, match := range inTables.FindAllStringSubmatch(tables, -1) {
		named[match[1]] = true
		if strings.HasPrefix(match[1], "/") {
			installed++
			if _, err := os.Stat(filepath.Join(folder, match[1])); err != nil {
				t.Error(err)
			}
		}
	}
	if installed < 5 {
		t.Errorf("only %d installed files are named", installed)
	}
	entries, err := os.ReadDir(artefact(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !named[e.Name()] {
			t.Errorf("the document does not name %s", e.Name())
		}
	}
}

func TestTheChecksumsAreVerifiedAsTheDocumentSays(t *testing.T) {
	command := exec.Command("sh", "-ec", block(t, "In the folder with the files:"))
	command.Dir = artefact(t, "")
	if out, err := command.CombinedOutput(); err != nil || strings.Count(string(out), ": OK\n") != 8 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheArchiveIsInstalledAsTheDocumentSays(t *testing.T) {
	folder := t.TempDir()
	cleanDebian(t, folder)
	run(t, "cp", archive(t, "amd64"), folder)
	run(t, "chroot", folder, "sh", "-ec", block(t, "The archive, as root:"))
	if line := run(t, "chroot", folder, "proxylib", "version"); !strings.HasPrefix(line, commit(t)) {
		t.Errorf("got %q", line)
	}
	requireUnit(t, folder, "/usr/local/lib/systemd/system/proxylib.service")
}

func TestTheUnitTakesCredentialsAsTheDocumentSays(t *testing.T) {
	folder := installedDebian(t)
	changes := filepath.Join(folder, "etc/systemd/system/proxylib.service.d")
	if err := os.MkdirAll(changes, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(changes) })
	text := block(t, "files that only root can read. Type `systemctl edit proxylib`, and write:")
	if err := os.WriteFile(filepath.Join(changes, "override.conf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	requireUnit(t, folder, "/usr/lib/systemd/system/proxylib.service")
	for _, match := range regexp.MustCompile(`--[a-z-]+`).FindAllString(text, -1) {
		if help := run(t, "chroot", folder, "proxylib", "serve", "--help"); !strings.Contains(help, match+" ") {
			t.Errorf("proxylib serve has no flag %s", match)
		}
	}
}
