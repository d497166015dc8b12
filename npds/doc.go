// Package npds brings policies from where they are stored: from a policy server, by the gRPC protocols NPDS and NPHDS, or
// from a file. What can be used of an update of a server is put in force at once; the rest is refused with reasons, and
// stays as it was or is denied, see [OnError]. The same holds for the resources of a file.
//
// In a WebAssembly module there is neither a network nor a file: the host brings the stream, see [Exchange].
package npds
