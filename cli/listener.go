package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/cli/envoyconfig"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/proxylib"
)

// listenerFlags describe one listener with a parser before a server.
type listenerFlags struct{ parser, listen, upstream, policy string }

// defaultListen is where clients connect to, unless a flag says otherwise.
const defaultListen = "127.0.0.1:10000"

// policyHelp explains the flag --policy.
const policyHelp = `FILE holds either rules for everybody, under allow and deny, or what "proxylib policy validate" reads, which is for
the address and port of --upstream. Without it every request passes, and is logged:

    allow:
    - {command: get, keyPrefix: public/}
    deny:
    - {command: get, keyExact: public/secret}`

func (f *listenerFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.parser, "parser", "p", "", "the parser, one of those that proxylib parsers lists")
	flags.StringVarP(&f.upstream, "upstream", "u", "", "HOST:PORT of the server")
	flags.StringVarP(&f.listen, "listen", "l", defaultListen, "HOST:PORT that clients connect to")
	flags.StringVar(&f.policy, "policy", "", "FILE with the policy; see above")
	for _, name := range []string{"parser", "upstream"} {
		// It fails for a flag that there is not.
		_ = cmd.MarkFlagRequired(name)
	}
	completeFlag(cmd, "parser", completeParsers)
}

// settings checks the flags and reads the policy.
func (f *listenerFlags) settings() (s *envoyconfig.Settings, err error) {
	if proxylib.Registered(f.parser) == nil {
		return nil, fmt.Errorf("--parser: %.64q is not in this build, which has %s", f.parser, strings.Join(proxylib.ParserNames(), ", "))
	}
	s = &envoyconfig.Settings{Parser: f.parser, Policy: envoyconfig.AllowAll(), AccessLog: "stdout"}
	if s.Upstream, err = envoyconfig.ParseAddress(f.upstream, false); err != nil {
		return nil, fmt.Errorf("--upstream: %w", err)
	}
	if s.Listen, err = envoyconfig.ParseAddress(f.listen, true); err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	if !s.Listen.IsIP() {
		return nil, fmt.Errorf("--listen: %.64q is not an IP address", s.Listen.Host)
	}
	if f.policy == "" {
		return s, nil
	}
	text, err := os.ReadFile(f.policy)
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	inline, err := f.inlinePolicy(text)
	if err != nil {
		return nil, refused(placed(f.policy, err))
	}
	if inline != nil {
		s.Policy = inline
		return s, nil
	}
	return s, f.policyFile(s)
}

// inlinePolicy returns the policy of a file whose policy is for everybody, checked; nil if it is of another kind.
func (f *listenerFlags) inlinePolicy(text []byte) (*yaml.Node, error) {
	filters := filterConfigs(text)
	if root, err := cnp.NewDocuments(text).Next(); err == nil && (child(root, "allow") != nil || child(root, "deny") != nil) {
		filters = []filterConfig{{line: root.Line, parser: f.parser, policy: root}}
	}
	for i := range filters {
		if filters[i].isFor(f.parser) {
			return filters[i].policy, filters[i].check()
		}
	}
	if filters != nil {
		return nil, fmt.Errorf("holds policies for other parsers than %s", f.parser)
	}
	return nil, nil
}

// policyFile takes the policy of a file that knows addresses.
func (f *listenerFlags) policyFile(s *envoyconfig.Settings) error {
	if err := npds.CheckFile(f.policy, policy.Registered()); err != nil {
		return refused(err)
	}
	if !s.Upstream.IsIP() {
		return errors.New("--upstream: the policy is for an address: give that in place of a name, or a policy with allow and deny")
	}
	path, err := filepath.Abs(f.policy)
	if err != nil {
		return err
	}
	s.Policy, s.PolicyName, s.Port = envoyconfig.PolicyFile(path), s.Upstream.Host, s.Upstream.Port
	return nil
}
