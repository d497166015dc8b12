package main

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

// writeArchive writes a compressed tar archive, in which all is below a folder of the release's name.
func (r *release) writeArchive(into string, files []file) error {
	return create(into, func(out io.Writer) error {
		// The level is a valid one.
		compressor, _ := gzip.NewWriterLevel(out, gzip.BestCompression)
		if err := writeTar(compressor, name+"-"+r.version, files, r.time); err != nil {
			return err
		}
		return compressor.Close()
	})
}

// create writes a file, and closes it.
func create(into string, write func(out io.Writer) error) error {
	f, err := os.Create(into)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	return f.Close()
}

// writeTar writes files below a folder, and the folders on the way to them, all of one time.
func writeTar(out io.Writer, top string, files []file, at time.Time) error {
	w := tar.NewWriter(out)
	write := func(f file) error {
		h := &tar.Header{
			Name: f.path, Typeflag: tar.TypeReg, Mode: int64(f.mode.Perm()), Size: int64(len(f.data)), ModTime: at,
			Uid: f.owner, Gid: f.owner,
		}
		if f.mode.IsDir() {
			h.Typeflag, h.Name = tar.TypeDir, f.path+"/"
		}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err := w.Write(f.data)
		return err
	}
	written := map[string]bool{".": true, "/": true}
	var folders func(folder string) error
	folders = func(folder string) error {
		if written[folder] {
			return nil
		}
		written[folder] = true
		if err := folders(path.Dir(folder)); err != nil {
			return err
		}
		return write(file{path: folder, mode: fs.ModeDir | 0o755})
	}
	for _, f := range files {
		f.path = path.Join(top, f.path)
		if err := folders(path.Dir(f.path)); err != nil {
			return err
		}
		written[f.path] = true
		if err := write(f); err != nil {
			return err
		}
	}
	return w.Close()
}
