// Package all registers every parser that comes with proxylib. A build of one's own imports just those it wants.
package all

import (
	// Each registers its protocol.
	_ "github.com/proxylib/proxylib/parsers/cassandra"
	_ "github.com/proxylib/proxylib/parsers/memcache"
	_ "github.com/proxylib/proxylib/parsers/postgres"
	_ "github.com/proxylib/proxylib/parsers/r2d2"
	_ "github.com/proxylib/proxylib/parsers/redis"
)
