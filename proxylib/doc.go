// Package proxylib is what the author of a protocol parser sees.
//
// A package of a parser calls [Register] with its [Protocol], which makes a [Parser] for each connection. The parser is
// handed the bytes of both directions and returns one operation at a time: wait for [MORE], [PASS] or [DROP] bytes,
// [INJECT] bytes of its own, or end the connection with [ERROR]. Before it passes a request it asks [Connection.Decide]
// whether the policy allows it, and it logs the request with the verdict by [Connection.LogRequest].
//
// Terms: the original direction leads from the client to the server and carries requests, the reply direction leads
// back. One connection is served by one thread at a time; different connections are served at once.
//
// The package knows no host. It starts no goroutine, opens no file and no socket, and builds for GOOS=wasip1.
package proxylib
