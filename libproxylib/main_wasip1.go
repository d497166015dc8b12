package main

import (
	_ "github.com/proxylib/proxylib/hosts/wasm"
	_ "github.com/proxylib/proxylib/parsers/all"
)

func main() {}
