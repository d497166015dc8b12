package main

import (
	"os"

	"github.com/proxylib/proxylib/cli"
	_ "github.com/proxylib/proxylib/parsers/all"
)

func main() { os.Exit(cli.Main()) }
