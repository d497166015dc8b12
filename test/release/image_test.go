//go:build e2e

package release

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// index reads the index of the image layout.
func index(t *testing.T) v1.ImageIndex {
	t.Helper()
	dir := t.TempDir()
	run(t, "tar", "-xf", artefact(t, "proxylib-"+*version+"-oci.tar"), "-C", dir)
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(outer); err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 || manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != *version {
		t.Fatalf("got %+v, want one index with the name %s", manifest.Manifests, *version)
	}
	inner, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return inner
}

// images are those of all processors, by their names.
func images(t *testing.T) map[string]v1.Image {
	t.Helper()
	found := map[string]v1.Image{}
	inner := index(t)
	manifest, err := inner.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifest.Manifests {
		if m.Platform == nil || m.Platform.OS != "linux" {
			t.Fatalf("got %+v", m)
		}
		image, err := inner.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		found[m.Platform.Architecture] = image
	}
	if len(found) != len(architectures) {
		t.Fatalf("got images for %d processors, want %d", len(found), len(architectures))
	}
	return found
}

func TestTheImageSaysHowItRunsAndWhereItIsFrom(t *testing.T) {
	for arch, image := range images(t) {
		file, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		config := file.Config
		if file.Architecture != arch || file.OS != "linux" {
			t.Errorf("%s: got %s/%s", arch, file.OS, file.Architecture)
		}
		if config.User != "65532:65532" || !slices.Equal(config.Entrypoint, []string{"/usr/bin/proxylib", "serve"}) ||
			config.WorkingDir != "/var/lib/proxylib" || len(config.Cmd) != 0 {
			t.Errorf("%s: got %+v", arch, config)
		}
		labels := config.Labels
		if labels["org.opencontainers.image.version"] != *version || labels["org.opencontainers.image.licenses"] != "Apache-2.0" ||
			!strings.HasSuffix(commit(t), " "+labels["org.opencontainers.image.revision"]) {
			t.Errorf("%s: got labels %v", arch, labels)
		}
		manifest, err := partial.Manifest(image)
		if err != nil {
			t.Fatal(err)
		}
		if annotated, _ := json.Marshal(manifest.Annotations); len(manifest.Annotations) != len(labels) {
			t.Errorf("%s: got annotations %s, want the labels", arch, annotated)
		}
	}
}

// TestTheServerRunsInTheImage does what a container runtime does: it unpacks the image and runs its entry point, in its
// folder and as its user.
func TestTheServerRunsInTheImage(t *testing.T) {
	image := images(t)["amd64"]
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	content := mutate.Extract(image)
	defer content.Close()
	unpacking := exec.Command("tar", "-xp", "-C", folder)
	unpacking.Stdin = content
	if out, err := unpacking.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	requireServer(t, inside(folder, file.Config))
	if _, err := os.Stat(filepath.Join(folder, file.Config.WorkingDir, "proxylib.db")); err != nil {
		t.Error(err)
	}
}

// inside is the command that an image's configuration asks for, in the folder where the image is unpacked.
func inside(folder string, config v1.Config) *exec.Cmd {
	user, group, _ := strings.Cut(config.User, ":")
	return exec.Command("unshare", append([]string{
		"--root=" + folder, "--wd=" + config.WorkingDir, "--setuid=" + user, "--setgid=" + group,
	}, config.Entrypoint...)...)
}
