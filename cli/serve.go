package cli

import (
	"fmt"
	"net"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/serve"
)

func newServeCommand() *cobra.Command {
	config := serve.Config{}
	var unselected, level string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the policy server",
		Long: `Run the policy server: policies and endpoints in, from a directory and over HTTP, and resources for
proxies out, by NPDS and NPHDS.

An address that can be reached from beyond this machine needs TLS, and a token or certificates of clients. Who is let in
as a proxy cannot change policies, and the server does not start with settings that would allow it.

A file of tokens has one token a line, optionally after a name: "alice 0123456789abcdef". The log names,
for each change, the address, the certificate and the token of whoever made it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if config.Server.Settings.AllowUnselected, err = allowUnselected(unselected); err != nil {
				return err
			}
			log := logrus.New()
			log.SetOutput(cmd.ErrOrStderr())
			if log.Level, err = logrus.ParseLevel(level); err != nil {
				return fmt.Errorf("--log-level: %w", err)
			}
			config.Explain = explainDocuments
			config.Server.Log, config.Server.Parsers = log, policy.Registered()
			config.Ready = func(api, xds []net.Addr) {
				log.WithField("api", api).WithField("xds", xds).Info("policy server is ready")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return serve.Run(ctx, config)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&config.Server.State, "state", "proxylib.db", "file in which policies, endpoints and identities are stored")
	flags.StringVar(&config.Server.Directory, "directory", "", "directory of documents, which is watched")
	flags.StringArrayVar(&config.API, "api", []string{defaultAPI},
		"address of the HTTP interface: host:port or unix:///path")
	flags.StringArrayVar(&config.XDS, "xds", []string{defaultXDS}, "address for proxies: host:port or unix:///path")
	flags.StringVar(&unselected, "default", "deny", "what holds where no policy selects an endpoint: deny or allow")
	flags.BoolVar(&config.Server.Settings.Audit, "audit", false,
		"let everything pass; access logs name the rule that would have denied")
	flags.StringVar(&config.Security.Certificate, "tls-cert", "", "file with the server's certificate (PEM)")
	flags.StringVar(&config.Security.Key, "tls-key", "", "file with the key of that certificate (PEM)")
	flags.StringVar(&config.Security.ClientCA, "tls-client-ca", "",
		"file with the authorities that sign certificates of clients (PEM)")
	flags.StringArrayVar(&config.Security.Names, "api-client-name", nil,
		"name in a certificate that may use the HTTP interface; without it, every one of --tls-client-ca may")
	flags.StringVar(&config.Security.ProxyCA, "xds-client-ca", "",
		"file with the authorities that sign certificates of proxies (PEM); without it and --xds-token-file, proxies "+
			"need what --tls-client-ca and --token-file require")
	flags.StringVar(&config.Security.TokenFile, "token-file", "", "file with tokens, of which clients must present one")
	flags.StringVar(&config.Security.ProxyTokenFile, "xds-token-file", "",
		"file with tokens, of which proxies must present one")
	flags.IntVar(&config.Connections, "max-connections", serve.DefaultConnections,
		"maximum number of connections that are open at each address; further ones wait")
	flags.StringVar(&level, "log-level", "info", "what is logged: error, warning, info or debug")
	return cmd
}

// allowUnselected reads the flag --default.
func allowUnselected(text string) (bool, error) {
	if text != "deny" && text != "allow" {
		return false, fmt.Errorf("--default %q: want deny or allow", text)
	}
	return text == "allow", nil
}
