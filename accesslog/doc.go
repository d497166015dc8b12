// Package accesslog turns what parsers report into the entries of the access log.
//
// It encodes an entry in the wire form of cilium.LogEntry, append-style and without allocation, and holds it in a
// bounded [Queue] until a writer takes it out. Sockets, files and the goroutine that drains the queue are in the
// package sink, so that this one builds for GOOS=wasip1.
//
// Nothing a peer sends makes an entry long or unreadable: text is escaped ([Generic]), a value is cut at [MaxValue]
// bytes and an entry never exceeds [MaxEntry].
package accesslog
