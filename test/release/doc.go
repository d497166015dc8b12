// Package release tests the library that make release builds: which C library it needs, what it exports, and that it
// serves in Envoy.
package release
