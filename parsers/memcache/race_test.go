//go:build race

package memcache_test

// underRace: the race detector makes a sync.Pool forget things at random.
const underRace = true
