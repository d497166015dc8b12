package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

// placeholder is what a key holds until a row sets it.
var placeholder = []byte("unset")

// store is memcached, spoken to past the proxy.
type store struct{ client *memcache.Client }

func newStore(addr string) store {
	client := memcache.New(addr)
	client.Timeout = 10 * time.Second
	return store{client: client}
}

// prepare stores what a row gets, or placeholders for what it sets.
func (s store) prepare(r row, items []item) error {
	for _, it := range items {
		value := it.value
		if r.set {
			value = placeholder
		}
		if err := s.client.Set(&memcache.Item{Key: it.key, Value: value}); err != nil {
			return fmt.Errorf("store %s: %w", it.key, err)
		}
	}
	return nil
}

// check reports whether what a row has set has arrived whole.
func (s store) check(items []item) error {
	arrived := 0
	for _, it := range items {
		got, err := s.client.Get(it.key)
		if err != nil {
			return fmt.Errorf("look up %s: %w", it.key, err)
		}
		switch {
		case bytes.Equal(got.Value, it.value):
			arrived++
		case !bytes.Equal(got.Value, placeholder):
			return fmt.Errorf("%s has a value of %d bytes that nobody has sent", it.key, len(got.Value))
		}
	}
	if arrived == 0 {
		return fmt.Errorf("no value has arrived in memcached, yet all were acknowledged")
	}
	return nil
}
