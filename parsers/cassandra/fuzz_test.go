package cassandra_test

import (
	"slices"
	"testing"

	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
)

// transcripts are those of the tests in which no statement is looked up.
func transcripts() []parsertest.Case {
	all := slices.Concat(exchanges(), version4Transcripts(), keyspaceTranscripts(), preparedTranscripts(), setupTranscripts(),
		versionTranscripts(), compressedTranscripts(), loginTranscripts(), namedRuleTranscripts())
	for _, f := range forms[:2] {
		all = append(all, version5Transcripts(f)...)
	}
	return ofCassandra(all)
}

// lookups are those in which batches wait until the server has said what their statements are.
func lookups() []parsertest.Case {
	all := lookupTranscripts()
	for _, f := range forms[:2] {
		all = append(all, lookup5Transcripts(f)...)
	}
	return ofCassandra(all)
}

func ofCassandra(cases []parsertest.Case) []parsertest.Case {
	for i := range cases {
		cases[i].Parser = cassandra.Name
	}
	return cases
}

// steps are those of cases, as seeds.
func steps(cases []parsertest.Case) (seeds [][]parsertest.Step) {
	for _, c := range cases {
		seeds = append(seeds, c.Steps)
	}
	return seeds
}

// noLookup is the configuration in which hosts that can wait do the same as those that cannot.
const noLookup = `{"look_up_statements": false}`

func FuzzParser(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: cassandra.Name, Config: noLookup, Policy: db1}, steps(transcripts())...)
}

func FuzzParserThatAllowsAll(f *testing.F) {
	parsertest.Fuzz(f, cassandra.Name, "", steps(transcripts())...)
}

func FuzzLookup(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: cassandra.Name, Policy: db1, Waits: true},
		steps(slices.Concat(lookups(), transcripts()))...)
}

// FuzzTranscripts plays what is fuzzed under the policies of the transcripts.
func FuzzTranscripts(f *testing.F) {
	parsertest.FuzzTranscripts(f, slices.Concat(transcripts(), lookups())...)
}
