// Package overload limits what a process accepts, and reports to the operator that a limit is reached: once a period, with
// a count, so that clients who exceed it on purpose cannot fill the log.
package overload
