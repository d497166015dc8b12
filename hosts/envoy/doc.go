// Package envoy is the network filter that stock Envoy loads as a dynamic module: hooks in C, which gather the bytes of a
// connection and carry out the plans of the stream engine, and the Go functions that they call. It works in every Envoy
// from 1.37 on, and does nothing in other programs.
//
// Import it for its side effect, the exported C functions, into the package main of a c-shared library. Envoy's
// configuration then names the library as dynamic module, "proxylib" as filter_name, and gives a JSON object as
// filter_config: see the README of this package. The filter must stand directly before the one that consumes the bytes,
// such as tcp_proxy.
//
// The same library is an HTTP filter as well: Envoy parses the requests, and package httprule decides them. The files whose names
// begin with http are those of that filter; those that begin with httpgo make it one of package httpfilter, if filter_name is not "proxylib".
//
// Only exports.go, httpexports.go, httpgoexports.go and the files in C know Envoy; module.go and what it uses are plain Go.
package envoy
