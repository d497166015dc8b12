package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// recordFlags say which recorded connections are read, and by which parser.
type recordFlags struct {
	parser, config string
	port           uint16
	// logs: access logs are read as well.
	logs bool
}

func (f *recordFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.parser, "parser", "", "the parser that reads the connections; a transcript names its own")
	flags.StringVar(&f.config, "parser-config", "", "the configuration of the parser, a JSON object")
	flags.Uint16Var(&f.port, "port", 0, "read connections to this port; needed if the capture has several")
	completeFlag(cmd, "parser", completeParsers)
}

// newParser returns what makes parsers for recorded connections.
func (f *recordFlags) newParser() (func(*proxylib.Connection) proxylib.Parser, error) {
	switch {
	case f.parser == "":
		return nil, errors.New("--parser: which parser reads the connections?")
	case proxylib.Registered(f.parser) == nil:
		return nil, fmt.Errorf("--parser: parser %q is not in this build, which has %s", f.parser,
			strings.Join(proxylib.ParserNames(), ", "))
	}
	if err := proxylib.Registered(f.parser).CheckPauses(); err != nil {
		return nil, fmt.Errorf("--parser: %w", err)
	}
	create, err := host.Configured(f.parser, []byte(f.config))
	if err != nil {
		return nil, fmt.Errorf("--parser-config: %w", err)
	}
	return create, nil
}

// replayFlags are what is replayed, and under which policy.
type replayFlags struct {
	recordFlags
	policy, hosts []string
	diff          string
	lookup        lookupFlags
}

func newReplayCommand() *cobra.Command {
	const short = "Report which requests of a capture or a transcript a policy allows"
	f := &replayFlags{}
	var output outputFlag
	cmd := &cobra.Command{
		Use:   "replay CAPTURE --parser PARSER {--policy FILE… | --diff OLD NEW}",
		Short: short,
		Long: describe(short, `CAPTURE is a pcap or pcapng file, a transcript as the tests of parsers have them, or - for the standard input. Its
connections go through the parser, under the policy, as they would in a proxy. Each request is printed with the verdict,
the fields that the parser found, and the rule that decided or the reason; with -o json in the form of the access log.

A request that is denied goes on to the server all the same, as in audit mode, for the capture has the reply to it. What a
parser asks the server by itself has no reply in a capture: for memcache a server without a login is taken for granted.

With --diff, what is printed are the requests whose verdict differs between two policies.

A policy that is for one address, or one port, is that of all connections. Otherwise it is looked up by the address and the
port of the server, or by --policy-name and --policy-port.

Connections that begin before the capture, and the rest of those of which bytes are missing, are left out and counted.`,
			"The exit code is 4 if a request is denied or, with --diff, if a verdict changes."),
		Example: `  proxylib replay dump.pcap --parser memcache --policy policy.yaml
  proxylib replay dump.pcap --parser memcache --diff policy.yaml new.yaml
  tcpdump -i lo -s 0 -w - port 11211 | proxylib replay - --parser memcache --port 11211 --policy policy.yaml`,
		Args: f.arguments,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, output, args) },
	}
	output.register(cmd)
	f.recordFlags.register(cmd)
	f.lookup.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.policy, "policy", nil, "file or directory with the policy: resources, documents, or filter_config")
	flags.StringVar(&f.diff, "diff", "", "the old policy; the new one is the last argument")
	flags.StringArrayVar(&f.hosts, "hosts", nil, "with resources: file with those that bind addresses to identities")
	cmd.MarkFlagsMutuallyExclusive("policy", "diff")
	return cmd
}

// arguments checks the arguments: the capture and, with --diff, the new policy.
func (f *replayFlags) arguments(_ *cobra.Command, args []string) error {
	switch {
	case f.diff != "" && len(args) != 2:
		return errors.New("--diff: want the capture, the old policy and the new one: replay CAPTURE --diff OLD NEW")
	case f.diff == "" && len(args) != 1:
		return errors.New("want one capture, or - for the standard input")
	case f.diff == "" && len(f.policy) == 0:
		return errors.New("--policy: under which policy? use --policy FILE or --diff OLD NEW")
	}
	return nil
}

func (f *replayFlags) run(cmd *cobra.Command, output outputFlag, args []string) error {
	rec, err := openRecord(cmd, args[0], &f.recordFlags)
	if err != nil {
		return err
	}
	defer rec.close()
	create, err := f.newParser()
	if err != nil {
		return err
	}
	files := [][]string{f.policy}
	if f.diff != "" {
		files = [][]string{{f.diff}, {args[1]}}
	}
	r := newReplayer(f.parser, create)
	for _, paths := range files {
		rules, err := f.readRules(cmd, paths)
		if err != nil {
			return err
		}
		r.rules = append(r.rules, rules)
	}
	printer := &replayPrinter{out: cmd.OutOrStdout(), output: output, diff: f.diff != ""}
	r.took = printer.take
	stats, err := rec.play(r)
	if err = errors.Join(err, r.failed); err != nil {
		return err
	}
	r.summarize(cmd.ErrOrStderr(), stats)
	return printer.result(&r.counts)
}

// summarize reports what has been replayed and what has been left out.
func (r *replayer) summarize(out io.Writer, s recordStats) {
	n := &r.counts
	lines := []string{fmt.Sprintf("%s, %s: %d allowed, %d denied", number(s.Connections, "connection"), number(n.allowed+n.denied, "request"),
		n.allowed, n.denied)}
	lines = append(lines, leftOut(s, n.closed)...)
	if len(r.strangers) > 0 {
		lines = append(lines, fmt.Sprintf("no policy is for %s: --policy-name names another address",
			strings.Join(slices.Sorted(maps.Keys(r.strangers)), ", ")))
	}
	printLines(out, lines)
}

// leftOut reports what has been left out of a capture.
func leftOut(s recordStats, closed uint64) (lines []string) {
	for _, left := range []struct {
		n    uint64
		what string
	}{
		{closed, "connection|closed by the parser; what comes after is left out"},
		{s.Broken, "connection|left out from where bytes are missing in the capture"},
		{s.InMidstream, "connection|left out, as the capture does not have the beginning"},
		{s.Refused, "connection|left out, as too many are open at once"},
		{s.Fragments, "packet|left out, as IP fragments are not put together"},
	} {
		if left.n > 0 {
			noun, why, _ := strings.Cut(left.what, "|")
			lines = append(lines, number(left.n, noun)+" "+why)
		}
	}
	if s.Cut {
		lines = append(lines, "the capture ends in the middle of a packet")
	}
	return lines
}

// number writes a number of things.
func number(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
