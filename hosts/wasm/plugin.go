//go:build wasip1

package wasm

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Limits of a plugin in one virtual machine, unless its configuration says otherwise. Memory of a virtual machine is never
// returned to Envoy, which gives it 1 GiB at most.
const (
	defaultConnections    = 20_000
	defaultTotalHeldBytes = 64 << 20
)

// closeAfter is the time in milliseconds in which Envoy sends what a connection says last.
const closeAfter = 20

// logAfter is the time in milliseconds in which entries of the access log are written.
const logAfter = 100

// plugin is a configuration in force, the root context of Envoy's. Plugins of one virtual machine are apart from each other.
type plugin struct {
	id         uint32
	settings   *filterconfig.Settings
	newParser  func(*proxylib.Connection) proxylib.Parser
	identities *policy.Identities
	// sans are the identities of clients by the URI in their certificates.
	sans     map[string]uint32
	instance *host.Instance
	metrics  metrics
	// parsers are the metrics by parser: the one of the settings, and those that may be detected in its place.
	parsers map[string]*parserMetrics
	// source is where policies come from, nil if they are in the configuration.
	source *source
	// log has the entries for Envoy's log.
	log *accessLog
	// closing are the connections that are closed when what they say last has been sent.
	closing []uint32
	// period is the time in milliseconds between ticks, 0 while there are none.
	period uint32
	// ended: there are no more ticks.
	ended bool
}

// instances is the number of instances of the virtual machine so far.
var instances uint64

// configure makes the configuration. The error says what to write instead.
func (p *plugin) configure(config []byte) error {
	s, err := filterconfig.Parse(config)
	if err != nil {
		return fmt.Errorf("configuration %w", err)
	}
	if err := checkPlace(s); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	ids, err := filterconfig.NewIdentities(s.Identities)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	var newParser func(*proxylib.Connection) proxylib.Parser
	if s.Parser.Name != filterconfig.Auto {
		if err := proxylib.Registered(s.Parser.Name).CheckPauses(); err != nil {
			return fmt.Errorf("configuration: parser: %w", err)
		}
		if newParser, err = host.Configured(s.Parser.Name, s.ParserConfig); err != nil {
			return fmt.Errorf("configuration: parser_config: %w", err)
		}
	}
	log, err := newLog(s)
	if err != nil {
		return err
	}
	instances++
	shared := host.InstanceConfig{
		ID: instances, NodeID: s.NodeID, Audit: s.Audit, Observe: s.Mode == filterconfig.Observe, ReadOnly: s.ReadOnly,
		Policies: new(policy.Store), Log: log,
		Connections: limit(s.Limits.Connections, defaultConnections, log, "new connections are refused: connection limit reached"),
		HeldBytes: limit(s.Limits.TotalHeldBytes, defaultTotalHeldBytes, log,
			"connections are closed: limit of held bytes of all connections reached"),
	}
	if err := p.openPolicy(s, &shared); err != nil {
		return err
	}
	if err := p.openLog(s, &shared); err != nil {
		return err
	}
	p.sans = filterconfig.URISANs(s.Identities)
	p.settings, p.identities, p.newParser, p.instance = s, ids, newParser, host.NewInstance(shared)
	p.metrics, p.parsers = defineMetrics(), defineParsers(s)
	p.announce(log)
	return nil
}

// openPolicy has the instance decide by the policy that the configuration has, or names.
func (p *plugin) openPolicy(s *filterconfig.Settings, shared *host.InstanceConfig) error {
	switch {
	case s.Policy.Given():
		snapshot, err := inline.Compile(s.Inline(), policy.Registered())
		if err != nil {
			return fmt.Errorf("configuration: policy: %w", err)
		}
		shared.Policies.Replace(snapshot)
	case s.Policy.XDS != "":
		p.useSource(s, shared.Log)
		shared.Policies, shared.Identities = &p.source.policies, p.source.identities
	}
	return nil
}

// checkPlace refuses what needs files or a network of its own.
func checkPlace(s *filterconfig.Settings) error {
	switch {
	case s.Policy.File != "":
		return errors.New(`policy.file: a Wasm plugin has no files: give {"allow": RULES, "deny": RULES} or {"xds": CLUSTER}`)
	case strings.ContainsAny(s.Policy.XDS, "/:"):
		return errors.New("policy.xds: a Wasm plugin has no network of its own: give the name of one of Envoy's clusters, without / and :")
	case s.Policy.TLS != filterconfig.TLSFiles{} || s.Policy.TokenFile != "":
		return errors.New("policy: tls and token_file: a Wasm plugin has no files: secure the cluster of xds, and leave them out")
	case slices.ContainsFunc(s.AccessLog, func(l filterconfig.AccessLog) bool { return !l.Envoy && !l.Server }):
		return errors.New(`access_log: a Wasm plugin has no files and sockets: give {"envoy": true} for lines in Envoy's log, ` +
			`{"server": true} for the policy server, or leave it out`)
	case s.ClientName != filterconfig.NameCertificate:
		return fmt.Errorf("client_name: a Wasm plugin knows the certificates of clients: give %q, or leave it out", filterconfig.NameCertificate)
	case s.RedactKeyFile != "":
		return errors.New("redact_key_file: a Wasm plugin has no files: leave it out")
	case s.Limits.LogQueueBytes != 0:
		return errors.New("limits.log_queue_bytes: a Wasm plugin has no such queue: leave it out")
	case s.Limits.VerdictMilliseconds != 0:
		return errors.New("limits.verdict_milliseconds: requests do not wait in a Wasm plugin: leave it out")
	}
	return nil
}

