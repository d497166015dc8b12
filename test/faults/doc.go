// Package faults injects faults around the shared library in a real Envoy while requests run through it: into policy
// server, receiver and file of the access log, server, clients, and Envoy itself. Its tests in Envoy have the build tag
// e2e and take the release of Envoy as a flag. Each of them requires that nothing allowed is lost, nothing denied
// passes, nothing waits longer than a limit, Envoy serves afterwards, and all counters agree; "make faults" runs them.
// The soak test uses the same parts.
//
// No other machine is contacted: all listen on loopback or on sockets in the folder of the test.
package faults
