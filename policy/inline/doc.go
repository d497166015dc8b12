// Package inline compiles policies that a host's configuration holds itself.
package inline