// openLog has the instance log to Envoy's log and to the policy server, as the configuration wants it.
func (p *plugin) openLog(s *filterconfig.Settings, shared *host.InstanceConfig) error {
	if len(s.AccessLog) == 0 {
		return nil
	}
	var readers accesslog.Several
	p.log = &accessLog{plugin: p}
	for i := range s.AccessLog {
		kinds, filter, err := s.AccessLog[i].Wants()
		if err != nil {
			return fmt.Errorf("configuration: access_log: %w", err)
		}
		var reader accesslog.Logger = p.log
		if s.AccessLog[i].Server {
			reader = p.source.serverLog()
		}
		readers = append(readers, accesslog.NewFiltered(reader, kinds, filter))
		shared.LogKinds |= kinds
	}
	shared.AccessLog = readers
	if len(s.Redact) == 0 {
		return nil
	}
	key, err := redactKey()
	if err != nil {
		return fmt.Errorf("configuration: redact: %w", err)
	}
	redactor, err := accesslog.NewRedactor(readers, s.Redact, key)
	shared.AccessLog = redactor
	return err
}

func newLog(s *filterconfig.Settings) (*logrus.Logger, error) {
	level, err := logrus.ParseLevel(s.LogLevel)
	if err != nil {
		return nil, fmt.Errorf("configuration: log_level: %w", err)
	}
	return hostlog.New(level, envoyLog{}), nil
}

// limit returns a limit, whose refusals are logged.
func limit(configured filterconfig.WholeNumber, standard int64, log *logrus.Logger, message string) *host.Limit {
	maximum := int64(configured)
	if maximum <= 0 {
		maximum = standard
	}
	return overload.NewLimit(maximum, func(since, total uint64) {
		log.WithFields(logrus.Fields{"limit": maximum, "refused": since, "refused_total": total}).Warn(message)
	})
}

// announce logs the version of the module, and what an operator must know of the configuration.
func (p *plugin) announce(log *logrus.Logger) {
	build, _ := buildinfo.Read()
	log.WithField("parsers", strings.Join(hostlog.Parsers(), " ")).Info(build.String() + " starts")
	if p.instance.Observes() {
		log.Warn("observe mode is on: everything passes, and the access log only marks what the policy denies")
	}
	if p.settings.Audit {
		log.Warn("audit mode is on: requests that the policy denies pass, and only the access log marks them")
	}
}

// identityOf returns the identity of an address by the configuration, or else by what the policy server has sent; 0 is unknown.
func (p *plugin) identityOf(addr netip.Addr) uint32 {
	if id := p.identities.Of(addr); id != 0 || p.instance.Identities() == nil {
		return id
	}
	return p.instance.Identities().Current().Of(addr)
}

// closeLater has a connection closed when what it says last has been sent.
func (p *plugin) closeLater(id uint32) {
	p.closing = append(p.closing, id)
	p.scheduleWithin(id)
}

// logged has the entries written that a call for a connection has left: at once if a request was denied, else at the next tick.
func (p *plugin) logged(id uint32) {
	switch {
	case !p.log.waits():
	case p.log.urgent:
		p.log.write()
	default:
		p.scheduleWithin(id)
	}
}

// scheduleWithin sets the time of the next tick, in a call for a connection. A time that is set would begin again.
func (p *plugin) scheduleWithin(id uint32) {
	if p.due() == p.period {
		return
	}
	proxySetEffectiveContext(p.id)
	p.schedule()
	proxySetEffectiveContext(id)
}

// due is the time in milliseconds after which something is to be done, 0 if there is nothing.
func (p *plugin) due() uint32 {
	switch {
	case len(p.closing) > 0:
		return closeAfter
	case p.log.waits():
		return logAfter
	case p.source != nil:
		return sourceEvery
	}
	return 0
}

// schedule sets the time of the next tick, in a call for the plugin's own context.
func (p *plugin) schedule() {
	if period := p.due(); period != p.period {
		p.period = period
		proxySetTickPeriod(period)
	}
}

// tick is called after the time that was set, and then again each time.
func (p *plugin) tick() {
	if p.source != nil && p.source.plugins[0] == p {
		p.source.tick()
	}
	p.closeDue()
	if p.log != nil {
		p.log.write()
	}
	p.schedule()
}

// end writes what waits, and has everything written at once from now on.
func (p *plugin) end() {
	p.ended = true
	if p.log != nil {
		p.log.write()
	}
}

// closeDue closes connections.
func (p *plugin) closeDue() {
	due := p.closing
	p.closing = nil
	for _, id := range due {
		if streams[id] == nil {
			continue
		}
		proxySetEffectiveContext(id)
		proxyCloseStream(streamDownstream)
	}
	proxySetEffectiveContext(p.id)
}

// forget removes a connection that has ended.
func (p *plugin) forget(id uint32) {
	p.closing = slices.DeleteFunc(p.closing, func(other uint32) bool { return other == id })
}

// plugins and streams are the contexts of the virtual machine, by Envoy's numbers.
var (
	plugins = map[uint32]*plugin{}
	streams = map[uint32]*stream{}
)

// recent are streams that bytes came of, each at a place that its number gives: to find one there is faster than in the map.
var recent [64]*stream

// streamOf returns the stream of a number, nil if there is none.
func streamOf(id uint32) *stream {
	at := &recent[id%uint32(len(recent))]
	if s := *at; s != nil && s.id == id {
		return s
	}
	s := streams[id]
	*at = s
	return s
}
