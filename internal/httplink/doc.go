// Package httplink connects package httpfilter, which authors of HTTP filters see, with the hosts that call it.
//
// What is exported from httpfilter for hosts would stand in the way of every author, so both sides meet in the interfaces
// here: a host implements [ConfigHost] and [StreamHost], and calls what [Provided] returns. Package httpfilter provides itself when it
// is initialized.
package httplink
