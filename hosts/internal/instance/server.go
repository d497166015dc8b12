package instance

import (
	"google.golang.org/grpc"

	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/api/logs"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/npds"
)

// logServer says how the access log is sent to the policy server: to its address, and admitted as for policies.
func (o *Opener) logServer(config *Config) *sink.ServerConfig {
	server := npds.ClientConfig{Address: config.XDSAddress, TLS: config.XDSTLS, TokenFile: config.XDSTokenFile}
	build, _ := buildinfo.Read()
	return &sink.ServerConfig{
		Address: config.XDSAddress,
		Connect: func() (*grpc.ClientConn, error) { return npds.Connect(server) },
		Library: &logs.Library{
			NodeId: config.NodeID, Version: build.Version, Revision: build.Revision, Modified: build.Modified, Go: build.Go,
			Parsers: hostlog.Parsers(),
		},
		Health: func() *logs.Health {
			m := message(o.Health())
			m.LoadedParsers = o.files.Loaded()
			return m
		},
	}
}

// message returns health as a message.
func message(h Health) *logs.Health {
	m := &logs.Health{
		PolicySources: uint64(h.Sources), PolicySourcesConnected: uint64(h.Connected), PolicyWarnings: uint64(h.Warnings),
		PolicyResourcesRefused: uint64(h.RefusedResources), PolicyUpdates: h.Updates, PolicyUpdatesRefused: h.RefusedUpdates,
		OpenConnections: uint64(h.Connections), HeldBytes: uint64(h.HeldBytes), LogEntriesLost: h.LostEntries, Panics: h.Panics,
		LimitConnections: h.RefusedConnections, LimitTotalHeldBytes: h.RefusedBytes, Unobserved: h.Unobserved,
		ParsersReplaced: h.ReplacedParsers, ParsersRefused: h.RefusedParsers,
	}
	if !h.LastUpdate.IsZero() {
		m.PolicyLastUpdate = uint64(h.LastUpdate.Unix())
	}
	return m
}
