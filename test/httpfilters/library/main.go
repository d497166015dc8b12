// Library is the shared library with the HTTP filters of the examples, and one more, test.trial, which does what a configuration says.
package main

import (
	_ "github.com/proxylib/proxylib/examples/http/casbin"
	_ "github.com/proxylib/proxylib/examples/http/counter"
	_ "github.com/proxylib/proxylib/examples/http/getheader"
	_ "github.com/proxylib/proxylib/examples/http/security"
	_ "github.com/proxylib/proxylib/examples/http/token"
	_ "github.com/proxylib/proxylib/hosts/envoy"
)

func main() {}
