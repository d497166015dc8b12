package cilium

import (
	"io"
	"testing"
	"unsafe"

	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

func TestNothingOfTheHostsStringsIsKept(t *testing.T) {
	m := newModule(io.Discard)
	instance := m.open(nil, false)
	// Names that the access log takes as they are, and others.
	for id, odd := range []string{"", "\xff"} {
		const parser = "memcache"
		lent := []byte(parser + "192.0.2.1:34567" + odd + "192.0.2.2:11211" + odd + parsertest.Endpoint + odd)
		rest := lent
		lend := func(text string) string {
			s := unsafe.String(&rest[0], len(text))
			rest = rest[len(text):]
			return s
		}
		inject := [2][]byte{make([]byte, 0, proxylib.InjectBufSize), make([]byte, 0, proxylib.InjectBufSize)}
		info := host.ConnectionInfo{Id: uint64(id), Port: parsertest.Port, OrigBuf: &inject[0], ReplyBuf: &inject[1]}
		name := lend(parser)
		info.SrcAddr, info.DstAddr = lend("192.0.2.1:34567"+odd), lend("192.0.2.2:11211"+odd)
		info.PolicyName = lend(parsertest.Endpoint + odd)
		if result := m.connect(instance, name, info); result != proxylib.OK {
			t.Fatal(result)
		}
		clear(lent)
		c := m.connections.Get(uint64(id))
		if c.SrcAddr != "192.0.2.1:34567"+odd || c.DstAddr != "192.0.2.2:11211"+odd ||
			c.PolicyName != parsertest.Endpoint+odd || c.ParserName != parser {
			t.Errorf("%q, %q, %q, %q", c.SrcAddr, c.DstAddr, c.PolicyName, c.ParserName)
		}
	}
}

func TestReadOnlyIsAParameter(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "false": false} {
		config, err := parseParams([][2]string{{"readonly", value}}, false)
		if err != nil || config.ReadOnly != want {
			t.Errorf("readonly=%s: got %+v, %v", value, config, err)
		}
	}
	_, err := parseParams([][2]string{{"readonly", "yes"}}, false)
	if err == nil || err.Error() != `parameter readonly: "yes" is unknown; use true or false` {
		t.Error(err)
	}
}

func TestTheTokenFileIsAParameter(t *testing.T) {
	config, err := parseParams([][2]string{{"xds-path", "/run/xds"}, {"xds-token-file", "/run/token"}}, false)
	if err != nil || config.XDSTokenFile != "/run/token" {
		t.Errorf("got %+v, %v", config, err)
	}
}
