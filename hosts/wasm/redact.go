//go:build wasip1

package wasm

import (
	"crypto/rand"
	"errors"
)

// redactKeyName is the name of the key for hashes in the data that virtual machines share.
const redactKeyName = "proxylib.redact_key"

// redactKey returns the key for hashes, which the first of the virtual machines makes, so that equal values have equal hashes in
// all of them.
func redactKey() ([]byte, error) {
	own := make([]byte, 32)
	if _, err := rand.Read(own); err != nil {
		return nil, err
	}
	if setSharedData(redactKeyName, own, absent) {
		return own, nil
	}
	shared, _, ok := sharedData(redactKeyName)
	if !ok {
		return nil, errors.New("the key for hashes cannot be shared between threads")
	}
	return append([]byte(nil), shared...), nil
}
