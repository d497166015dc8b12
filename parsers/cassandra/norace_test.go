//go:build !race

package cassandra_test

const underRace = false
