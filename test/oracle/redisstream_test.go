//go:build e2e

package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// multibulk encodes a request as client libraries do.
func multibulk(words ...string) []byte {
	var b []byte
	b = fmt.Appendf(b, "*%d\r\n", len(words))
	for _, w := range words {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b
}

// redisStream makes what a client sends: requests that are right, almost right and wrong, with requests hidden in values,
// and then perhaps damaged.
func redisStream(r *rand.Rand) []byte {
	var stream []byte
	for range 1 + r.IntN(8) {
		stream = append(stream, pick(r, redisRequest, redisRequest, redisRequest, inlineRequest, loneBytes)(r)...)
	}
	for range pick(r, 0, 0, 0, 1, 1, 2, 5) {
		stream = damageRedis(r, stream)
	}
	return stream
}

// damageRedis changes a stream in one place.
func damageRedis(r *rand.Rand, stream []byte) []byte {
	if len(stream) == 0 || r.IntN(3) > 0 {
		return damage(r, stream)
	}
	at := r.IntN(len(stream))
	inserted := pick(r, "*1\r\n", "$", "$4\r\n", "\r\n", "*0\r\n", "*-1\r\n", "$-1\r\n", "0", "-", "+", "\r", "\n", "\x00", "FLUSHALL\r\n",
		"*1\r\n$8\r\nFLUSHALL\r\n", "GET no:a\r\n")
	return append(stream[:at:at], append([]byte(inserted), stream[at:]...)...)
}

// redisKey is mostly one that is allowed.
func redisKey(r *rand.Rand) string {
	switch r.IntN(12) {
	case 0:
		return pick(r, hiddenKeys...)
	case 1:
		return pick(r, "ok:"+strings.Repeat("k", 300), "OK:a", "ok;", "", "ok:\r\nGET no:a", "ok:\x00", "ok:*", "ok:STREAMS")
	}
	return "ok:" + pick(r, "a", "b", "c", "l", "h", "s", "z")
}

// redisValue is a value with what a server would do if it took it for requests.
func redisValue(r *rand.Rand) string {
	return pick(r, "x", "1", "10", "", strings.Repeat("v", 20000), string(redisRequest(r)), "\r\n"+string(multibulk("FLUSHALL")),
		"\r\nFLUSHALL\r\n", "STREAMS", "STORE", "GET", "0-0", "$", "no:a", "1.5", "NX", "EX", "BY", "no:*", "LIMIT")
}

func redisNumber(r *rand.Rand) string {
	if r.IntN(4) > 0 {
		return pick(r, "0", "1", "2", "3")
	}
	return pick(r, "-1", "-0", "+1", "01", "0x1", "1e0", "1.0", "4294967297", "2147483648", "9223372036854775807", "99999999999999999999", "", " 1", "1 ", "a")
}

// cased spells a word in some case.
func cased(r *rand.Rand, word string) string {
	return pick(r, word, word, strings.ToLower(word), strings.ToLower(word[:1])+word[1:])
}

func redisRequest(r *rand.Rand) []byte {
	k, v, n := func() string { return redisKey(r) }, func() string { return redisValue(r) }, func() string { return redisNumber(r) }
	word := func(words ...string) string { return cased(r, pick(r, words...)) }
	var words []string
	switch r.IntN(26) {
	case 0, 1, 2:
		words = []string{word("GET", "INCR", "STRLEN", "TTL", "TYPE", "DUMP", "LLEN", "HGETALL", "SMEMBERS", "PERSIST"), k()}
	case 3, 4:
		words = []string{word("SET"), k(), v(), word("EX", "PX", "NX", "XX", "KEEPTTL", "GET"), n()}
	case 5:
		words = []string{word("MGET", "DEL", "EXISTS", "SINTER", "SUNION", "PFCOUNT", "TOUCH", "WATCH", "SUNIONSTORE", "PFMERGE"), k(), k(), k()}
	case 6:
		words = []string{word("MSET", "MSETNX"), k(), v(), k(), v()}
	case 7:
		words = []string{word("ZUNION", "ZINTER", "SINTERCARD", "ZDIFF"), n(), k(), k(), word("WEIGHTS", "AGGREGATE", "LIMIT"), n(), n()}
	case 8:
		words = []string{word("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"), k(), n(), k(), k(), k()}
	case 9:
		words = []string{word("EVAL", "EVAL_RO"), "return redis.call('get', 'no:a')", n(), k(), k()}
	case 10:
		words = []string{word("XREAD"), word("COUNT", "BLOCK", "STREAMS"), n(), word("STREAMS"), k(), k(), "0", "0"}
	case 11:
		words = []string{word("XREADGROUP"), "GROUP", word("g", "STREAMS"), word("c", "STREAMS"), word("NOACK", "COUNT"), n(), word("STREAMS"), k(), ">"}
	case 12:
		words = []string{word("SORT", "SORT_RO"), k(), word("BY", "GET", "STORE", "LIMIT", "ALPHA"), v(), word("GET", "STORE", "ASC"), k()}
	case 13:
		words = []string{word("GEORADIUS"), k(), "0", "0", "10", "m", word("STORE", "STOREDIST", "COUNT"), k(), word("STORE", "STOREDIST"), k()}
	case 14:
		words = []string{word("COPY", "RENAME", "RENAMENX", "LMOVE", "SMOVE", "LCS"), k(), k(), word("DB", "REPLACE", "LEFT"), n(), word("LEFT")}
	case 15:
		words = []string{word("MOVE", "EXPIRE", "LPOP", "SPOP"), k(), n()}
	case 16:
		words = []string{word("SELECT"), n()}
	case 17, 18:
		words = []string{word("MULTI", "EXEC", "DISCARD", "RESET", "UNWATCH", "PING", "QUIT")}
	case 19:
		words = []string{word("FLUSHALL", "KEYS", "SCAN", "RANDOMKEY", "DBSIZE", "SWAPDB", "CONFIG", "DEBUG", "SHUTDOWN", "MONITOR", "SYNC"), word("GET", "SET", "0", "*"), n()}
	case 20:
		words = []string{word("HELLO"), pick(r, "2", "3", "3", "4"), word("AUTH", "SETNAME"), "default", v()}
	case 21:
		words = []string{word("SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "PUBLISH"), k(), k()}
	case 22:
		words = []string{word("CLIENT"), word("REPLY", "TRACKING", "NO-EVICT", "SETNAME"), word("OFF", "SKIP", "ON")}
	case 23:
		words = []string{word("OBJECT", "MEMORY", "XGROUP", "XINFO"), word("ENCODING", "USAGE", "CREATE", "STREAM"), k(), word("g", "FULL"), "$"}
	case 24:
		words = []string{word("BITOP"), word("AND", "OR"), k(), k(), k()}
	default:
		words = []string{word("MIGRATE"), "127.0.0.1", "1", pick(r, "", k()), n(), "1", word("COPY"), word("KEYS"), k(), k()}
	}
	for range pick(r, 0, 0, 0, 1, 2) {
		words = words[:max(len(words)-1, 1)]
	}
	if r.IntN(10) == 0 {
		words = append(words, v())
	}
	return multibulk(words...)
}

func inlineRequest(r *rand.Rand) []byte {
	verb := pick(r, "GET", "\"GET\"", "'get'", "\"G\\x45T\"", "SET", "del", "FLUSHALL", "PING", "g\\x65t", "MULTI", "EXEC", "")
	return line(r, verb, pick(r, redisKey(r), "\""+redisKey(r)+"\"", "no:\\x61"), pick(r, "", "x"))
}

func loneBytes(r *rand.Rand) []byte {
	return []byte(pick(r, "\r\n", "\n", "*0\r\n", "*-1\r\n", "*1\r\n$0\r\n\r\n", "*1\rX$4\r\nPING\r\n", "*01\r\n$4\r\nPING\r\n", "*1\r\n$04\r\nPING\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\n\r\n", "*2\r\n$3\r\nGET\r\n$-1\r\n", "*1\r\n$4\r\nPINGyz", "*3\r\n$3\r\nSET\r\n$4\r\nok:a\r\n$100000\r\n", "\x16\x03\x01"))
}
