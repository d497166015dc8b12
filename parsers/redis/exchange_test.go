package redis

import (
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

func TestExchangesAreLoggedOnce(t *testing.T) {
	parsertest.Run(t, parsertest.Files(t, "testdata/exchange.txt")...)
}
