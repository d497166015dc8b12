//go:build e2e

package release

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func TestTheImageOfThePluginHoldsThePlugin(t *testing.T) {
	plugin, err := os.ReadFile(artefact(t, "proxylib-"+*version+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(plugin, []byte("\x00asm")) || !bytes.Contains(plugin, []byte("v"+*version)) {
		t.Errorf("it is not a module of version %s", *version)
	}
	dir := t.TempDir()
	run(t, "tar", "-xf", artefact(t, "proxylib-"+*version+"-wasm-oci.tar"), "-C", dir)
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("got %+v, %v", manifest, err)
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	files := tar.NewReader(content)
	if header, err := files.Next(); err != nil || header.Name != "plugin.wasm" {
		t.Fatalf("got %+v, %v", header, err)
	}
	if inside, err := io.ReadAll(files); err != nil || !bytes.Equal(inside, plugin) {
		t.Errorf("the image has %d bytes, %v: want those of the file", len(inside), err)
	}
}
