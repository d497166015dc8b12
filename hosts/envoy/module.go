package envoy

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"unsafe"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/hosts/internal/handle"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/hosts/internal/instance"
	_ "github.com/proxylib/proxylib/httpfilter" // which provides the filters of httplink
	"github.com/proxylib/proxylib/internal/httplink"
	"github.com/proxylib/proxylib/policy"
)

// module is the host without its C part: what of the process the C functions know by number. It may be used from several
// threads at once.
type module struct {
	envoy    envoyCalls
	filters  handle.Table[filter]
	sessions handle.Table[session]
	// httpFilters and httpStreams are those of the HTTP filter.
	httpFilters handle.Table[httpFilter]
	httpStreams handle.Table[httpStream]
	// goConfigs, goRoutes and goStreams are those of filters of package httpfilter.
	goConfigs handle.Table[httplink.Config]
	goRoutes  handle.Table[any]
	goStreams handle.Table[goStream]
	numbers   atomic.Uint64
	opener    *instance.Opener
	growth    *growth
	// publications and handshakes are the connections whose metadata and whose TLS are due.
	publications, handshakes *schedule[uintptr]
	watched                  *watch[unsafe.Pointer]
}

// envoyCalls are the calls into Envoy that do not belong to a connection. They may be made from any thread.
type envoyCalls interface {
	hostlog.Log
	// publish and startTLS have Envoy call the scheduled hook of a connection, for its metadata or to begin TLS. What they
	// return is not nil if the connection has ended meanwhile, and releases it.
	publish(scheduler uintptr) (release func())
	startTLS(scheduler uintptr) (release func())
	// resume does so for requests that have paused.
	resume(scheduler uintptr) (release func())
	// reportHealth sets the gauges of a configuration of C, and adds to its totals.
	reportHealth(config unsafe.Pointer, now instance.Health, grown instance.Totals)
}

func newModule(envoy envoyCalls) *module {
	m := &module{
		envoy: envoy, opener: newOpener(envoy),
		publications: &schedule[uintptr]{after: metadataAfter, commit: envoy.publish},
		handshakes:   &schedule[uintptr]{after: handshakeAfter, commit: envoy.startTLS},
	}
	m.growth = &growth{health: m.opener.Health}
	m.watched = &watch[unsafe.Pointer]{every: healthEvery, report: m.reportHealth}
	return m
}

// open opens a filter by its configuration. Its number is 0, and the log has the reason, if the configuration is refused.
func (m *module) open(name string, config []byte, validating bool) (number uint64, f *filter) {
	f, err := openFilter(name, config, validating, m.opener)
	if err != nil {
		m.logError("configuration refused: " + policy.Reason(err))
		return 0, nil
	}
	f.resume = m.envoy.resume
	number = m.numbers.Add(1)
	m.filters.Put(number, f)
	return number, f
}

// close closes a filter. Envoy's memory of its configuration is not used after it returns.
func (m *module) close(number uint64) {
	m.watched.remove(number)
	if f := m.filters.Delete(number); f != nil {
		f.close(m.opener)
	}
}

// reportHealth sets the gauges of each configuration, as they may have stats of their own, and adds the growth of the
// totals to one of them.
func (m *module) reportHealth(open []unsafe.Pointer) {
	defer m.logPanic("health")
	now, grown := m.growth.take()
	for _, config := range open {
		m.envoy.reportHealth(config, now, grown)
		grown = instance.Totals{}
	}
}

// logPanic is to be deferred: a panic is logged, and the process goes on.
func (m *module) logPanic(where string) {
	if r := recover(); r != nil {
		m.panicked(where, r)
	}
}

// panicked logs a panic outside of a parser, once a period.
func (m *module) panicked(where string, cause any) {
	m.opener.Panics.Raise(func(since, total uint64) {
		m.logError(fmt.Sprintf("%s: panic: %v; %d since the last report, %d in all\n%s", where, cause, since, total, debug.Stack()))
	})
}

func (m *module) logError(text string) {
	m.envoy.Write(logrus.ErrorLevel, "proxylib: "+hostlog.Printable(text))
}
