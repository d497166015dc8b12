// Package overload limits what a process accepts, and reports to the operator when a limit is reached: once a period, with a
// count, so that those who reach it on purpose cannot fill the log.
package overload
