package envoy

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/hosts/internal/instance"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// filterName is the filter_name that Envoy's configuration gives. Others are left for filters to come.
const filterName = "proxylib"

// newOpener returns an opener of instances that log to the host's log.
func newOpener(log hostlog.Log) *instance.Opener {
	return &instance.Opener{
		NewLog: func(level logrus.Level) logrus.FieldLogger { return hostlog.New(level, log) },
	}
}

// openFilter makes a filter of its configuration. The caller closes it. While the host only validates, it checks what can
// be checked without an effect: it connects to nothing, and opens no log.
func openFilter(name string, config []byte, validating bool, opener *instance.Opener) (*filter, error) {
	if name != filterName {
		return nil, fmt.Errorf("filter_name: %q is unknown: give %q", name, filterName)
	}
	f := new(filter)
	if err := f.fill(config, validating, opener); err != nil {
		f.close(opener)
		return nil, err
	}
	return f, nil
}

// fill makes the filter what its configuration says.
func (f *filter) fill(config []byte, validating bool, opener *instance.Opener) error {
	s, err := filterconfig.ParseAndLoad(config, func(s *settings) (*proxylib.Protocol, error) { return f.load(s, opener) })
	if err != nil {
		return fmt.Errorf("filter_config: %w", err)
	}
	f.settings = s
	if s.AccessLog.Envoy() {
		return errors.New("filter_config: access_log.envoy: is for a Wasm plugin: give a file or a socket")
	}
	if s.ClientName == filterconfig.NameForwarded {
		return fmt.Errorf("filter_config: client_name: %q is for the HTTP filter: give another", s.ClientName)
	}
	f.names = filterconfig.URISANs(s.Identities)
	if f.identities, err = filterconfig.NewIdentities(s.Identities); err != nil {
		return fmt.Errorf("filter_config: %w", err)
	}
	f.parsers = []string{s.Parser.Name}
	switch {
	case s.Parser.Name == filterconfig.Auto:
		f.parsers = append(f.parsers, host.Detectable()...)
	case f.file == nil:
		if f.newParser, err = host.Configured(s.Parser.Name, s.ParserConfig); err != nil {
			return fmt.Errorf("filter_config: parser_config: %w", err)
		}
	}
	part, err := shared(s)
	if err != nil {
		return fmt.Errorf("filter_config: policy: %w", err)
	}
	if validating {
		return opener.Check(part)
	}
	f.instance, err = opener.Open(part)
	return err
}

// load loads the parser from the file that the settings name.
func (f *filter) load(s *settings, opener *instance.Opener) (*proxylib.Protocol, error) {
	level, err := logrus.ParseLevel(s.LogLevel)
	if err != nil {
		return nil, err
	}
	if f.file, err = opener.OpenParser(wasmParser(s), "", opener.NewLog(level)); err != nil {
		return nil, err
	}
	return f.file.Protocol(), nil
}

// wasmParser is the parser in a file that the settings name.
func wasmParser(s *settings) instance.WasmParser {
	return instance.WasmParser{Path: s.Parser.Wasm, Config: string(s.ParserConfig)}
}

// close gives the instance and the file back.
func (f *filter) close(opener *instance.Opener) {
	if f.instance != nil {
		opener.Close(f.instance.ID())
	}
	if f.file != nil {
		opener.CloseParser(f.file)
	}
}

// shared is the part of the settings that is shared with equal ones.
func shared(s *settings) (instance.Config, error) {
	c := instance.Config{
		Pauses: true, NodeID: s.NodeID, PolicyFile: s.Policy.File, XDSAddress: s.Policy.XDS, LogLevel: s.LogLevel, Audit: s.Audit, Observe: s.Mode == filterconfig.Observe,
		ReadOnly: s.ReadOnly, AccessLogs: s.AccessLog, Redact: s.Redact, RedactKeyFile: s.RedactKeyFile,
		XDSDelta: s.Policy.Delta, XDSHosts: s.Policy.Hosts, XDSTLS: npds.TLSFiles(s.Policy.TLS),
		XDSTokenFile: s.Policy.TokenFile, OnError: s.Policy.OnError,
		Limits: instance.Limits{
			Connections: int(s.Limits.Connections), TotalHeldBytes: int(s.Limits.TotalHeldBytes),
			LogQueueBytes: int(s.Limits.LogQueueBytes),
		},
	}
	if s.Parser.Wasm != "" {
		c.WasmParsers = []instance.WasmParser{wasmParser(s)}
	}
	if !s.Policy.Given() {
		return c, nil
	}
	policies, err := json.Marshal(s.Inline())
	c.InlinePolicies = string(policies)
	return c, err
}
