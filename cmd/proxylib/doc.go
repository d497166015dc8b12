// Proxylib is the command line that goes with the library.
package main
