package redis_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/redis"
	"github.com/proxylib/proxylib/parsertest"
)

// exchanges are requests that pass, and their replies.
func exchanges() []parsertest.Case {
	const policy = "command=@read key_prefix=pub:\ncommand=set key_prefix=pub:"
	large := strings.Repeat("x", 1<<20)
	exchange := func(name, request, reply string) parsertest.Case {
		return parsertest.Case{
			Name: name, Parser: redis.Name, Policy: policy,
			Steps: []parsertest.Step{parsertest.Client(request), parsertest.Server(reply)},
		}
	}
	return []parsertest.Case{
		exchange("get", requests("GET pub:counter"), "$5\r\n12345\r\n"),
		exchange("64 gets", strings.Repeat(requests("GET pub:counter"), 64), strings.Repeat("$5\r\n12345\r\n", 64)),
		exchange("set of 1 MiB", request("SET", "pub:a", large), "+OK\r\n"),
		exchange("get of 1 MiB", requests("GET pub:a"), "$1048576\r\n"+large+"\r\n"),
		exchange("hash of 100 fields", requests("HGETALL pub:h"), "*200\r\n"+strings.Repeat("$5\r\nfield\r\n$5\r\nvalue\r\n", 100)),
	}
}

func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) { parsertest.Allocs(t, exchanges()...) }

// What an idle connection takes, in bytes; the host adds its own part.
func TestAnIdleConnectionIsSmall(t *testing.T) { parsertest.Idle(t, 896, exchanges()...) }

// A reply may never come, as that to BLPOP, so what the request needed must not be kept until then.
func TestAConnectionThatIsOwedAReplyKeepsLittle(t *testing.T) {
	parsertest.Idle(t, 3<<10, parsertest.Case{
		Name: "mget of 2,000 keys", Parser: redis.Name, Policy: "command=@read key_prefix=pub:",
		Steps: []parsertest.Step{parsertest.Client(requests("MGET" + strings.Repeat(" pub:counter", 2000)))},
	})
}

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, exchanges()...) }
