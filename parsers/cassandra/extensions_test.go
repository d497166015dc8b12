package cassandra_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

// supported builds the body of a SUPPORTED from keys, each with one value.
func supported(keys ...string) string {
	body := u16(len(keys))
	for _, key := range keys {
		body += str(key) + u16(1) + str("value")
	}
	return body
}

// What would change the form of messages, or lead clients past the filter, is neither offered nor asked for.
func TestExtensionsThatAreNotReadAreNotNegotiated(t *testing.T) {
	offer := supported("CQL_VERSION", "SCYLLA_USE_METADATA_ID", "SCYLLA_SHARD", "SCYLLA_SHARD_AWARE_PORT", "SCYLLA_FUTURE",
		"TABLETS_ROUTING_V1", "SCYLLA_LWT_ADD_METADATA_MARK")
	kept := supported("CQL_VERSION", "SCYLLA_SHARD", "TABLETS_ROUTING_V1", "SCYLLA_LWT_ADD_METADATA_MARK")
	options, start := req4(1, opOptions, ""), req4(2, opStartup, startup("CQL_VERSION", "3.0.0", "TABLETS_ROUTING_V1", ""))
	asked := req4(3, opStartup, startup("CQL_VERSION", "3.0.0", "SCYLLA_USE_METADATA_ID", ""))
	check(t,
		parsertest.Case{
			Name: "offered", Steps: []parsertest.Step{client(options), server(rep4(1, opSupported, offer)), client(start)},
			ToServer: options + start, ToClient: rep4(1, opSupported, kept),
		},
		parsertest.Case{
			Name: "asked for", Steps: []parsertest.Step{client(asked + start)}, ToServer: start,
			ToClient: rep4(3, opError, errorBody(0xa, "extension of the protocol that was not offered")),
			Log:      entries(`Denied opcode=STARTUP status="extension of the protocol that was not offered"`),
		},
		session4(parsertest.Case{
			Name: "later", Steps: []parsertest.Step{client(options), server(rep4(1, opSupported, offer))},
			ToServer: options, ToClient: rep4(1, opSupported, kept),
		}),
		parsertest.Case{
			Name: "damaged", Steps: []parsertest.Step{client(options), server(rep4(1, opSupported, offer[:len(offer)-1]))},
			ToServer: options, Closed: "malformed reply",
		},
		session5(parsertest.Case{
			Name:     "in a segment",
			Steps:    []parsertest.Step{client(segment(true, req5(1, opOptions, ""))), server(segment(true, rep5(1, opSupported, offer)))},
			ToServer: segment(true, req5(1, opOptions, "")), Closed: "does not fit",
		}),
	)
}

// A server says with an answer where a row is.
func TestAnswersWithTheTabletsOfARowPass(t *testing.T) {
	q := query4(1, "SELECT * FROM db1.t1")
	payload := u16(1) + str("tablets-routing-v1") + long("tablet")
	check(t, session4(pass("", db1, entries(selectT1, selectRows), q, frame(0x84, 4, 1, opResult, payload+rows))))
}
