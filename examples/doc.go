// Package examples holds configurations and policies to start from, and parsers.
package examples

import "embed"

// Parsers are the sources of the example parsers, a folder for each, from which others begin.
//
//go:embed kv mail vault
var Parsers embed.FS
