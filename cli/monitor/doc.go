// Package monitor receives entries of access logs, chooses among them, and shows them to people.
package monitor
