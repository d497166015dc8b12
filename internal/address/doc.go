// Package address reads the addresses that operators write: the absolute path of a Unix socket, "unix:///path", or
// "host:port".
package address
