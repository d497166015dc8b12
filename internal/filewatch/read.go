package filewatch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// everything is the name of the source as a whole: of the file, or of the directory.
const everything = ""

// state is what a file was found to be: info, or why there is none.
type state struct {
	info  fs.FileInfo
	fault string
}

// snapshot is what the files were found to be, by their names.
type snapshot map[string]state

func sameInfo(a, b state) bool {
	if a.info == nil || b.info == nil {
		return a.info == nil && b.info == nil && a.fault == b.fault
	}
	if a.info.IsDir() && b.info.IsDir() {
		// Of a directory only which one it is matters: files come and go in it that do not count.
		return os.SameFile(a.info, b.info)
	}
	return os.SameFile(a.info, b.info) && a.info.Size() == b.info.Size() && a.info.Mode() == b.info.Mode() &&
		a.info.ModTime().Equal(b.info.ModTime())
}

func (s snapshot) equal(other snapshot) bool { return maps.EqualFunc(s, other, sameInfo) }

// union are the names of both.
func union(a, b snapshot) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range a {
			if !yield(name) {
				return
			}
		}
		for name := range b {
			if _, both := a[name]; !both && !yield(name) {
				return
			}
		}
	}
}

// survey looks at the source, and watches all that leads to it.
func (w *Watcher) survey() snapshot {
	w.watches.begin()
	defer w.watches.end()
	real := w.watches.follow(w.config.Path, everything)
	found := snapshot{everything: stateOf(w.config.Path)}
	if w.config.Select == nil {
		return found
	}
	w.watches.directory(real)
	entries, err := os.ReadDir(w.config.Path)
	if err != nil {
		return snapshot{everything: {fault: err.Error()}}
	}
	for _, entry := range entries {
		name := entry.Name()
		if !w.config.Select(name) {
			continue
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			w.watches.follow(filepath.Join(real, name), name)
		}
		found[name] = stateOf(filepath.Join(w.config.Path, name))
	}
	return found
}

func stateOf(path string) state {
	info, err := os.Stat(path)
	if err != nil {
		return state{fault: err.Error()}
	}
	return state{info: info}
}

// read reads what was found.
func (w *Watcher) read(found snapshot) ([]File, error) {
	if w.config.Select == nil {
		text, err := readFile(w.config.Path, w.config.MaxBytes)
		return []File{{w.config.Path, text}}, err
	}
	if fault := found[everything].fault; fault != "" {
		return nil, errors.New(fault)
	}
	var files []File
	var errs []error
	left := w.config.MaxBytes
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if name == everything {
			continue
		}
		path := filepath.Join(w.config.Path, name)
		text, err := readFile(path, left)
		if errors.Is(err, errLarge) {
			err = fmt.Errorf("%s: the files together are larger than %d bytes", path, w.config.MaxBytes)
		}
		errs = append(errs, err)
		files = append(files, File{path, text})
		left -= len(text)
	}
	return files, errors.Join(errs...)
}

// Read reads a file once.
func Read(path string, maxBytes int) ([]byte, error) { return readFile(path, maxBytes) }

// errLarge is the reason of a file that is larger than it may be.
var errLarge = errors.New("is too large")

// readFile reads a regular file. A pipe or a device could hold the reader up for ever.
func readFile(path string, maxBytes int) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, int64(maxBytes)+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxBytes:
		return nil, fmt.Errorf("%w: the maximum is %d bytes", errLarge, maxBytes)
	}
	return text, nil
}
