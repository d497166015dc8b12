// Package collector runs the OpenTelemetry Collector's receiver in the process of a test.
package collector
