package envoy

import (
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/hosts/internal/instance"
	_ "github.com/proxylib/proxylib/parsers/r2d2" // the parser of the filter
	_ "github.com/proxylib/proxylib/parsers/redis"
	_ "github.com/proxylib/proxylib/testparsers"
)

func Test(t *testing.T) {
	check.TestingT(t)
	goleak.VerifyNone(t)
}

// recordedLog is a host's log with a level of its own.
type recordedLog struct {
	level  logrus.Level
	levels []logrus.Level
	lines  []string
}

func (l *recordedLog) Enabled(level logrus.Level) bool { return level <= l.level }

func (l *recordedLog) Write(level logrus.Level, line string) {
	l.levels, l.lines = append(l.levels, level), append(l.lines, line)
}

// fakeEnvoy records what is called.
type fakeEnvoy struct {
	recordedLog
	reported []instance.Totals
	defect   bool
}

func (e *fakeEnvoy) publish(uintptr) func() { return nil }

func (e *fakeEnvoy) startTLS(uintptr) func() { return nil }

func (e *fakeEnvoy) resume(uintptr) func() { return nil }

func (e *fakeEnvoy) reportHealth(_ unsafe.Pointer, _ instance.Health, grown instance.Totals) {
	if e.defect {
		panic("a defect")
	}
	e.reported = append(e.reported, grown)
}

func TestFiltersAreKnownByNumberUntilTheyAreClosed(t *testing.T) {
	t.Parallel()
	envoy := &fakeEnvoy{recordedLog: recordedLog{level: logrus.ErrorLevel}}
	m := newModule(envoy)
	config := []byte(`{"parser": "r2d2", "direction": "ingress", "stat_prefix": "droids", "policy": {"xds": "/nobody.sock"}}`)
	number, f := m.open(filterName, config, true)
	if number == 0 || f.settings.StatPrefix != "droids" {
		t.Fatalf("filter %d with %+v, log %q", number, f, envoy.lines)
	}
	if m.filters.Get(number) == nil {
		t.Error("the filter is not found by its number")
	}
	m.close(number)
	if m.filters.Get(number) != nil {
		t.Error("the filter is found after it was closed")
	}
	if number, _ := m.open("other", config, true); number != 0 {
		t.Error("another filter name is accepted")
	}
	if len(envoy.lines) != 1 || !strings.HasPrefix(envoy.lines[0], `proxylib: configuration refused: filter_name: "other" is unknown`) {
		t.Errorf("log %q", envoy.lines)
	}
}

func TestTotalsGrowByOneConfigurationOnly(t *testing.T) {
	t.Parallel()
	envoy := &fakeEnvoy{}
	m := newModule(envoy)
	m.opener.Panics.Raise(nil)
	configs := make([]byte, 2)
	m.reportHealth([]unsafe.Pointer{unsafe.Pointer(&configs[0]), unsafe.Pointer(&configs[1])})
	if want := []instance.Totals{{Panics: 1}, {}}; !reflect.DeepEqual(envoy.reported, want) {
		t.Errorf("reported %+v, want %+v", envoy.reported, want)
	}
}

func TestADefectOfOursIsLoggedOnceAndCounted(t *testing.T) {
	t.Parallel()
	envoy := &fakeEnvoy{defect: true}
	m := newModule(envoy)
	for range 3 {
		m.reportHealth([]unsafe.Pointer{nil})
	}
	if m.opener.Panics.Count() != 3 || len(envoy.lines) != 1 ||
		!strings.HasPrefix(envoy.lines[0], "proxylib: health: panic: a defect; 1 since the last report, 1 in all") {
		t.Errorf("%d panics, log %q", m.opener.Panics.Count(), envoy.lines)
	}
}
