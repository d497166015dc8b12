package cilium

import (
	"bytes"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

func init() {
	proxylib.Register(proxylib.Protocol{
		Name: "test.pausing", Pauses: true, New: func(*proxylib.Connection) proxylib.Parser { return nil },
		Configure: func([]byte) (func(*proxylib.Connection) proxylib.Parser, error) { return nil, nil },
		RuleKeys:  []proxylib.RuleKey{{Name: "word", Match: proxylib.Exact}},
	})
}

// pausesNot is what the log says of a parser whose requests pause.
const pausesNot = "parser test.pausing has requests wait for a verdict from elsewhere, which this host cannot: use"

func TestParametersForAParserWhoseRequestsPauseAreRefused(t *testing.T) {
	for _, parameter := range []string{"parser-config", "policy"} {
		var log bytes.Buffer
		if id := newModule(&log).open([][2]string{{parameter, `{"test.pausing": {}}`}}, false); id != 0 || !strings.Contains(log.String(), pausesNot) {
			t.Errorf("%s: instance %d, log %s", parameter, id, &log)
		}
	}
}

func TestConnectionsOfAParserWhoseRequestsPauseAreRefusedAndTheReasonLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	m := newModule(&log)
	instance := m.open(nil, false)
	for range 3 {
		inject := [2][]byte{make([]byte, 0, 1024), make([]byte, 0, 1024)}
		info := host.ConnectionInfo{Id: 1, Port: 80, OrigBuf: &inject[0], ReplyBuf: &inject[1]}
		if result := m.connect(instance, "test.pausing", info); result != proxylib.POLICY_DROP {
			t.Errorf("result %v", result)
		}
	}
	if n := strings.Count(log.String(), pausesNot); n != 1 {
		t.Errorf("it is logged %d times: %s", n, &log)
	}
}
