// Generate prints the reference of all parsers, docs/parsers.md.
package main

import (
	"fmt"

	"github.com/proxylib/proxylib/test/docs"
)

func main() { fmt.Print(docs.ParsersPage()) }
