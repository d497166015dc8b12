// Package instance makes a [host.Instance] of a configuration, for all hosts: with a policy source, an access log, limits
// and a logger. Equal configurations share one.
package instance
