package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/cli/envoyconfig"
	"github.com/proxylib/proxylib/cli/tcpproxy"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib/host"
)

// proxyFlags say what is proxied.
type proxyFlags struct {
	listener listenerFlags
	json     bool
	metrics  string
}

func newProxyCommand() *cobra.Command {
	const short = "Put a parser before a server without Envoy, for development"
	f := &proxyFlags{}
	cmd := &cobra.Command{
		Use: "proxy --parser NAME --upstream HOST:PORT", Short: short,
		Long: describe(short, `The same engine, verdicts and access log as in Envoy, in a plain TCP proxy that needs neither Envoy nor the library. It is
for development: TLS, stats, limits and draining are Envoy's. Ctrl-C ends it.`, policyHelp),
		Example: `  proxylib proxy --parser memcache --upstream 127.0.0.1:11211 --policy policy.yaml`,
		Args:    cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: untilInterrupted(f.run),
	}
	f.listener.register(cmd)
	registerLogForm(cmd, &f.json)
	registerMetrics(cmd, &f.metrics)
	return cmd
}

func (f *proxyFlags) run(ctx context.Context, cmd *cobra.Command) (err error) {
	s, err := f.listener.settings()
	if err != nil {
		return err
	}
	log := logrus.New()
	log.SetOutput(cmd.ErrOrStderr())
	requests := traffic.NewMetrics()
	lines := io.MultiWriter(logWriter(cmd, f.json), &entryCounter{metrics: requests})
	entries, err := sink.Open(sink.Config{Writer: lines, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, entries.Close()) }()
	instance := host.InstanceConfig{Policies: new(policy.Store), Identities: new(policy.IdentityStore), AccessLog: entries.Queue(), LogKinds: accesslog.Exchanges, Log: log}
	source, err := f.listener.open(s, instance)
	if err != nil {
		return refused(err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	listener, err := net.Listen("tcp", s.Listen.String())
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	running := host.NewInstance(instance)
	if f.metrics != "" {
		end, err := listenMetrics(cmd, f.metrics, requests, ProxyMetrics(running, source))
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer func() { _ = end() }()
	}
	f.listener.announce(cmd, "A proxy for development, without Envoy,", s, listener.Addr().String())
	config := tcpproxy.Config{
		Parser: s.Parser, Upstream: s.Upstream.String(), PolicyName: s.PolicyName, Port: s.Port, Instance: running, Log: log,
	}
	if s.Inline() {
		config.PolicyName, config.Port = s.Listen.Host, s.Upstream.Port
	}
	return tcpproxy.Serve(ctx, listener, config)
}

// open puts the policy in force. A file is followed until what is returned is closed.
func (f *listenerFlags) open(s *envoyconfig.Settings, instance host.InstanceConfig) (io.Closer, error) {
	if !s.Inline() {
		return npds.OpenFile(npds.FileConfig{
			Path: f.policy, Store: instance.Policies, Identities: instance.Identities, Parsers: policy.Registered(), Log: instance.Log,
		})
	}
	inline, err := (&filterConfig{line: s.Policy.Line, parser: s.Parser, policy: s.Policy}).inline()
	if err != nil {
		return nil, err
	}
	snapshot, err := npds.CompileInline(map[string]npds.Inline{s.Parser: inline}, policy.Registered())
	if err != nil {
		return nil, err
	}
	instance.Policies.Replace(snapshot)
	return io.NopCloser(nil), nil
}
