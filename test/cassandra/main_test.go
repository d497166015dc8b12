//go:build e2e

package cassandra

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

var (
	cassandraVersion = flag.String("cassandra", "5.0.9", "release of Cassandra to test with")
	envoyVersion     = flag.String("envoy", "1.40.0", "release of Envoy to test in")
	duration         = flag.Duration("duration", 5*time.Second, "how long each oracle asks the server")
	seed             = flag.Uint64("seed", uint64(time.Now().UnixNano()), "where the oracles begin with their statements")
)

// patience is how long a test waits for anything that should come at once.
const patience = 20 * time.Second

// address is where the server listens. It takes long to start, so all tests share one.
var address string

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := runWithServer(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runWithServer(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "proxylib-cassandra-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	s, err := startServer(*cassandraVersion, dir)
	if err != nil {
		return 1, fmt.Errorf("cassandra %s: %w: run test/deps/cassandra %[1]s", *cassandraVersion, err)
	}
	address = s.address
	code = m.Run()
	return code, s.stop()
}
