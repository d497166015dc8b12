// Package compat shows that our library takes the place of libcilium.so, beside those that it has to agree with: the API
// types and the library of github.com/cilium/proxy, and the policy server of the agent, github.com/cilium/cilium. They
// are requirements of this nested module, so that nobody who uses ours has to bring them.
//
// A process can hold one Go runtime, and one set of messages of the package cilium: each library runs in a process of its
// own, the program of test/chost, and the tests import upstream's messages but none of ours.
package compat
