package compat

// parsers are those that upstream's library has.
var parsers = []string{
	"cassandra", "kafka", "memcache", "r2d2", "test.passer", "test.lineparser", "test.blockparser", "test.headerparser",
}

// missing are those of them that ours does not have. Parsers for tests of hosts do not ship.
var missing = []string{"kafka", "test.passer", "test.lineparser", "test.blockparser", "test.headerparser"}
