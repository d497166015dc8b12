// Package scaffold writes a Go module with a new parser, which begins as one of the examples: with tests, a policy, a
// configuration of Envoy, and a demo with a client and a server.
package scaffold
