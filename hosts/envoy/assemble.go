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
	s, err := filterconfig.Parse(config)
	if err != nil {
		return nil, fmt.Errorf("filter_config: %w", err)
	}
	if s.AccessLog.Envoy() {
		return nil, errors.New("filter_config: access_log.envoy: is for a Wasm plugin: give a file or a socket")
	}
	if filterconfig.URISANs(s.Identities) != nil {
		return nil, errors.New("filter_config: identities: uri_san is for a Wasm plugin: give cidr")
	}
	ids, err := filterconfig.NewIdentities(s.Identities)
	if err != nil {
		return nil, fmt.Errorf("filter_config: %w", err)
	}
	f := &filter{settings: s, identities: ids}
	if s.Parser != filterconfig.Auto {
		if f.newParser, err = host.Configured(s.Parser, s.ParserConfig); err != nil {
			return nil, fmt.Errorf("filter_config: parser_config: %w", err)
		}
	}
	part, err := shared(s)
	if err != nil {
		return nil, fmt.Errorf("filter_config: policy: %w", err)
	}
	if validating {
		return f, instance.Check(part)
	}
	f.instance, err = opener.Open(part)
	return f, err
}

// close gives the instance back.
func (f *filter) close(opener *instance.Opener) {
	if f.instance != nil {
		opener.Close(f.instance.ID())
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
	if !s.Policy.Given() {
		return c, nil
	}
	policies, err := json.Marshal(s.Inline())
	c.InlinePolicies = string(policies)
	return c, err
}
