package testparsers_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

func FuzzLineParser(f *testing.F) {
	parsertest.Fuzz(f, "test.lineparser", "",
		[]parsertest.Step{parsertest.Client("PASS\nDROP\nINJECT\nINSERT\n"), parsertest.Server("INJECT\nPASS\n")})
}

func FuzzBlockParser(f *testing.F) {
	parsertest.Fuzz(f, "test.blockparser", "",
		[]parsertest.Step{parsertest.Client("7:PASS\n7:DROP\n9:INJECT\n9:INSERT\n"), parsertest.Server("12:DROP0PASS")})
}

func FuzzHeaderParser(f *testing.F) {
	parsertest.Fuzz(f, "test.headerparser", "prefix=a", []parsertest.Step{parsertest.Client("abc\nxyz\n")})
}
