// Package chost tests the shared library from the outside: a program in C (see src) loads it and calls its functions
// as the network filter of Cilium's Envoy does, while the tests here play the policy server and the receiver of the
// access log. The transcripts that the program plays are in testdata.
package chost
