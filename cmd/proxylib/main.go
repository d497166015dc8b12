package main

import (
	"os"

	_ "github.com/proxylib/proxylib/parsers/all"
)

func main() {
	os.Exit(exitCode(execute(newCommand())))
}
