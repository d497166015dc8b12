// Package buildinfo says which version of this module a program or library was built from.
package buildinfo
