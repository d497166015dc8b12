package postgres_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/postgres"
	"github.com/proxylib/proxylib/parsertest"
)

// exchanges are requests that pass, and their replies.
func exchanges() []parsertest.Case {
	client, server := parsertest.Client[string], parsertest.Server[string]
	const byKey = "SELECT id, name FROM public.item WHERE id = 42"
	answer := row("x") + complete("SELECT 1") + ready("I")
	exchange := func(name string, steps ...parsertest.Step) parsertest.Case {
		return parsertest.Case{Name: name, Parser: postgres.Name, Policy: shop, Steps: connected(steps...)}
	}
	prepared := []parsertest.Step{client(parse("s", byKey) + sync), server(parsed + ready("I"))}
	run := bind("", "s") + execute("") + sync
	data := message('d', strings.Repeat("x", 64<<10))
	lines := strings.Repeat(message('d', strings.Repeat("x", 100)), 1000)
	return []parsertest.Case{
		exchange("select by key", client(query(byKey)), server(columns+answer)),
		exchange("extended", client(parse("", byKey)+bind("", "")+message('D', "P", "\x00")+execute("")+sync), server(parsed+bound+columns+answer)),
		exchange("prepared", append(prepared, client(run), server(bound+answer))...),
		exchange("16 prepared in a pipeline", append(prepared, client(strings.Repeat(run, 16)), server(strings.Repeat(bound+answer, 16)))...),
		exchange("select of 1000 rows", client(query(byKey)), server(columns+strings.Repeat(row("some value"), 1000)+complete("SELECT 1000")+ready("I"))),
		exchange("copy out of 1 MiB", client(query(copyTo)),
			server(message('H', "\x00", int16s(1, 0))+strings.Repeat(data, 16)+message('c')+complete("COPY 1")+ready("I"))),
		exchange("copy out of 1000 rows", client(query(copyTo)),
			server(message('H', "\x00", int16s(1, 0))+lines+message('c')+complete("COPY 1000")+ready("I"))),
	}
}

func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) { parsertest.Allocs(t, exchanges()...) }

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, exchanges()...) }
