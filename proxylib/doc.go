// Package proxylib is what the author of a protocol parser sees.
//
// A parser is made by a registered [ParserFactory], one for each connection. It is handed the bytes of both
// directions and answers with one operation at a time: wait for [MORE], [PASS] or [DROP] bytes, [INJECT] bytes of its
// own, or give up with [ERROR]. Before it passes a request it asks [Connection.Matches] whether the policy allows it,
// and it reports the outcome with [Connection.Log].
//
// Terms: the original direction leads from the client to the server and carries requests, the reply direction leads
// back. One connection is served by one thread at a time; different connections are served at once.
//
// The package knows no host. It starts no goroutine, opens no file and no socket, and builds for GOOS=wasip1.
package proxylib
