package redis_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsers/redis"
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

const fuzzed = "command=@read key_prefix=pub:\ncommand=@transaction\ncommand=@pubsub channel_glob=news.*\nscript=trusted max_value_bytes=30"

// Requests wait for logins where a host can have them wait, so that hosts differ.
func FuzzParser(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: redis.Name, Policy: fuzzed, Waits: true}, steps()...)
}

func FuzzParserThatCannotWait(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: redis.Name, Policy: fuzzed, CannotWait: true}, steps()...)
}

func FuzzParserThatAllowsAll(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: redis.Name, Waits: true}, steps()...)
}
