// Generate writes the pages of docs that are made of the code, below the folder that it is given.
package main

import (
	"fmt"
	"os"

	"github.com/proxylib/proxylib/test/docs/reference"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "generate: want the root of the repository and the folder to write below")
		os.Exit(2)
	}
	if err := reference.Write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}
