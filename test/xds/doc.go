// Package xds tests our policy client beside a policy server that others made: that of go-control-plane.
package xds
