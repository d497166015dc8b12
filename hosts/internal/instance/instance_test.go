package instance

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const everything = "resources:\n- endpoint_ips: [10.0.0.1]\n  ingress_per_port_policies:\n  - {port: 80, allow: all}\n"

// writePolicy makes a policy file that allows everything on port 80 of 10.0.0.1, and looks as if it had been there for
// long: what was written just now is waited for.
func writePolicy(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(everything), 0o600); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Minute)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustOpen(t *testing.T, o *Opener, c Config) *host.Instance {
	t.Helper()
	i, err := o.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close(i.ID()) })
	return i
}

func TestEqualConfigurationsShareAnInstance(t *testing.T) {
	o := &Opener{Output: &bytes.Buffer{}}
	c := Config{PolicyFile: writePolicy(t), AccessLogFile: filepath.Join(t.TempDir(), "log")}
	first := mustOpen(t, o, c)
	c.Debug = true
	if again := mustOpen(t, o, c); again != first {
		t.Error("equal configurations got two instances")
	}
	c.NodeID = "b"
	if other := mustOpen(t, o, c); other == first {
		t.Error("different configurations share an instance")
	}
	if o.Get(first.ID()) != first || o.Get(first.ID()+100) != nil {
		t.Error("instances are not found by their numbers")
	}
}

func TestTheLastCloseEndsTheInstance(t *testing.T) {
	o := &Opener{Output: &bytes.Buffer{}}
	c := Config{PolicyFile: writePolicy(t)}
	i := mustOpen(t, o, c)
	mustOpen(t, o, c)
	if !o.Close(i.ID()) || o.Get(i.ID()) == nil {
		t.Error("the instance is gone while it is in use")
	}
	if !o.Close(i.ID()) || o.Get(i.ID()) != nil {
		t.Error("the instance is there after its last close")
	}
	if o.Close(i.ID()) {
		t.Error("an instance that is gone can be closed")
	}
}

func TestAPolicyOfTheConfigurationIsInForceWithoutASource(t *testing.T) {
	var log bytes.Buffer
	o := &Opener{Output: &log}
	i := mustOpen(t, o, Config{InlinePolicies: `{"r2d2": {"allow": "all"}}`})
	rules := i.Policies().Current().Lookup("10.0.0.1", true, 80)
	if !rules.Decide(&policy.Request{Parser: "r2d2"}).Allowed || rules.Decide(&policy.Request{Parser: "memcache"}).Allowed {
		t.Error("the policy is not in force")
	}
	if h := o.Health(); h.Sources != 0 || strings.Contains(log.String(), "no policy") {
		t.Errorf("%+v, log %s", h, &log)
	}
}

func TestThePolicyFileIsInForce(t *testing.T) {
	i := mustOpen(t, &Opener{Output: &bytes.Buffer{}}, Config{PolicyFile: writePolicy(t)})
	if i.Policies().Current().Endpoints() != 1 {
		t.Errorf("%d endpoints have a policy", i.Policies().Current().Endpoints())
	}
}

func TestWithoutAPolicyTheLogSaysThatAllIsRefused(t *testing.T) {
	var log bytes.Buffer
	mustOpen(t, &Opener{Output: &log}, Config{})
	if !strings.Contains(log.String(), "every request is denied") {
		t.Errorf("log %q", log.String())
	}
}

func TestTheLevelIsThatOfTheConfigurationOrTheHost(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   logrus.Level
	}{
		{Config{}, logrus.InfoLevel}, {Config{Debug: true}, logrus.DebugLevel},
		{Config{LogLevel: "error", Debug: true}, logrus.ErrorLevel},
	} {
		var got logrus.Level
		o := &Opener{NewLog: func(level logrus.Level) logrus.FieldLogger {
			got = level
			log := logrus.New()
			log.SetOutput(&bytes.Buffer{})
			return log
		}}
		if mustOpen(t, o, c.config); got != c.want {
			t.Errorf("%+v: level %s, want %s", c.config, got, c.want)
		}
	}
}

func TestAConfigurationThatCanNotBeUsedIsRefused(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(broken, []byte("resources: 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	policyFile := writePolicy(t)
	for _, c := range []struct {
		config  Config
		message string
	}{
		{Config{PolicyFile: policyFile, XDSAddress: "/run/xds"}, "both a policy server and a policy file are named"},
		{Config{PolicyFile: policyFile, InlinePolicies: `{}`}, "leave one of them out"},
		{Config{InlinePolicies: `[]`}, "policy: "},
		{Config{InlinePolicies: `{"r2d2": {"file": "p"}}`}, `policy: unknown field "file"`},
		{Config{InlinePolicies: `{"r2d": {"allow": "all"}}`}, `policy: parser "r2d" is not in this library; did you mean r2d2?`},
		{Config{InlinePolicies: `{"r2d2": {"allow": [{"comand": "READ"}]}}`}, "policy: allow: r2d2 rule 0: key comand: is unknown"},
		{Config{PolicyFile: policyFile, OnError: "drop"}, `on_error: "drop" is unknown`},
		{Config{LogLevel: "loud"}, `log level "loud" is unknown`},
		{Config{XDSAddress: "xds.sock"}, `policy server "xds.sock"`},
		{Config{PolicyFile: broken}, "want a list of resources"},
		{Config{PolicyFile: policyFile + ".none"}, "no such file"},
		{Config{ParserConfig: `[]`}, "configuration of parsers: "},
		{Config{ParserConfig: `{"test.nosuch": {}}`}, "configuration of parser test.nosuch: "},
	} {
		o := &Opener{Output: &bytes.Buffer{}}
		if _, err := o.Open(c.config); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%+v: open: %v, want %q", c.config, err, c.message)
		}
		if err := Check(c.config); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%+v: check: %v, want %q", c.config, err, c.message)
		}
	}
	o := &Opener{Output: &bytes.Buffer{}}
	unwritable := Config{PolicyFile: policyFile, AccessLogFile: filepath.Join(policyFile, "log")}
	if _, err := o.Open(unwritable); err == nil || !strings.Contains(err.Error(), "access log") {
		t.Errorf("an access log that cannot be opened: %v", err)
	}
}

func TestTheFirstInstanceNamesTheBuildAndTheParsers(t *testing.T) {
	var log bytes.Buffer
	o := &Opener{Output: &log}
	mustOpen(t, o, Config{PolicyFile: writePolicy(t)})
	mustOpen(t, o, Config{PolicyFile: writePolicy(t), NodeID: "b"})
	if text := log.String(); strings.Count(text, " starts") != 1 || !strings.Contains(text, runtime.Version()) ||
		!strings.Contains(text, "memcache") {
		t.Errorf("log %q", text)
	}
}

func init() {
	proxylib.Register(proxylib.Protocol{Name: "test.unclassified", New: func(*proxylib.Connection) proxylib.Parser { return nil }})
}

func TestAReadOnlyInstanceSaysWhichParsersItRefuses(t *testing.T) {
	var log bytes.Buffer
	i := mustOpen(t, &Opener{Output: &log}, Config{ReadOnly: true})
	if !strings.Contains(log.String(), "connections of these parsers are refused") || !strings.Contains(log.String(), "test.unclassified") {
		t.Errorf("log %q", log.String())
	}
	_, err := host.NewConnection(i, "test.unclassified", host.ConnectionInfo{Port: 1})
	if !errors.Is(err, proxylib.POLICY_DROP) {
		t.Errorf("a connection that cannot be read-only: %v", err)
	}
}
