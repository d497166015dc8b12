// Package serve runs the policy server of the command line, in tests that bring a proxy of their own.
package serve
