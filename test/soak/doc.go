// Package soak looks for what leaks: in Envoy under a long load while connections, policy servers and receivers of the
// access log come and go, and in the library over a million connections. Its tests have the build tag e2e; "make soak"
// runs them for as long as one likes.
package soak
