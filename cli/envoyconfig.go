package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/cli/envoyconfig"
)

// envoyConfigFlags say what a configuration is for.
type envoyConfigFlags struct {
	listener  listenerFlags
	form      string
	adminPort uint16
	workload, gateway, namespace,
	libraryImage, envoyImage string
}

func newEnvoyConfigCommand() *cobra.Command {
	const short = "Print a configuration of Envoy, or of what runs Envoy, with the filter"
	f := &envoyConfigFlags{}
	cmd := &cobra.Command{
		Use: "envoy-config --parser NAME --upstream HOST:PORT", Short: short,
		Long: describe(short, `-o envoy       a whole configuration for a stock Envoy
-o istio       an EnvoyFilter for the sidecars of a workload
-o gateway     an EnvoyPatchPolicy for a TCP listener of Envoy Gateway, which has the name of the parser
-o kubernetes  a ConfigMap, and what makes a sidecar of it in a Deployment`, policyHelp),
		Example: `  proxylib envoy-config --parser memcache --upstream 127.0.0.1:11211 --policy policy.yaml
  proxylib envoy-config --parser memcache --upstream cache:11211 --policy policy.yaml -o istio --workload cache`,
		Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := f.render()
			if err == nil {
				_, err = cmd.OutOrStdout().Write(text)
			}
			return err
		},
	}
	f.register(cmd)
	return cmd
}

func (f *envoyConfigFlags) register(cmd *cobra.Command) {
	f.listener.register(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.form, "output", "o", "envoy", "envoy, istio, gateway or kubernetes")
	flags.Uint16Var(&f.adminPort, "admin-port", 9901, "port of Envoy's admin interface on 127.0.0.1")
	flags.StringVar(&f.workload, "workload", "", "label app of the pods, and name of the Deployment; the parser's name unless given")
	flags.StringVar(&f.gateway, "gateway", "eg", "name of the Gateway")
	flags.StringVar(&f.namespace, "namespace", "default", "namespace of the workload or the Gateway")
	flags.StringVar(&f.libraryImage, "library-image", "proxylib:latest", "image with /usr/lib/proxylib/libproxylib.so")
	flags.StringVar(&f.envoyImage, "envoy-image", "envoyproxy/envoy:v1.40.0", "image of Envoy")
	completeFlag(cmd, "output", cobra.FixedCompletions(envoyconfig.Forms(), cobra.ShellCompDirectiveNoFileComp))
}

func (f *envoyConfigFlags) render() ([]byte, error) {
	s, err := f.listener.settings()
	if err != nil {
		return nil, err
	}
	s.AdminPort, s.Gateway, s.Namespace = f.adminPort, f.gateway, f.namespace
	s.LibraryImage, s.EnvoyImage = f.libraryImage, f.envoyImage
	if s.Workload = f.workload; s.Workload == "" {
		s.Workload = s.Parser
	}
	text, err := envoyconfig.Render(f.form, s)
	if err != nil {
		return nil, fmt.Errorf("--output %s: %w", f.form, err)
	}
	return text, nil
}
