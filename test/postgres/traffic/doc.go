// Package traffic has clients of PostgreSQL talk to real servers through real Envoys. Its tests have the build tag e2e;
// test/deps/postgres and test/deps/postgres-clients bring what they need.
package traffic
