package memcache_test

import (
	"strings"

	"github.com/proxylib/proxylib/parsertest"
)

// A server says its version, which is of no interest to a client that has not asked.
func init() {
	parsertest.AnswerPrompts("memcache", func(_, request string) (reply string, closes bool) {
		switch {
		case strings.HasPrefix(request, "\x80\x0b"):
			return "\x81\x0b" + request[2:12] + request[12:24], false
		case strings.HasPrefix(request, "\x80\x0a"):
			return "\x81\x0a" + request[2:24], false
		case request == "mn\r\n":
			return "MN\r\n", false
		}
		return "VERSION 1.6.18\r\n", false
	})
}
