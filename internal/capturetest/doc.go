// Package capturetest writes captures of TCP connections, for tests of what reads them.
package capturetest
