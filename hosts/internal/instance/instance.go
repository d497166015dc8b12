package instance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/hosts/internal/wasmfile"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Config says what an instance consists of. Two configurations with equal values are the same instance.
type Config struct {
	// NodeID is the name by which policy servers know this node. If it is empty, the instance gets one that Cilium's agent
	// accepts.
	NodeID string
	// XDSAddress is that of a policy server, PolicyFile the path of a policy file; see [npds]. InlinePolicies holds policies
	// for everybody: a JSON object with a [npds.Inline] for each parser, by name. One of them at most.
	XDSAddress, PolicyFile, InlinePolicies string
	// XDSTLS secures the connection to a policy server. XDSDelta asks it for changes only, XDSHosts for the identities of
	// addresses as well.
	XDSTLS             npds.TLSFiles
	XDSDelta, XDSHosts bool
	// XDSTokenFile is the path of a file with the token for a policy server; empty is none.
	XDSTokenFile string
	// OnError says what happens to the policy of an endpoint when the source sends one that is refused.
	OnError npds.OnError
	// AccessLogSocket is the path of a unixpacket socket, AccessLogFile that of a file for lines of JSON, or "stdout" or
	// "stderr". None, one or both.
	AccessLogSocket, AccessLogFile string
	// AccessLogServer sends the access log to the policy server of XDSAddress as well, for people to see.
	AccessLogServer bool
	// AccessLogs are further ones. LogKinds are the kinds of the entries that AccessLogSocket and AccessLogFile get: "exchange",
	// "request" or "both"; empty is the default of each.
	AccessLogs []AccessLog `json:",omitempty"`
	LogKinds   string      `json:",omitempty"`
	// Redact holds what happens to fields before any access log gets them; RedactKeyFile is the path of a file with the key for
	// hashes, empty is a random key of the process.
	Redact        map[string]accesslog.Redaction `json:",omitempty"`
	RedactKeyFile string                         `json:",omitempty"`
	// Limits limit what the instance accepts.
	Limits Limits
	// ParserConfig holds the configurations of parsers: a JSON object with one for each, by name. Empty configures none.
	ParserConfig string
	// WasmParsers are parsers that are loaded from files. One takes the place of the library's own parser of its name.
	WasmParsers []WasmParser `json:",omitempty"`
	// HTTP says that requests of HTTP are decided as well. Otherwise rules for those are for others, whatever they say.
	HTTP bool
	// Pauses says that the host can have requests pause. Otherwise what is configured of parsers whose requests do is refused;
	// see [proxylib.Protocol.CheckPauses].
	Pauses bool `json:",omitempty"`
	// Audit lets requests pass that the policy denies; the access log marks them.
	Audit bool
	// Observe lets everything pass.
	Observe bool `json:",omitempty"`
	// ReadOnly denies every request that changes something, whatever the policy allows.
	ReadOnly bool
	// LogLevel is a level of logrus; empty is "info", or "debug" with Debug.
	LogLevel string
	// Debug says that the host itself logs at that level. It does not distinguish instances.
	Debug bool `json:"-"`

	// files are what is loaded of WasmParsers.
	files []*wasmfile.File
}

// Opener opens the instances of one host. It may be used from several threads at once.
type Opener struct {
	// Output takes the log, one line a message, unless NewLog is set.
	Output io.Writer
	// NewLog makes the logger of an instance; level is what the configuration wants.
	NewLog func(level logrus.Level) logrus.FieldLogger

	// Panics counts those outside of parsers, defects of ours; hosts raise it.
	Panics overload.Alarm

	// announced: the log has the version of the library.
	announced sync.Once
	table     host.Instances
	records   records
	files     wasmfile.Table
	// protocols holds, for the number of an instance, the map[string]*proxylib.Protocol of what it has loaded.
	protocols sync.Map
	// loading is how many instances have loaded something: connections of others, as most are, look nothing up.
	loading atomic.Int32
}

// Open returns the instance of a configuration; equal ones share it. Each Open is matched by one Close. The error says
// which part of the configuration cannot be used, and how to fix it.
func (o *Opener) Open(config Config) (*host.Instance, error) {
	key, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	return o.table.Open(string(key), func(id uint64) (*host.Instance, error) { return o.create(id, config) })
}

// Get returns the open instance with the number, or nil.
func (o *Opener) Get(id uint64) *host.Instance { return o.table.Get(id) }

// Close ends one Open; with the last one, sources are closed and the access log is delivered.
func (o *Opener) Close(id uint64) bool { return o.table.Close(id) }

// Check is the function Check for a configuration with parsers that are loaded from files.
func (o *Opener) Check(config Config) error {
	level, err := config.level()
	if err != nil {
		return err
	}
	if err := o.openParsers(&config, o.newLog(level)); err != nil {
		return err
	}
	defer o.closeParsers(&config)
	return Check(config)
}

