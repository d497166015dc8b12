package cassandra_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib/host"
)

func TestAConfigurationThatMakesNoSenseIsRefused(t *testing.T) {
	for config, want := range map[string]string{
		`{}`:                                     "",
		`{"max_request_bytes": 1048576}`:         "",
		`{"custom_payloads": ["*"]}`:             "",
		`{"look_up_statements": false}`:          "",
		`{"max_request_bytes": 1000}`:            "max_request_bytes: 1000 is out of range: give 65536 to 268435456",
		`{"max_request_bytes": 300000000}`:       "max_request_bytes: 300000000 is out of range",
		`{"custom_payloads": ["graph", ""]}`:     "custom_payloads: a key is empty",
		`{"custom_payload": ["graph-language"]}`: `unknown field "custom_payload"`,
	} {
		_, err := host.Configured(cassandra.Name, []byte(config))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", config, err, want)
		}
	}
}

// connectAs opens a connection with a parser_config before a host with a limit of its own; 0 is none.
func connectAs(t *testing.T, config, rules string, heldBytes int) *conn {
	t.Helper()
	newParser, err := host.Configured(cassandra.Name, []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	instance := newInstance(t, rules)
	c := &conn{t: t, instance: instance, log: new(parsertest.Log)}
	instance.log.Logger = c.log
	connection, err := host.NewConnection(instance.Instance, cassandra.Name, host.ConnectionInfo{
		Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "10.0.0.2:1000", DstAddr: "10.0.0.1:9042",
		PolicyName: parsertest.Endpoint, Port: parsertest.Port, New: newParser,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.engine = datapath.New(connection, datapath.Limits{HeldBytes: heldBytes})
	start, ready := req4(0, opStartup, cqlVersion), rep4(0, opReady, "")
	return c.client(start).server(ready).got(start, ready, "")
}

// A text or batch is judged as a whole, up to the least of what the configuration and the host hold.
func TestRequestsAreHeldAsFarAsConfigured(t *testing.T) {
	text := func(n int) string {
		return query4(1, "INSERT INTO db1.t1 (k) VALUES ('"+strings.Repeat("v", n)+"')")
	}
	tooLong := denial4(1, "request is too long to be judged")
	for _, c := range []struct {
		name, config string
		held, length int
		passes       bool
	}{
		{"by default", `{}`, 0, 15 << 20, true},
		{"beyond the default", `{}`, 0, 17 << 20, false},
		{"more than the default", `{"max_request_bytes": 20000000}`, 0, 17 << 20, true},
		{"less than the default", `{"max_request_bytes": 1000000}`, 0, 1 << 20, false},
		{"less than that by the host", `{}`, 2 << 20, 3 << 20, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			after, request := query4(2, "SELECT * FROM db1.t1"), text(c.length)
			toServer, toClient := request+after, ""
			if !c.passes {
				toServer, toClient = after, tooLong
			}
			connectAs(t, c.config, db1, c.held).client(request+after).got(toServer, toClient, "")
		})
	}
	batch := batch4(1, textEntry(insertText, long(strings.Repeat("v", 8<<20))))
	connectAs(t, `{}`, db1, 0).client(batch).got(batch, "", "")
}

func TestCustomPayloadsPassAsConfigured(t *testing.T) {
	request := frame(4, 4, 1, opQuery, u16(1)+str("graph-language")+long("x")+long("SELECT * FROM db1.t1")+params4)
	for config, passes := range map[string]bool{
		`{}`: false, `{"custom_payloads": ["graph-language"]}`: true, `{"custom_payloads": ["*"]}`: true,
		`{"custom_payloads": ["graph"]}`: false,
	} {
		toServer, toClient := request, ""
		if !passes {
			toServer, toClient = "", denial4(1, "custom payload has a key that is not allowed")
		}
		connectAs(t, config, db1, 0).client(request).got(toServer, toClient, "")
	}
}
