// Package datapath applies the operations of a parser to the byte streams of a connection, for hosts whose streams are
// plain bytes.
//
// The engine knows no host. A host makes an [Engine] for a connection of package proxylib/host, hands it the bytes that
// arrive in one direction by [Engine.Data], and carries out the [Plan] that it gets back. The engine holds the bytes that
// wait for a verdict, in bounded memory, and closes the connection with a stated reason where that is exceeded.
//
// An engine is used by one thread at a time. Nothing here waits, starts a goroutine or keeps the host's memory after a
// call.
package datapath