// Check reports why the configuration cannot be used, or nil, without a lasting effect.
func Check(config Config) error {
	if err := config.check(); err != nil {
		return err
	}
	if config.PolicyFile != "" {
		return npds.CheckFile(config.PolicyFile, config.ruleParsers())
	}
	return nil
}

func (c *Config) check() error {
	if c.XDSAddress != "" && c.PolicyFile != "" {
		return errors.New("both a policy server and a policy file are named; name one of them")
	}
	if c.InlinePolicies != "" && c.XDSAddress+c.PolicyFile != "" {
		return errors.New("there is a policy in the configuration, and a policy server or file is named; leave one of them out")
	}
	if _, err := c.inline(); err != nil {
		return err
	}
	if _, err := c.level(); err != nil {
		return err
	}
	if err := errors.Join(c.Limits.check(), c.OnError.Check(), c.checkLogs()); err != nil {
		return err
	}
	if _, err := c.parsers(); err != nil {
		return err
	}
	if c.XDSAddress != "" {
		return npds.CheckServer(c.XDSAddress, c.XDSTLS, c.XDSTokenFile)
	}
	return nil
}

func (c *Config) level() (logrus.Level, error) {
	switch {
	case c.LogLevel == "" && c.Debug:
		return logrus.DebugLevel, nil
	case c.LogLevel == "":
		return logrus.InfoLevel, nil
	}
	level, err := logrus.ParseLevel(c.LogLevel)
	if err != nil {
		return 0, fmt.Errorf("log level %q is unknown; use error, warning, info, debug or trace", c.LogLevel)
	}
	return level, nil
}

func (o *Opener) create(id uint64, config Config) (_ *host.Instance, err error) {
	level, err := config.level()
	if err != nil {
		return nil, err
	}
	log := o.newLog(level)
	if err := o.openParsers(&config, log); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			o.closeParsers(&config)
		}
	}()
	if err := config.check(); err != nil {
		return nil, err
	}
	if config.NodeID == "" {
		config.NodeID = defaultNodeID(id)
	}
	shared := host.InstanceConfig{
		ID: id, NodeID: config.NodeID, Audit: config.Audit, Observe: config.Observe, ReadOnly: config.ReadOnly,
		Policies: new(policy.Store), Log: log,
	}
	if shared.Parsers, err = config.parsers(); err != nil {
		return nil, err
	}
	config.Limits.set(&shared)
	o.announce(&shared)
	source, err := openSource(config, &shared)
	if err != nil {
		return nil, err
	}
	entries, err := o.openLog(config, &shared)
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	shared.Release = func() {
		o.dropProtocols(id)
		defer o.closeParsers(&config)
		if err := errors.Join(source.Close(), entries.Close()); err != nil {
			shared.Log.WithError(err).Warn("cannot close the instance cleanly")
		}
		o.records.remove(id)
	}
	instance := host.NewInstance(shared)
	o.keepProtocols(id, &config)
	o.records.add(id, &record{instance, source, entries})
	return instance, nil
}

// unclassified lists the parsers whose connections cannot be read-only.
func unclassified() (names []string) {
	for _, name := range proxylib.ParserNames() {
		if proxylib.Registered(name).CheckReadOnly() != nil {
			names = append(names, name)
		}
	}
	return names
}

func (o *Opener) newLog(level logrus.Level) logrus.FieldLogger {
	if o.NewLog != nil {
		return o.NewLog(level)
	}
	log := logrus.New()
	log.SetLevel(level)
	log.SetOutput(o.Output)
	return log
}

// nothing stands for a source or log that the configuration does not name.
type nothing struct{}

func (nothing) Close() error                 { return nil }
func (nothing) Status() npds.Status          { return npds.Status{} }
func (nothing) Stats() map[string]sink.Stats { return nil }

func openSource(config Config, shared *host.InstanceConfig) (npds.Source, error) {
	switch {
	case config.XDSAddress != "":
		if config.XDSHosts {
			shared.Identities = new(policy.IdentityStore)
		}
		return npds.NewClient(npds.ClientConfig{
			Address: config.XDSAddress, TLS: config.XDSTLS, TokenFile: config.XDSTokenFile, NodeID: config.NodeID,
			Delta: config.XDSDelta, OnError: config.OnError, Store: shared.Policies, Identities: shared.Identities,
			Parsers: config.ruleParsers(), Log: shared.Log,
		})
	case config.PolicyFile != "":
		shared.Identities = new(policy.IdentityStore)
		return npds.OpenFile(npds.FileConfig{
			Path: config.PolicyFile, OnError: config.OnError, Store: shared.Policies, Identities: shared.Identities,
			Parsers: config.ruleParsers(), Log: shared.Log,
		})
	}
	if inline, err := config.inline(); inline != nil || err != nil {
		shared.Policies.Replace(inline)
		return nothing{}, err
	}
	if config.Observe {
		return nothing{}, nil
	}
	shared.Log.Warn("no policy is configured: every request is denied; name a policy server or file")
	return nothing{}, nil
}
