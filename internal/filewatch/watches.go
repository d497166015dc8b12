package filewatch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxLinks is the maximum of links that a path is followed through.
const maxLinks = 40

// event is what the system reports of a file or folder that is watched.
type event struct {
	watch int32
	// name is that of an entry of the folder; empty if it is about the watched file or folder itself.
	name string
	// done: a writer has closed the file, or it was renamed to its place. written: it is being written.
	done, written bool
	// lost: events were dropped.
	lost bool
}

// interest is what an event of a watch is about.
type interest struct {
	// entries are the files that depend on an entry of the folder, by the name of the entry.
	entries map[string][]string
	// self are the files that depend on what is watched itself.
	self []string
	// all: the entries that the source selects are its files.
	all bool
}

// watches are the folders and files that are watched, and what for.
type watches struct {
	notifier      *notifier
	warn          func(error)
	warned        bool
	current, next map[int32]*interest
}

// begin starts to collect what is to be watched.
func (w *watches) begin() { w.next = map[int32]*interest{} }

// end stops to watch what is no longer needed.
func (w *watches) end() {
	for watch := range w.current {
		if w.next[watch] == nil {
			w.notifier.remove(watch)
		}
	}
	w.current = w.next
}

// follow watches every folder that a path leads through, links included, and the file at its end, for the file of the
// given name. Each folder is watched before its entry is looked at, so that no change is missed. It returns the path
// without links, as far as it exists.
func (w *watches) follow(path, name string) string {
	real, rest := "/", components(path)
	if !filepath.IsAbs(path) {
		// A relative path begins at the folder itself, wherever links lead by now that were followed to it.
		if folder, err := syscall.Getwd(); err == nil {
			real = folder
		}
	}
	for links := 0; len(rest) > 0; {
		entry := rest[0]
		rest = rest[1:]
		if entry == ".." {
			real = filepath.Dir(real)
			continue
		}
		w.entry(real, entry, name, len(rest) == 0)
		target, err := os.Readlink(filepath.Join(real, entry))
		if err != nil {
			real = filepath.Join(real, entry)
			continue
		}
		if links++; links > maxLinks {
			break
		}
		if filepath.IsAbs(target) {
			real = "/"
		}
		rest = append(components(target), rest...)
	}
	if i := w.add(real, inFile); i != nil {
		i.self = append(i.self, name)
	}
	return real
}

// components are the parts of a path that lead somewhere.
func components(path string) []string {
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && part != "." {
			parts = append(parts, part)
		}
	}
	return parts
}

// entry watches an entry of a folder.
func (w *watches) entry(folder, entry, name string, last bool) {
	what := inFolder
	if last {
		what = inLastFolder
	}
	if i := w.add(folder, what); i != nil {
		if i.entries == nil {
			i.entries = map[string][]string{}
		}
		i.entries[entry] = append(i.entries[entry], name)
	}
}

// directory watches the files of a folder.
func (w *watches) directory(folder string) {
	if i := w.add(folder, inDirectory); i != nil {
		i.all = true
	}
}

// add watches a file or folder; nil if it cannot be watched.
func (w *watches) add(path string, what scope) *interest {
	watch, err := w.notifier.add(path, what)
	if err != nil && !w.warned {
		w.warned = true
		w.warn(err)
	}
	if err != nil || watch < 0 {
		return nil
	}
	if w.next[watch] == nil {
		w.next[watch] = &interest{}
	}
	return w.next[watch]
}

// concerned are the names of the files that an event is about.
func (w *watches) concerned(e event, selects func(string) bool) []string {
	i := w.current[e.watch]
	switch {
	case i == nil:
		return nil
	case e.name == "":
		return i.self
	case i.all && selects(e.name):
		return append(slices.Clone(i.entries[e.name]), e.name)
	}
	return i.entries[e.name]
}
