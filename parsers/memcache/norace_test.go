//go:build !race

package memcache_test

const underRace = false
