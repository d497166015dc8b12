package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The names that artefacts, packages and images carry.
const (
	name     = "proxylib"
	homepage = "https://github.com/proxylib/proxylib"
	license  = "Apache-2.0"
	summary  = "L7 policy for database and cache protocols, in Envoy"
)

// release is what all artefacts have in common.
type release struct {
	// version has no leading v.
	version string
	// commit is the hash of the commit, and time that of all files: both come from git, not from this machine.
	commit string
	time   time.Time
	// modified: the work tree is not exactly that of the commit.
	modified bool
	// source is the absolute path of the work tree.
	source string
}

// semantic is the form of a version, of https://semver.org without build metadata: a tag of an image has no "+".
var semantic = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)

func newRelease(version, source string) (*release, error) {
	version = strings.TrimPrefix(version, "v")
	if !semantic.MatchString(version) {
		return nil, fmt.Errorf("version %q: want one such as 1.2.3 or 1.2.3-rc.1", version)
	}
	source, err := filepath.Abs(source)
	if err != nil {
		return nil, err
	}
	r := &release{version: version, source: source}
	if r.commit, err = r.git("rev-parse", "HEAD"); err != nil {
		return nil, err
	}
	changes, err := r.git("status", "--porcelain")
	if err != nil {
		return nil, err
	}
	r.modified = changes != ""
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		if epoch, err = r.git("log", "-1", "--format=%ct"); err != nil {
			return nil, err
		}
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("SOURCE_DATE_EPOCH: want seconds since 1970: %w", err)
	}
	r.time = time.Unix(seconds, 0).UTC()
	return r, nil
}

func (r *release) git(args ...string) (string, error) {
	return output(exec.Command("git", append([]string{"-C", r.source}, args...)...))
}

// output runs a command, and returns what it prints without the white space around it.
func output(command *exec.Cmd) (string, error) {
	out, err := command.Output()
	if err != nil {
		return "", failure(strings.Join(command.Args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// failure is an error of a command, with what the command has printed about it.
func failure(command string, err error) error {
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w\n%s", err, failed.Stderr)
	}
	return fmt.Errorf("%s: %w", command, err)
}

// write writes all artefacts, and their checksums at last.
func (r *release) write(builds []build, plugin []byte, into string) error {
	if err := os.RemoveAll(into); err != nil {
		return err
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	bill, err := r.bill(builds)
	if err != nil {
		return err
	}
	common, err := r.commonFiles(builds, bill)
	if err != nil {
		return err
	}
	for _, b := range builds {
		files := sorted(append(b.files(), common...))
		if err := r.writeArchive(filepath.Join(into, r.artefact("linux-"+b.arch+".tar.gz")), files); err != nil {
			return err
		}
		if err := r.writePackage(into, b.arch, files); err != nil {
			return err
		}
	}
	if err := r.writeImage(filepath.Join(into, r.artefact("oci.tar")), builds, common); err != nil {
		return err
	}
	if err := r.writePlugin(filepath.Join(into, r.artefact("wasm-oci.tar")), plugin); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(into, r.artefact("wasm")), plugin, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(into, r.artefact("cdx.json")), bill, 0o644); err != nil {
		return err
	}
	return writeChecksums(into)
}

// artefact is the name of a file of the release. A name that ends in a form, not a platform, has a dot before it.
func (r *release) artefact(ending string) string {
	separator := "-"
	if strings.HasPrefix(ending, "cdx.") || ending == "wasm" {
		separator = "."
	}
	return name + "-" + r.version + separator + ending
}
