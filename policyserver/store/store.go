package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/proxylib/proxylib/policy/identity"
)

// Source is who put an item there, and so who may change it.
type Source string

// The sources.
const (
	API       Source = "api"
	Directory Source = "directory"
)

// Item is a policy or an endpoint as it is stored.
type Item struct {
	Source   Source          `json:"source"`
	Document json.RawMessage `json:"document"`
}

// State is everything that is stored. Policies and endpoints are by their keys.
type State struct {
	Revision            uint64
	Policies, Endpoints map[string]Item
	Numbers             []identity.Number
}

// Change is what one transaction changes. An item without a document is deleted.
type Change struct {
	Revision            uint64
	Policies, Endpoints map[string]Item
	Numbers             []identity.Number
}

// Store is a file that one process at a time may open. It may be used from several threads at once.
type Store struct {
	db *bbolt.DB

	mu sync.Mutex
	// broken is what was wrong with the file while it was open; nothing more is read or written then.
	broken error
}

var (
	metaBucket      = []byte("meta")
	policyBucket    = []byte("policies")
	endpointBucket  = []byte("endpoints")
	identityBucket  = []byte("identities")
	revisionKey     = []byte("revision")
	buckets         = [][]byte{metaBucket, policyBucket, endpointBucket, identityBucket}
	lockedByAnother = "another server has it open; end that one, or choose another state file"
)

// lockWait is how long another server may take to close a file.
const lockWait = time.Second

// Open opens a file, and makes it where there is none. What is in it is readable for its owner alone. A file that cannot
// be used as a whole is not used at all: the error is a [DamagedError] then.
func Open(path string) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(path); err != nil {
			return nil, fmt.Errorf("state file %s: %w", path, err)
		}
	}
	if err := check(path); err != nil {
		return nil, pathError(path, err)
	}
	s := &Store{}
	err := guarded(func() (err error) {
		if s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait}); err != nil {
			return err
		}
		return s.db.View(checkSum)
	})
	if err != nil {
		return nil, errors.Join(pathError(path, err), s.Close())
	}
	return s, nil
}

// pathError says which file an error is about.
func pathError(path string, err error) error {
	if reason := damage(""); errors.As(err, &reason) {
		return &DamagedError{path, string(reason)}
	}
	if errors.Is(err, berrors.ErrTimeout) {
		return fmt.Errorf("state file %s: %s", path, lockedByAnother)
	}
	return fmt.Errorf("state file %s: %w", path, err)
}

// check checks the pages of a file that no other server has open.
func check(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := lock(file, lockWait); err != nil {
		return err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file")
	case info.Size() == 0:
		return damaged("it is empty")
	}
	return checkPages(file, info.Size())
}

// create makes a file without items. It gets its name when it is complete, so that a server that ends before leaves no
// file that looks like a damaged one.
func create(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := file.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(file.Name(), 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return (&items{tx: tx}).end()
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	// Another server may have made one in the meantime, which a link does not replace.
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(file.Name(), path); err != nil {
			return err
		}
	}
	return syncDirectory(filepath.Dir(path))
}

// syncDirectory makes the names in a directory survive.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

// Close closes the file. One that was damaged while it was open stays as it is until the process ends.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil || s.broken != nil {
		return nil
	}
	return s.db.Close()
}

// run runs a function that uses the file, unless the file is broken.
func (s *Store) run(do func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	err := guarded(do)
	if err == nil {
		return nil
	}
	err = pathError(s.db.Path(), err)
	if reason := (*DamagedError)(nil); errors.As(err, &reason) {
		s.broken = err
	}
	return err
}

// Load reads everything that is stored.
func (s *Store) Load() (*State, error) {
	var state *State
	err := s.run(func() error {
		return s.db.View(func(tx *bbolt.Tx) (err error) {
			state, err = read(tx)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return state, nil
}

func read(tx *bbolt.Tx) (*State, error) {
	state := &State{Policies: map[string]Item{}, Endpoints: map[string]Item{}}
	if v := tx.Bucket(metaBucket).Get(revisionKey); len(v) == 8 {
		state.Revision = binary.BigEndian.Uint64(v)
	}
	return state, errors.Join(
		load(tx.Bucket(policyBucket), state.Policies),
		load(tx.Bucket(endpointBucket), state.Endpoints),
		tx.Bucket(identityBucket).ForEach(func(id, key []byte) error {
			if len(id) != 4 {
				return damaged("identity %.100q has no number", key)
			}
			state.Numbers = append(state.Numbers,
				identity.Number{ID: identity.ID(binary.BigEndian.Uint32(id)), Key: string(key)})
			return nil
		}),
	)
}

func load(bucket *bbolt.Bucket, into map[string]Item) error {
	return bucket.ForEach(func(key, text []byte) error {
		var item Item
		if err := json.Unmarshal(text, &item); err != nil {
			return damaged("%.100q is not an item: %v", key, err)
		}
		into[string(key)] = item
		return nil
	})
}

// Save carries out a change as a whole. Once it has returned nil, the change survives.
func (s *Store) Save(c Change) error {
	return s.run(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			all := &items{tx: tx}
			if err := all.begin(); err != nil {
				return err
			}
			for _, n := range c.Numbers {
				id := binary.BigEndian.AppendUint32(nil, uint32(n.ID))
				if err := all.put(identityBucket, id, []byte(n.Key)); err != nil {
					return err
				}
			}
			return errors.Join(
				all.put(metaBucket, revisionKey, binary.BigEndian.AppendUint64(nil, c.Revision)),
				save(all, policyBucket, c.Policies),
				save(all, endpointBucket, c.Endpoints),
				all.end(),
			)
		})
	})
}

func save(all *items, bucket []byte, changed map[string]Item) error {
	for key, item := range changed {
		var text []byte
		if item.Document != nil {
			var err error
			if text, err = json.Marshal(item); err != nil {
				return err
			}
		}
		if err := all.put(bucket, []byte(key), text); err != nil {
			return err
		}
	}
	return nil
}
