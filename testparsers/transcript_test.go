package testparsers_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
	_ "github.com/proxylib/proxylib/testparsers"
)

func TestTranscripts(t *testing.T) {
	long := strings.Repeat("x", 3000)
	parsertest.Run(t, []parsertest.Case{
		{
			Name: "passer passes everything", Parser: "test.passer",
			Steps:    []parsertest.Step{parsertest.Client("\x00any\n"), parsertest.Server("thing"), parsertest.ServerEnd()},
			ToServer: "\x00any\n", ToClient: "thing",
		},
		{
			Name: "lineparser does what each line says", Parser: "test.lineparser",
			Steps: []parsertest.Step{
				parsertest.Client("PASS 1\nDROP 2\nINSERT 3\nPASS 4\n"), parsertest.Server("PASS 5\nINSERT 6\nDROP 7\n"),
			},
			ToServer: "PASS 1\nINSERT 3\nPASS 4\n", ToClient: "PASS 5\nINSERT 6\n",
		},
		{
			Name: "lineparser sends back what says INJECT", Parser: "test.lineparser",
			Steps:    []parsertest.Step{parsertest.Client("INJECT 1\nPASS 2\nINJECT 3\n")},
			ToServer: "PASS 2\n", ToClient: "INJECT 1\nINJECT 3\n",
		},
		{
			Name: "lineparser sends back more than the inject buffer holds", Parser: "test.lineparser",
			Steps:    []parsertest.Step{parsertest.Client("INJECT " + long + "\nINJECT 2\n")},
			ToClient: "INJECT " + long + "\nINJECT 2\n",
		},
		{
			Name: "lineparser inserts more than the inject buffer holds", Parser: "test.lineparser",
			Steps:    []parsertest.Step{parsertest.Client("INSERT " + long + "\nPASS\n")},
			ToServer: "INSERT " + long + "\nPASS\n",
		},
		{
			Name: "lineparser has TLS begin where the host can", Parser: "test.lineparser", StartsTLS: true,
			Steps:    []parsertest.Step{parsertest.Client("PASS 1\nSTARTTLS\n"), parsertest.Client("PASS 2\n")},
			ToServer: "PASS 1\nPASS 2\n", ToClient: "TLS\n",
		},
		{
			Name: "lineparser says so where the host cannot begin TLS", Parser: "test.lineparser",
			Steps:    []parsertest.Step{parsertest.Client("PASS 1\nSTARTTLS\nPASS 2\n")},
			ToServer: "PASS 1\nPASS 2\n", ToClient: "PLAIN\n",
		},
		{
			Name: "lineparser refuses other words", Parser: "test.lineparser",
			Steps: []parsertest.Step{parsertest.Client("DANCE\n")}, Closed: "unknown word",
		},
		{
			Name: "blockparser does what each block says", Parser: "test.blockparser",
			Steps: []parsertest.Step{
				parsertest.Client("7:PASS\n7:DROP\n12:INSERT 3\n"), parsertest.Server("9:a PASSb"), parsertest.Server("10:xDROPyz"),
			},
			ToServer: "7:PASS\n12:INSERT 3\n", ToClient: "9:a PASSb",
			Log: []string{"Request test.blockparser status=200", `Denied test.blockparser status=503 reason="refused by the parser"`,
				"Request test.blockparser status=200", `Denied test.blockparser status=503 reason="refused by the parser"`},
		},
		{
			Name: "blockparser sends back what says INJECT", Parser: "test.blockparser",
			Steps:    []parsertest.Step{parsertest.Client("9:INJECT\n7:PASS\n")},
			ToServer: "7:PASS\n", ToClient: "9:INJECT\n", Log: []string{"Request test.blockparser status=200"},
		},
		{
			Name: "blockparser refuses a length that is none", Parser: "test.blockparser",
			Steps: []parsertest.Step{parsertest.Client("7x:PASS\n")}, Closed: "malformed block length",
		},
		{
			Name: "blockparser refuses a length without end", Parser: "test.blockparser",
			Steps: []parsertest.Step{parsertest.Client("123456")}, Closed: "malformed block length",
		},
		{
			Name: "headerparser passes what the policy allows", Parser: "test.headerparser",
			Policy: "prefix=Beginning\ncontains=middle\nsuffix=End",
			Steps: []parsertest.Step{
				parsertest.Client("Beginning----\n  foo middle \nother\n--End\n"), parsertest.Server("reply\n"),
			},
			ToServer: "Beginning----\n  foo middle \n--End\n", ToClient: "Line dropped: other\nreply\n",
			Log: []string{"Request test.headerparser status=PASS", "Request test.headerparser status=PASS",
				"Denied test.headerparser status=DROP", "Request test.headerparser status=PASS",
				"Request test.headerparser status=PASS"},
		},
	}...)
}
