//go:build !wasip1

package main

import (
	_ "github.com/proxylib/proxylib/hosts/cilium"
	_ "github.com/proxylib/proxylib/hosts/envoy"
	_ "github.com/proxylib/proxylib/parsers/all"
)

func main() {}
