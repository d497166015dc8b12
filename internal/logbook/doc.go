// Package logbook holds what a test reads while another goroutine or process still writes it, such as a log.
package logbook
