package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The user of the image, who owns nothing but the folder for the state.
const (
	imageUser   = 65532
	stateFolder = "/var/lib/proxylib"
)

// labels are the annotations that say where an image comes from:
// https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md.
func (r *release) labels() map[string]string {
	const prefix = "org.opencontainers.image."
	return map[string]string{
		prefix + "title": name, prefix + "description": summary, prefix + "version": r.version, prefix + "revision": r.commit,
		prefix + "source": homepage, prefix + "url": homepage, prefix + "licenses": license,
		prefix + "created": r.time.Format("2006-01-02T15:04:05Z"),
	}
}

// writeImage writes an archive with an image layout, in which an index has the image of the policy server for every
// processor.
func (r *release) writeImage(into string, builds []build, common []file) error {
	index, err := r.index(builds, common)
	if err != nil {
		return err
	}
	return r.writeLayout(into, func(p layout.Path, reference layout.Option) error { return p.AppendIndex(index, reference) })
}

// writeLayout writes an archive with an image layout, to which add adds an image with its reference.
func (r *release) writeLayout(into string, add func(p layout.Path, reference layout.Option) error) error {
	folder, err := os.MkdirTemp("", "dist")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	if err := add(path, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": r.version})); err != nil {
		return err
	}
	files, err := read(folder)
	if err != nil {
		return err
	}
	return create(into, func(out io.Writer) error { return writeTar(out, "", files, r.time) })
}

// read reads all files below a folder, sorted.
func read(folder string) (list []file, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		path, err = filepath.Rel(folder, path)
		list = append(list, file{path: filepath.ToSlash(path), mode: 0o644, data: data})
		return err
	})
	return sorted(list), err
}

func (r *release) index(builds []build, common []file) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, b := range builds {
		image, err := r.image(b, common)
		if err != nil {
			return nil, fmt.Errorf("image for %s: %w", b.arch, err)
		}
		platform := v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: b.arch}}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: platform})
	}
	return mutate.Annotations(index, r.labels()).(v1.ImageIndex), nil
}

// image holds the program, which needs no other file, and a user for it.
func (r *release) image(b build, common []file) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(image, &v1.ConfigFile{
		OS: "linux", Architecture: b.arch, Created: v1.Time{Time: r.time}, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{
			User: fmt.Sprintf("%d:%d", imageUser, imageUser), WorkingDir: stateFolder, Labels: r.labels(),
			Entrypoint: []string{"/usr/bin/" + name, "serve"},
			Volumes:    map[string]struct{}{stateFolder: {}}, ExposedPorts: map[string]struct{}{"9911/tcp": {}, "9912/tcp": {}},
			StopSignal: "SIGTERM", Env: []string{"PATH=/usr/bin"},
		},
	})
	if err != nil {
		return nil, err
	}
	layer, err := r.layer(imageFiles(b, common))
	if err != nil {
		return nil, err
	}
	history := v1.History{Created: v1.Time{Time: r.time}, CreatedBy: "tools/dist"}
	if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: history, MediaType: types.OCILayer}); err != nil {
		return nil, err
	}
	return mutate.Annotations(image, r.labels()).(v1.Image), nil
}

// imageFiles are the program, a name for its user and a folder for its state, and what must be passed on with it.
func imageFiles(b build, common []file) []file {
	list := []file{
		{path: "usr/bin/" + name, mode: 0o755, data: b.program},
		{path: stateFolder[1:], mode: fs.ModeDir | 0o700, owner: imageUser},
		{path: "etc/group", mode: 0o644, data: fmt.Appendf(nil, "proxylib:x:%d:\n", imageUser)},
		{path: "etc/passwd", mode: 0o644, data: fmt.Appendf(nil, "proxylib:x:%d:%d::%s:/\n", imageUser, imageUser, stateFolder)},
	}
	for _, f := range common {
		if strings.HasPrefix(f.path, documents) && !strings.HasPrefix(f.path, documents+"examples") {
			f.path = "usr/" + f.path
			list = append(list, f)
		}
	}
	return sorted(list)
}

func (r *release) layer(files []file) (v1.Layer, error) {
	var out bytes.Buffer
	if err := writeTar(&out, "", files, r.time); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}
