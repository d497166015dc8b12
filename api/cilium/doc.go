// Package cilium has the messages of policies, identities and log entries, wire-compatible with Cilium's.
package cilium
