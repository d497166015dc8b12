// Package hostlog writes the library's own messages to the log of a host, one line each.
package hostlog
