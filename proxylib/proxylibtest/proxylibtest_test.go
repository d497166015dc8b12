package proxylibtest_test

import (
	"fmt"
	"strings"
	"testing"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/proxylibtest"
)

func Test(t *testing.T) { check.TestingT(t) }

// failed is a test that keeps why it has failed.
type failed struct{ reasons []string }

func (f *failed) Errorf(format string, args ...any) { f.Fatalf(format, args...) }

func (f *failed) Fatalf(format string, args ...any) {
	f.reasons = append(f.reasons, fmt.Sprintf(format, args...))
	panic(f)
}

// fails runs a part of a test that is to fail, and returns why it did.
func fails(part func(tb proxylibtest.TB)) string {
	tb := &failed{}
	func() {
		defer func() {
			if cause := recover(); cause != nil && cause != any(tb) {
				panic(cause)
			}
		}()
		part(tb)
	}()
	return strings.Join(tb.reasons, "\n")
}

func TestWhatIsNotAsExpectedFailsTheTest(t *testing.T) {
	ins := proxylibtest.NewInstance("node1", nil)
	ins.CheckInsertPolicyText(t, "1", []string{bellPolicy})
	connect := func(tb proxylibtest.TB, parser string) *proxylibtest.Connection {
		return ins.CheckNewConnectionOK(tb, parser, true, 1, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	}
	data := [][]byte{[]byte("ac")}
	for want, part := range map[string]func(tb proxylibtest.TB){
		"policy is refused: policy 0 of version 7": func(tb proxylibtest.TB) { ins.CheckInsertPolicyText(tb, "7", []string{"endpoint_ips: <"}) },
		"policy is refused: version 8: ":           func(tb proxylibtest.TB) { ins.CheckInsertPolicyText(tb, "8", []string{`endpoint_id: 7`}) },
		"connection of parser test.none is refused: unknown parser": func(tb proxylibtest.TB) {
			connect(tb, "test.none")
		},
		"want pairs of an operation and a length": func(tb proxylibtest.TB) {
			connect(tb, "test.bell").CheckOnDataOK(tb, false, false, &data, nil, proxylib.PASS)
		},
		"the result is OK, want parser error": func(tb proxylibtest.TB) {
			connect(tb, "test.bell").CheckOnData(tb, false, false, &data, proxylib.PARSER_ERROR, nil, proxylib.PASS, 1)
		},
		"operations are [{PASS 1} {DROP 1}], want [PASS 1 DROP 1 PASS 1]": func(tb proxylibtest.TB) {
			connect(tb, "test.bell").CheckOnDataOK(tb, false, false, &data, nil, proxylib.PASS, 1, proxylib.DROP, 1, proxylib.PASS, 1)
		},
		"operation 0: want a proxylib.OpType and an int, got proxylib.OpType and int64": func(tb proxylibtest.TB) {
			connect(tb, "test.bell").CheckOnDataOK(tb, false, false, &data, nil, proxylib.PASS, int64(1))
		},
		"operation 0 is PASS 1, want DROP 1": func(tb proxylibtest.TB) {
			connect(tb, "test.bell").CheckOnDataOK(tb, false, false, &data, nil, proxylib.DROP, 1)
		},
		`"!" is injected towards the client, want "?"`: func(tb proxylibtest.TB) {
			connect(tb, "test.bell").CheckOnDataOK(tb, false, false, &data, []byte("?"), proxylib.PASS, 1, proxylib.DROP, 1)
		},
	} {
		if got := fails(part); !strings.Contains(got, want) {
			t.Errorf("the test fails with %q, want %q", got, want)
		}
	}
	if string(data[0]) != "ac" {
		t.Errorf("the input of the test was changed to %q", data[0])
	}
}

func TestAPolicyThatIsRefusedLeavesTheOneBeforeInForce(t *testing.T) {
	ins := proxylibtest.NewInstance("node1", nil)
	ins.CheckInsertPolicyText(t, "1", []string{bellPolicy})
	if err := ins.InsertPolicyText("2", []string{`endpoint_ips: "nowhere" what: 7`}, "unmarshal"); err == nil {
		t.Error("a text that is not a policy is accepted")
	}
	conn := ins.CheckNewConnectionOK(t, "test.bell", true, 1, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	data := [][]byte{[]byte("a")}
	conn.CheckOnDataOK(t, false, false, &data, nil, proxylib.PASS, 1)
}

func TestEntriesBeyondTheSpaceOfALogAreDropped(t *testing.T) {
	server := proxylibtest.StartAccessLogServer("access_log.sock", 1)
	ins := proxylibtest.NewInstance("node1", server)
	conn := ins.CheckNewConnectionOK(t, "test.bell", true, 1, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	data := [][]byte{[]byte("xy")}
	conn.CheckOnDataOK(t, false, false, &data, []byte("!!"), proxylib.DROP, 1, proxylib.DROP, 1)
	if passed, denied := server.Clear(); passed != 0 || denied != 1 {
		t.Errorf("%d passed, %d denied", passed, denied)
	}
}
