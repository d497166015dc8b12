// Package handle keeps Go values by number, for hosts that must not hold Go pointers.
package handle
