// Package e2e tests the shared library end to end: in a real, unmodified Envoy, between real clients and servers, all of
// them on loopback. Its tests have the build tag e2e and take the release of Envoy as a flag; "make test" and "make e2e"
// bring what they need and run them.
package e2e
