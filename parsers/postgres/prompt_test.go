package postgres_test

import (
	"strings"

	"github.com/proxylib/proxylib/parsertest"
)

// A server without encryption, which is in no transaction.
func init() {
	parsertest.AnswerPrompts("postgres", func(_, request string) (reply string, closes bool) {
		switch {
		case strings.HasPrefix(request, "S"):
			return "Z\x00\x00\x00\x05I", false
		case strings.HasPrefix(request, "H"):
			return "", false
		case strings.HasPrefix(request, "\x00\x00\x00\x08"):
			return "N", false
		}
		return "", true
	})
}
