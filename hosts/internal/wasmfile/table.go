package wasmfile

import (
	"slices"
	"sync"
)

// Table holds the open files, so that one which several configurations name is loaded once. The zero value is empty and ready
// for use, from several threads at once.
type Table struct {
	mu   sync.Mutex
	open map[key]*entry
	past Stats
}

// key is what has to be equal: the path, and what the configurations are made of.
type key struct{ path, configurations string }

type entry struct {
	file *File
	refs int
}

// Open opens a file, which Close ends, or takes another reference to it. configurations stands for what Configure returns: files
// with equal ones are one.
func (t *Table) Open(config Config, configurations string) (*File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := key{config.Path, configurations}
	if e := t.open[k]; e != nil {
		e.refs++
		return e.file, nil
	}
	f, err := Open(config)
	if err != nil {
		return nil, err
	}
	if t.open == nil {
		t.open = map[key]*entry{}
	}
	t.open[k] = &entry{f, 1}
	return f, nil
}

// Close gives a reference back. With the last one the file is closed.
func (t *Table) Close(f *File) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, e := range t.open {
		if e.file != f {
			continue
		}
		if e.refs--; e.refs == 0 {
			delete(t.open, k)
			f.Close()
			t.past = t.past.plus(f.Stats())
		}
		return
	}
}

// Stats returns what became of all files.
func (t *Table) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.past
	for _, e := range t.open {
		s = s.plus(e.file.Stats())
	}
	return s
}

// Loaded returns what is loaded for new connections, sorted: "NAME@VERSION FILE sha256:HASH", without @VERSION where the parser states none.
func (t *Table) Loaded() (list []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.open {
		list = append(list, e.file.loaded())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (s Stats) plus(other Stats) Stats {
	return Stats{s.Replaced + other.Replaced, s.Refused + other.Refused}
}
