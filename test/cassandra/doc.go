// Package cassandra tests the cassandra parser with a real Cassandra: real drivers through a real, unmodified Envoy,
// and oracles, which ask the server what it makes of statements that were made to confuse. Its tests have the build tag
// e2e and take the releases of both as flags; "make test" and "make e2e-cassandra" bring what they need and run them.
package cassandra
