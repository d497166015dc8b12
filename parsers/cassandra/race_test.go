//go:build race

package cassandra_test

// underRace: the race detector allocates on its own.
const underRace = true
