// Package jsonline is the JSON form of access-log entries, one object a line, as files, streams and Envoy's log have them.
package jsonline
