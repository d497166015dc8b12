package store

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// sumKey is the item that holds the sum of all others, by which a change of any of them is found that the file's form
// does not show.
var sumKey = []byte("sum")

// sum is the exclusive or of the SHA-256 of all items, so that it follows from a change of some.
type sum [sha256.Size]byte

// toggle adds an item, or takes it out.
func (s *sum) toggle(bucket, key, value []byte) {
	var text []byte
	for _, part := range [][]byte{bucket, key, value} {
		text = append(binary.BigEndian.AppendUint64(text, uint64(len(part))), part...)
	}
	one := sha256.Sum256(text)
	subtle.XORBytes(s[:], s[:], one[:])
}

// sumOf adds up all items.
func sumOf(tx *bbolt.Tx) (all sum, err error) {
	for _, name := range buckets {
		err := tx.Bucket(name).ForEach(func(key, value []byte) error {
			if !isSum(name, key) {
				all.toggle(name, key, value)
			}
			return nil
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func isSum(bucket, key []byte) bool {
	return bytes.Equal(bucket, metaBucket) && bytes.Equal(key, sumKey)
}

// checkSum returns an error unless the items are those that were saved. A file of an earlier version has no sum, but has
// a revision once there are items.
func checkSum(tx *bbolt.Tx) error {
	err := tx.Bucket(metaBucket).ForEach(func(key, _ []byte) error {
		if !bytes.Equal(key, revisionKey) && !bytes.Equal(key, sumKey) {
			return damaged("it holds %.100q, which is not an item", key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	all, err := sumOf(tx)
	if err != nil {
		return err
	}
	stored := tx.Bucket(metaBucket).Get(sumKey)
	switch {
	case stored != nil && !bytes.Equal(stored, all[:]):
		return damaged("its items have another checksum than it says")
	case stored == nil && tx.Bucket(metaBucket).Get(revisionKey) == nil && all != sum{}:
		return damaged("its revision is missing")
	}
	return nil
}

// items are what is stored, while it is changed.
type items struct {
	tx  *bbolt.Tx
	sum sum
}

// begin loads the sum that is stored.
func (i *items) begin() (err error) {
	stored := i.tx.Bucket(metaBucket).Get(sumKey)
	if stored == nil {
		i.sum, err = sumOf(i.tx)
		return err
	}
	copy(i.sum[:], stored)
	return nil
}

// put puts an item, or deletes it where there is no value.
func (i *items) put(bucket, key, value []byte) error {
	b := i.tx.Bucket(bucket)
	if old := b.Get(key); old != nil {
		i.sum.toggle(bucket, key, old)
	}
	if value == nil {
		return b.Delete(key)
	}
	i.sum.toggle(bucket, key, value)
	return b.Put(key, value)
}

// end stores the sum.
func (i *items) end() error { return i.tx.Bucket(metaBucket).Put(sumKey, i.sum[:]) }
