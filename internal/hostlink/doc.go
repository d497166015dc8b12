// Package hostlink connects package proxylib, which authors of parsers see, with package proxylib/host, which hosts call.
//
// Both sides work on the same connections, and Go has no access for friends: what is exported from proxylib for hosts
// would stand in the way of every author. So the implementation is unexported, proxylib registers its functions here when
// it is initialized, and proxylib/host takes them out with their types. The types here hold what both sides read and
// write; type parameters stand for types of proxylib, which this package cannot import.
package hostlink
