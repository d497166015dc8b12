// Package host is what a host calls: the program that loads parsers, and our code for it.
//
// A host opens an [Instance] for each configuration, makes a [Connection] of each connection of TCP by [NewConnection],
// hands it the bytes that arrive by [Connection.OnData], carries out the operations that come back, and ends it by
// [Connection.Close]. A host whose streams are plain bytes leaves the operations to package datapath.
//
// Authors of parsers need nothing of this: their package is proxylib.
//
// A connection is used by one thread at a time; instances, and different connections, by several at once. No function
// here waits, starts a goroutine or keeps memory of the host's after it has returned, but for the inject buffers.
package host
