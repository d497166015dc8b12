// Proxylib is the command line that goes with the library.
//
// For a command line that knows parsers of your own, copy main.go and import them there, as in package main of the library;
// "proxylib build" does both.
package main
