// Package parsertest is the kit for authors of parsers. A test writes down transcripts: what client and server send, and
// what has to come of it, which is the bytes that reach either side, the entries of the access log, and whether the
// connection stays open.
//
//   - [Files] reads transcripts from files, and writes there what comes of them.
//   - [Run] plays each transcript in every segmentation that TCP may give it, through the stream engine of our own hosts and
//     through a driver that works as Cilium's host does, and requires the same outcome each time.
//   - [Conform] checks with the same transcripts what every parser has to keep, such as that nothing passes without a policy.
//   - [FuzzTranscripts] starts from them to find bytes that nobody has thought of.
//   - [Bench] and [Allocs] measure the request and the reply that a transcript ends in.
//   - [Connect] and [Dial] open a connection in memory, for tests that look at it while it goes on.
//
// Beside the outcome the kit watches the parser: it must not panic, return an invalid length, write to its input, or use
// it after the call. The protocol need not be registered; see [Case.Protocol].
package parsertest
