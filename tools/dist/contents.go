package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// file is a file or folder of an archive or a package.
type file struct {
	// path is relative to the prefix, such as /usr/local; below etc it is relative to the root.
	path string
	mode fs.FileMode
	data []byte
	// owner is the number of the user and group in an image; elsewhere, root owns all.
	owner int
}

// The folders of documents.
const (
	documents = "share/doc/" + name + "/"
	manual    = "share/man/man1/"
)

// fixed are the files that are packed as they are in the work tree or beside this program.
//
//go:embed files
var fixed embed.FS

// sorted sorts files by path, so that their order depends on nothing else.
func sorted(files []file) []file {
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.path, b.path) })
	return files
}

// files are the ones that differ from processor to processor.
func (b *build) files() []file {
	return []file{
		{path: "bin/" + name, mode: 0o755, data: b.program},
		{path: "lib/" + name + "/libproxylib.so", mode: 0o644, data: b.library},
	}
}

// commonFiles are the same for every processor.
func (r *release) commonFiles(builds []build, bill []byte) ([]file, error) {
	files := []file{{path: "etc/proxylib/documents", mode: fs.ModeDir | 0o755}, {path: documents + "sbom.cdx.json", mode: 0o644, data: bill}}
	for _, embedded := range []struct{ path, from string }{
		{"lib/systemd/system/proxylib.service", "files/proxylib.service"}, {"etc/default/proxylib", "files/default"},
		{documents + "copyright", "files/copyright"},
	} {
		data, err := fixed.ReadFile(embedded.from)
		if err != nil {
			return nil, err
		}
		files = append(files, file{path: embedded.path, mode: 0o644, data: data})
	}
	add := func(more []file, err error) error {
		files = append(files, more...)
		return err
	}
	if err := add(r.texts()); err != nil {
		return nil, err
	}
	if err := add(r.manual()); err != nil {
		return nil, err
	}
	if err := add(completions()); err != nil {
		return nil, err
	}
	notices, err := r.notices(builds)
	if err != nil {
		return nil, err
	}
	return sorted(append(files, file{path: documents + "LICENSES", mode: 0o644, data: notices})), nil
}

// texts are the examples, which the documents and manual pages refer to, and the list of changes.
func (r *release) texts() (files []file, err error) {
	for _, example := range []string{"envoy.yaml", "policy.yaml", "served.yaml", "manifests.yaml"} {
		data, err := os.ReadFile(filepath.Join(r.source, "examples", example))
		if err != nil {
			return nil, err
		}
		files = append(files, file{path: path.Join(documents, "examples", example), mode: 0o644, data: data})
	}
	changes, err := os.ReadFile(filepath.Join(r.source, "CHANGELOG.md"))
	if err != nil {
		return nil, err
	}
	return append(files, file{path: documents + "changelog.gz", mode: 0o644, data: compressed(changes)}), nil
}

// compressed is a text as gzip -9n compresses it: without the time and the name of a file.
func compressed(text []byte) []byte {
	var out bytes.Buffer
	// Neither fails: the level is a valid one, and a buffer takes everything.
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = w.Write(text)
	_ = w.Close()
	return out.Bytes()
}
