// Package store keeps what a policy server must not forget: policies, endpoints and the numbers of identities.
package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/proxylib/proxylib/policyserver/identity"
)

// Source tells who put an item there, and so who may change it.
type Source string

// The sources.
const (
	API       Source = "api"
	Directory Source = "directory"
)

// Item is a policy or an endpoint as it is kept.
type Item struct {
	Source   Source          `json:"source"`
	Document json.RawMessage `json:"document"`
}

// State is all that is kept. Policies and endpoints are by their keys.
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
type Store struct{ db *bbolt.DB }

var (
	metaBucket      = []byte("meta")
	policyBucket    = []byte("policies")
	endpointBucket  = []byte("endpoints")
	identityBucket  = []byte("identities")
	revisionKey     = []byte("revision")
	buckets         = [][]byte{metaBucket, policyBucket, endpointBucket, identityBucket}
	lockedByAnother = "another server has it open; end that one, or choose another state file"
)

// Open opens a file, and makes it where there is none. What is in it is readable for its owner alone.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("state file %s: %s", path, lockedByAnother)
	}
	if err != nil {
		return nil, fmt.Errorf("state file %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("state file %s: %w", path, err), db.Close())
	}
	return &Store{db}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Load reads all that is kept.
func (s *Store) Load() (*State, error) {
	state := &State{Policies: map[string]Item{}, Endpoints: map[string]Item{}}
	err := s.db.View(func(tx *bbolt.Tx) error {
		if v := tx.Bucket(metaBucket).Get(revisionKey); len(v) == 8 {
			state.Revision = binary.BigEndian.Uint64(v)
		}
		return errors.Join(
			load(tx.Bucket(policyBucket), state.Policies),
			load(tx.Bucket(endpointBucket), state.Endpoints),
			tx.Bucket(identityBucket).ForEach(func(id, key []byte) error {
				if len(id) != 4 {
					return fmt.Errorf("identity %q is damaged", key)
				}
				state.Numbers = append(state.Numbers,
					identity.Number{ID: identity.ID(binary.BigEndian.Uint32(id)), Key: string(key)})
				return nil
			}),
		)
	})
	if err != nil {
		return nil, fmt.Errorf("state file %s: %w", s.db.Path(), err)
	}
	return state, nil
}

func load(bucket *bbolt.Bucket, into map[string]Item) error {
	return bucket.ForEach(func(key, text []byte) error {
		var item Item
		if err := json.Unmarshal(text, &item); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		into[string(key)] = item
		return nil
	})
}

// Save carries out a change as a whole. Once it has returned nil, the change survives.
func (s *Store) Save(c Change) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, n := range c.Numbers {
			id := binary.BigEndian.AppendUint32(nil, uint32(n.ID))
			if err := tx.Bucket(identityBucket).Put(id, []byte(n.Key)); err != nil {
				return err
			}
		}
		return errors.Join(
			tx.Bucket(metaBucket).Put(revisionKey, binary.BigEndian.AppendUint64(nil, c.Revision)),
			save(tx.Bucket(policyBucket), c.Policies),
			save(tx.Bucket(endpointBucket), c.Endpoints),
		)
	})
	if err != nil {
		return fmt.Errorf("state file %s: %w", s.db.Path(), err)
	}
	return nil
}

func save(bucket *bbolt.Bucket, items map[string]Item) error {
	for key, item := range items {
		if item.Document == nil {
			if err := bucket.Delete([]byte(key)); err != nil {
				return err
			}
			continue
		}
		text, err := json.Marshal(item)
		if err != nil {
			return err
		}
		if err := bucket.Put([]byte(key), text); err != nil {
			return err
		}
	}
	return nil
}
