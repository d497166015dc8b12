package redis_test

import "github.com/proxylib/proxylib/parsertest"

func init() {
	parsertest.AnswerPrompts("redis", func(_, _ string) (reply string, closes bool) { return "+PONG\r\n", false })
}
