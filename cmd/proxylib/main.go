// Proxylib is the command line that goes with the library.
package main

import (
	"os"

	_ "github.com/proxylib/proxylib/parsers/all"
)

func main() {
	if err := newCommand().Execute(); err != nil {
		os.Exit(1)
	}
}
