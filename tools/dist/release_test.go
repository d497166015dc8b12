package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sample is a release of few and small files.
func sample() (*release, []build, []file) {
	r := &release{version: "1.2.3-rc.1", commit: "0123456789abcdef", time: time.Unix(1700000000, 0).UTC()}
	builds := []build{
		{arch: "amd64", library: []byte("library"), program: []byte("program")},
		{arch: "arm64", library: []byte("another library"), program: []byte("another program")},
	}
	common := []file{
		{path: "etc/default/proxylib", mode: 0o644, data: []byte("flags")},
		{path: "etc/proxylib/documents", mode: os.ModeDir | 0o755},
		{path: documents + "LICENSES", mode: 0o644, data: []byte("licences")},
		{path: zshFunction, mode: 0o644, data: []byte("function")},
	}
	return r, builds, common
}

func TestVersionsAreSemanticOnes(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "v1.2.3": "1.2.3", "0.0.0-dev": "0.0.0-dev", "1.2.3-rc.1": "1.2.3-rc.1",
		"": "", "1.2": "", "1.2.3.4": "", "01.2.3": "", "1.2.3-": "", "1.2.3+build": "", "1.2.3 -X main.a=b": "", "vv1.2.3": "", "latest": "",
	} {
		r, err := newRelease(version, "../..")
		switch {
		case want == "" && err == nil:
			t.Errorf("%q: accepted as %q", version, r.version)
		case want != "" && (err != nil || r.version != want):
			t.Errorf("%q: got %+v, %v, want %q", version, r, err, want)
		}
	}
}

func TestTheTimeIsThatOfTheCommitOrTheOneAskedFor(t *testing.T) {
	r, err := newRelease("1.2.3", "../..")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.git("log", "-1", "--format=%ct %H"); err != nil || got != fmt.Sprint(r.time.Unix(), " ", r.commit) {
		t.Errorf("got %+v, want %s, %v", r, got, err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "86400")
	if r, err := newRelease("1.2.3", "../.."); err != nil || !r.time.Equal(time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v, %v", r, err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if _, err := newRelease("1.2.3", "../.."); err == nil || !strings.Contains(err.Error(), "SOURCE_DATE_EPOCH") {
		t.Errorf("got %v", err)
	}
}

func TestTheSameFilesMakeTheSameBytes(t *testing.T) {
	r, builds, common := sample()
	var runs [2][]byte
	for i := range runs {
		folder := t.TempDir()
		for _, b := range builds {
			files := sorted(append(b.files(), common...))
			if err := r.writeArchive(filepath.Join(folder, r.artefact("linux-"+b.arch+".tar.gz")), files); err != nil {
				t.Fatal(err)
			}
			if err := r.writePackage(folder, b.arch, files); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.writeImage(filepath.Join(folder, r.artefact("oci.tar")), builds, common); err != nil {
			t.Fatal(err)
		}
		if err := r.writePlugin(filepath.Join(folder, r.artefact("wasm-oci.tar")), []byte("plugin")); err != nil {
			t.Fatal(err)
		}
		if err := writeChecksums(folder); err != nil {
			t.Fatal(err)
		}
		var err error
		if runs[i], err = os.ReadFile(filepath.Join(folder, checksums)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(runs[0], runs[1]) {
		t.Errorf("got\n%s and\n%s", runs[0], runs[1])
	}
	for _, name := range []string{
		"proxylib-1.2.3-rc.1-linux-amd64.tar.gz", "proxylib-1.2.3-rc.1-linux-arm64.tar.gz", "proxylib-1.2.3-rc.1-oci.tar",
		"proxylib-1.2.3-rc.1-wasm-oci.tar",
		"proxylib_1.2.3~rc.1_amd64.deb", "proxylib_1.2.3~rc.1_arm64.deb",
	} {
		if !bytes.Contains(runs[0], []byte("  "+name+"\n")) {
			t.Errorf("%s is missing in\n%s", name, runs[0])
		}
	}
}

func TestABuildTakesNothingFromTheEnvironmentThatChangesIt(t *testing.T) {
	for variable, value := range map[string]string{
		"GOFLAGS": "-tags=other", "GOAMD64": "v3", "GOARM64": "v9.0", "CGO_CFLAGS": "-g", "CGO_LDFLAGS": "-g", "GOEXPERIMENT": "x",
		"GOARCH": "riscv64", "GOOS": "plan9", "CC": "gcc", "GOWORK": "/other",
	} {
		t.Setenv(variable, value)
		environment := compiler{zig: "zig", glibc: "2.28"}.environment(architectures[1])
		last := ""
		for _, entry := range environment {
			if strings.HasPrefix(entry, variable+"=") {
				last = entry
			}
		}
		if last == "" || last == variable+"="+value {
			t.Errorf("%s: got %q", variable, last)
		}
	}
}

func TestAModuleWithoutALicenceIsRefused(t *testing.T) {
	folder := t.TempDir()
	if err := quote(&bytes.Buffer{}, folder); err == nil {
		t.Error("accepted without a licence")
	}
	for name, text := range map[string]string{"LICENSE": "terms\n\n", "NOTICE.txt": "names"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := quote(&out, folder); err != nil || out.String() != "terms\nnames\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}
