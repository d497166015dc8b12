package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

// listed lists a tar archive: type, mode, owner, time and name of each entry.
func listed(t *testing.T, archive io.Reader) (list []string) {
	t.Helper()
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%c %o %d:%d %d %s", h.Typeflag, h.Mode, h.Uid, h.Gid, h.ModTime.Unix(), h.Name))
	}
}

func TestATarHasEachFolderOnceAndBeforeWhatIsInIt(t *testing.T) {
	r, builds, common := sample()
	var out bytes.Buffer
	if err := writeTar(&out, "top", sorted(append(builds[0].files(), common...)), r.time); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"5 755 0:0 1700000000 top/",
		"5 755 0:0 1700000000 top/bin/",
		"0 755 0:0 1700000000 top/bin/proxylib",
		"5 755 0:0 1700000000 top/etc/",
		"5 755 0:0 1700000000 top/etc/default/",
		"0 644 0:0 1700000000 top/etc/default/proxylib",
		"5 755 0:0 1700000000 top/etc/proxylib/",
		"5 755 0:0 1700000000 top/etc/proxylib/documents/",
		"5 755 0:0 1700000000 top/lib/",
		"5 755 0:0 1700000000 top/lib/proxylib/",
		"0 644 0:0 1700000000 top/lib/proxylib/libproxylib.so",
		"5 755 0:0 1700000000 top/share/",
		"5 755 0:0 1700000000 top/share/doc/",
		"5 755 0:0 1700000000 top/share/doc/proxylib/",
		"0 644 0:0 1700000000 top/share/doc/proxylib/LICENSES",
		"5 755 0:0 1700000000 top/share/zsh/",
		"5 755 0:0 1700000000 top/share/zsh/site-functions/",
		"0 644 0:0 1700000000 top/share/zsh/site-functions/_proxylib",
	}
	if got := listed(t, &out); !slices.Equal(got, want) {
		t.Errorf("got %q,\nwant %q", got, want)
	}
}

func TestAPackagePutsFilesWhereDebianLooks(t *testing.T) {
	for path, want := range map[string]string{
		"bin/proxylib":                "/usr/bin/proxylib",
		"lib/proxylib/libproxylib.so": "/usr/lib/proxylib/libproxylib.so",
		"etc/default/proxylib":        "/etc/default/proxylib",
		zshFunction:                   "/usr/share/zsh/vendor-completions/_proxylib",
	} {
		if got := installed(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
