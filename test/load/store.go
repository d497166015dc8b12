package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"
)

// placeholder is what a key holds until a row sets it.
var placeholder = []byte("unset")

// store is the server, spoken to past the proxy.
type store struct {
	set func(key string, value []byte) error
	get func(key string) ([]byte, error)
}

func memcachedStore(addr string) store {
	client := memcache.New(addr)
	client.Timeout = 10 * time.Second
	return store{
		set: func(key string, value []byte) error { return client.Set(&memcache.Item{Key: key, Value: value}) },
		get: func(key string) ([]byte, error) {
			it, err := client.Get(key)
			if err != nil {
				return nil, err
			}
			return it.Value, nil
		},
	}
}

func redisStore(addr string) store {
	client := redis.NewClient(&redis.Options{Addr: addr})
	return store{
		set: func(key string, value []byte) error { return client.Set(context.Background(), key, value, 0).Err() },
		get: func(key string) ([]byte, error) { return client.Get(context.Background(), key).Bytes() },
	}
}

// prepare stores what a row gets, or placeholders for what it sets.
func (s store) prepare(r row, items []item) error {
	for _, it := range items {
		value := it.value
		if r.set {
			value = placeholder
		}
		if err := s.set(it.key, value); err != nil {
			return fmt.Errorf("store %s: %w", it.key, err)
		}
	}
	return nil
}

// check reports whether what a row has set has arrived whole.
func (s store) check(items []item) error {
	arrived := 0
	for _, it := range items {
		got, err := s.get(it.key)
		if err != nil {
			return fmt.Errorf("look up %s: %w", it.key, err)
		}
		switch {
		case bytes.Equal(got, it.value):
			arrived++
		case !bytes.Equal(got, placeholder):
			return fmt.Errorf("%s has a value of %d bytes that nobody has sent", it.key, len(got))
		}
	}
	if arrived == 0 {
		return fmt.Errorf("no value has arrived in the server, yet all were acknowledged")
	}
	return nil
}
