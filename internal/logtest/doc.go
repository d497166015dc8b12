// Package logtest receives the access log in tests: it listens on a socket as Cilium does.
package logtest
