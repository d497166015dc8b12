// Package faults breaks what stands around the shared library in a real Envoy while requests run through it: policy
// server, receiver and file of the access log, server, clients, and Envoy itself. Its tests in Envoy have the build tag
// e2e and take the release of Envoy as a flag. They require each time that nothing allowed is lost, nothing denied
// passes, nothing waits longer than a bound, Envoy serves afterwards, and all who count agree; "make faults" runs them.
// What they are made of is here for the soak test as well.
//
// Who is not this machine is never spoken to: all listen on loopback or on sockets in the folder of the test.
package faults
