// Package eventually waits, in tests, for what happens in another goroutine or process.
package eventually
