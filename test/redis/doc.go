// Package redis tests the redis parser with real servers and clients.
package redis
