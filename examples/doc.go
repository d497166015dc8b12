// Package examples holds configurations and policies to start from.
package examples
