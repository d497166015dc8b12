// Package cilium is the host of the five C functions that the network filter of Cilium's Envoy calls.
//
// Import it for its side effect, the exported C functions, into the package main of a c-shared library.
//
// Only exports.go knows C: it converts the arguments to Go types and calls module.go. Memory that comes from the host is
// used in place during a call and never kept, but for the two headers of the inject buffers, which the host keeps valid
// for the lifetime of the connection.
package cilium
