// Package release tests what make dist has made: what is in it and where, which C library the library needs, and that all of
// it works where an operator installs it: in Envoy, in a minimal Debian, as an image, and on another processor.
package release
