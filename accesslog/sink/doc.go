// Package sink writes the access log: it takes the entries out of an [accesslog.Queue] and brings them to Cilium's log
// socket, to a file or to a stream.
//
// One goroutine does all of it, so a slow or absent reader never holds up the data path: what cannot be delivered is
// counted, reported with the next entry that gets through, and named in the operator's log at most once a minute.
package sink
