// Libproxylib is the shared library. Build it with -buildmode=c-shared. For a library with parsers of your own, copy
// this file and import them here: a process can load only one library made with Go.
package main

import (
	_ "github.com/proxylib/proxylib/hosts/cilium"
	_ "github.com/proxylib/proxylib/hosts/envoy"
	_ "github.com/proxylib/proxylib/parsers/all"
)

func main() {}
