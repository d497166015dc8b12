package instance

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/proxylib/proxylib/internal/eventually"
	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/proxylib/host"
	_ "github.com/proxylib/proxylib/testparsers"
)

func TestLimitsHaveSafeDefaults(t *testing.T) {
	i := mustOpen(t, &Opener{Output: &bytes.Buffer{}}, Config{})
	if !i.Connections().Take(DefaultConnections) || i.Connections().Take(1) {
		t.Error("another number of connections is allowed")
	}
	if !i.HeldBytes().Take(DefaultTotalHeldBytes) || i.HeldBytes().Take(1) {
		t.Error("another number of held bytes is allowed")
	}
	i.Connections().Give(DefaultConnections)
	i.HeldBytes().Give(DefaultTotalHeldBytes)
}

func TestLimitsAreThoseOfTheConfigurationAndReachingOneIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	i := mustOpen(t, &Opener{Output: &log}, Config{Limits: Limits{Connections: 2, TotalHeldBytes: 100}})
	i.Connections().Take(2)
	i.HeldBytes().Take(100)
	for range 3 {
		if i.Connections().Take(1) || i.HeldBytes().Take(1) {
			t.Fatal("more is allowed")
		}
	}
	for _, line := range []string{
		`level=warning msg="new connections are refused: connection limit reached" limit=2 refused=1 refused_total=1`,
		`msg="connections are closed: limit of held bytes of all connections reached" closed=1 closed_total=1 limit=100`,
	} {
		if strings.Count(log.String(), line) != 1 {
			t.Errorf("the log has not just once: %s\n%s", line, &log)
		}
	}
}

func TestLimitsOutOfRangeAreRefused(t *testing.T) {
	for _, limits := range []Limits{
		{Connections: -1}, {TotalHeldBytes: -1}, {LogQueueBytes: -1}, {Connections: maxConnections + 1},
		{TotalHeldBytes: maxTotalHeldBytes + 1}, {LogQueueBytes: maxLogQueueBytes + 1},
	} {
		_, err := (&Opener{Output: &bytes.Buffer{}}).Open(Config{Limits: limits})
		if err == nil || !strings.Contains(err.Error(), "out of range: give at most") {
			t.Errorf("%+v: %v", limits, err)
		}
	}
}

// Each number of what a host knows is in the message for the policy server.
func TestTheMessageOfHealthHasAllNumbers(t *testing.T) {
	h := Health{
		Sources: 1, Connected: 2, RefusedResources: 3, LastUpdate: time.Unix(4, 0), Warnings: 5, Connections: 6, HeldBytes: 7,
		Totals: Totals{
			Updates: 8, RefusedUpdates: 9, LostEntries: 10, Panics: 11, Unobserved: 12, RefusedConnections: 13, RefusedBytes: 14,
			ReplacedParsers: 15, RefusedParsers: 16,
		},
	}
	numbers := map[uint64]bool{}
	message(h).ProtoReflect().Range(func(_ protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		numbers[v.Uint()] = true
		return true
	})
	for n := range uint64(16) {
		if !numbers[n+1] {
			t.Errorf("number %d of %+v is missing", n+1, h)
		}
	}
}

func TestHealthAddsUpInstancesAndKeepsTheTotalsOfClosedOnes(t *testing.T) {
	o := &Opener{Output: &bytes.Buffer{}}
	before := time.Now()
	if h := o.Health(); h != (Health{}) {
		t.Errorf("nothing is open: %+v", h)
	}
	file := mustOpen(t, o, Config{PolicyFile: writePolicy(t), Limits: Limits{Connections: 1}})
	bare := mustOpen(t, o, Config{})
	file.Connections().Take(1)
	bare.Connections().Take(1)
	bare.HeldBytes().Take(70)
	file.Connections().Take(1)
	h := o.Health()
	if h.LastUpdate.Before(before) || h.LastUpdate.After(time.Now()) {
		t.Errorf("the last update was at %v", h.LastUpdate)
	}
	h.LastUpdate = time.Time{}
	if want := (Health{Sources: 1, Connected: 1, Connections: 2, HeldBytes: 70, Totals: Totals{Updates: 1, RefusedConnections: 1}}); h != want {
		t.Errorf("got %+v, want %+v", h, want)
	}

	o.Close(file.ID())
	o.Panics.Raise(nil)
	h = o.Health()
	if want := (Health{Connections: 1, HeldBytes: 70, Totals: Totals{Updates: 1, RefusedConnections: 1, Panics: 1}}); h != want {
		t.Errorf("got %+v, want %+v", h, want)
	}
	if got, want := h.Totals.Since(Totals{Updates: 1}), (Totals{RefusedConnections: 1, Panics: 1}); got != want {
		t.Errorf("since: %+v, want %+v", got, want)
	}
}

func TestASourceThatNeverAnsweredHasNoLastUpdate(t *testing.T) {
	o := &Opener{NewLog: func(logrus.Level) logrus.FieldLogger {
		log := logrus.New()
		log.SetOutput(&bytes.Buffer{})
		return log
	}}
	mustOpen(t, o, Config{PolicyFile: writePolicy(t)})
	mustOpen(t, o, Config{XDSAddress: t.TempDir() + "/nobody"})
	h := o.Health()
	if h.Sources != 2 || h.Connected != 1 || !h.LastUpdate.IsZero() {
		t.Errorf("%+v", h)
	}
}

func TestAPolicyFileThatCannotBeReadIsNotConnected(t *testing.T) {
	path := writePolicy(t)
	log := logrus.New()
	log.SetOutput(t.Output())
	o := &Opener{NewLog: func(logrus.Level) logrus.FieldLogger { return log }}
	mustOpen(t, o, Config{PolicyFile: path})
	if h := o.Health(); h.Sources != 1 || h.Connected != 1 {
		t.Errorf("while it is there: %+v", h)
	}
	if err := os.Rename(path, path+"~"); err != nil {
		t.Fatal(err)
	}
	if !eventually.Within(eventually.Limit, func() bool { return o.Health().Connected == 0 }) {
		t.Fatalf("after it is gone: %+v", o.Health())
	}
	if h := o.Health(); h.Sources != 1 {
		t.Errorf("after it is gone: %+v", h)
	}
}

func TestWarningsOfPoliciesAreCounted(t *testing.T) {
	path := writePolicy(t)
	text := strings.Replace(everything, "allow: all", "rules: [{l7_proto: no.such.parser, allow: all}]", 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := &Opener{Output: &bytes.Buffer{}}
	mustOpen(t, o, Config{PolicyFile: path})
	mustOpen(t, o, Config{PolicyFile: writePolicy(t)})
	if h := o.Health(); h.Sources != 2 || h.Warnings != 1 {
		t.Errorf("%+v", h)
	}
}

func TestConnectionsOfAnInstanceAreCounted(t *testing.T) {
	i := mustOpen(t, &Opener{Output: &bytes.Buffer{}}, Config{Limits: Limits{Connections: 1}})
	info := host.ConnectionInfo{DstAddr: "10.0.0.1:80"}
	first, err := host.NewConnection(i, "test.passer", info)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.NewConnection(i, "test.passer", info); err == nil {
		t.Error("a second connection is made")
	}
	first.Close()
	if i.Connections().Used() != 0 {
		t.Errorf("%d connections are open", i.Connections().Used())
	}
}
