package main

import (
	"slices"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

func TestTheImageOfThePluginHasOneLayerWithOneFile(t *testing.T) {
	r, _, _ := sample()
	image, err := r.pluginImage([]byte("plugin"))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if manifest.Annotations["module.wasm.image/variant"] != "compat" || len(manifest.Layers) != 1 || manifest.Layers[0].MediaType != types.OCILayer {
		t.Fatalf("got %+v", manifest)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if got := listed(t, content); !slices.Equal(got, []string{"0 644 0:0 1700000000 plugin.wasm"}) {
		t.Errorf("got %q", got)
	}
}

func TestInAnImageTheUserOwnsTheStateAlone(t *testing.T) {
	r, builds, common := sample()
	image, err := r.image(builds[1], common)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"5 755 0:0 1700000000 etc/", "0 644 0:0 1700000000 etc/group", "0 644 0:0 1700000000 etc/passwd",
		"5 755 0:0 1700000000 usr/", "5 755 0:0 1700000000 usr/bin/", "0 755 0:0 1700000000 usr/bin/proxylib",
		"5 755 0:0 1700000000 usr/share/", "5 755 0:0 1700000000 usr/share/doc/",
		"5 755 0:0 1700000000 usr/share/doc/proxylib/", "0 644 0:0 1700000000 usr/share/doc/proxylib/LICENSES",
		"5 755 0:0 1700000000 var/", "5 755 0:0 1700000000 var/lib/",
		"5 700 65532:65532 1700000000 var/lib/proxylib/",
	}
	if len(layers) != 1 {
		t.Fatalf("got %d layers, want one", len(layers))
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if got := listed(t, content); !slices.Equal(got, want) {
		t.Errorf("got %q,\nwant %q", got, want)
	}
}
