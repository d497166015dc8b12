package postgres_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsers/postgres"
	"github.com/proxylib/proxylib/parsertest"
)

// steps are those of the transcripts, as seeds.
func steps() [][]parsertest.Step {
	var seeds [][]parsertest.Step
	for _, c := range transcripts() {
		seeds = append(seeds, c.Steps)
	}
	return seeds
}

// Messages wait for the answer to a COPY where a host can have them wait, so that hosts differ.
func FuzzParser(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: postgres.Name, Policy: shop, Waits: true}, steps()...)
}

func FuzzParserThatCannotWait(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: postgres.Name, Policy: shop, CannotWait: true}, steps()...)
}

func FuzzParserThatAllowsAll(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: postgres.Name, Config: `{"tls": "opaque"}`, Waits: true}, steps()...)
}
