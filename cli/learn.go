package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/cli/capture"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// learnFlags are what is learned from, and how far it is generalised.
type learnFlags struct {
	recordFlags
	exact          int
	limits, denied bool
	form           string
}

func newLearnCommand() *cobra.Command {
	const short = "Propose the policy that allows what is in a capture or an access log, and little else"
	f := &learnFlags{}
	cmd := &cobra.Command{
		Use:   "learn FILE --parser PARSER",
		Short: short,
		Long: describe(short, `FILE is a pcap or pcapng file, a transcript, an access log in JSON lines, or - for the standard input.

Each rule of the policy has the evidence above it: how many requests, and examples of their values. As long as requests of
a kind have at most --exact values of a field, each value has a rule of its own. Otherwise they are generalised to prefixes
that end in a separator, such as / or :, or to what they all begin with.

From an access log, what is learned are requests that were allowed, also by audit mode alone; with --denied those that were
denied as well. An access log has less than a capture: keys are cut there.

Look at the policy before you put it in force: it allows what was recorded, wanted or not. Replay it on another capture.`),
		Example: `  proxylib learn dump.pcap --parser memcache > policy.yaml && proxylib replay dump.pcap --parser memcache --policy policy.yaml
  proxylib learn /var/log/proxylib.json --parser redis --exact 3`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.register(cmd)
	f.logs = true
	flags := cmd.Flags()
	flags.IntVar(&f.exact, "exact", 5, "the number of values of a field that have a rule each, before they are generalised")
	flags.BoolVar(&f.limits, "limits", false, "limit numbers, such as the length of values, to the largest that is recorded")
	flags.BoolVar(&f.denied, "denied", false, "from an access log: learn from requests that were denied, too")
	flags.StringVar(&f.form, "form", "resources", "resources, for a policy file, or filter, for a filter_config")
	completeFlag(cmd, "form", cobra.FixedCompletions([]string{"resources", "filter"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *learnFlags) run(cmd *cobra.Command, path string) error {
	switch {
	case f.form != "resources" && f.form != "filter":
		return fmt.Errorf("--form: %q: want resources or filter", f.form)
	case f.exact < 1:
		return errors.New("--exact: want 1 or more")
	}
	l, err := f.learn(cmd, path)
	if err != nil {
		return err
	}
	proposal, err := l.propose(f.exact, f.limits)
	if err != nil {
		return err
	}
	printLines(cmd.ErrOrStderr(), l.notes())
	proposal.source = path
	return proposal.write(cmd.OutOrStdout(), f.form)
}

// learn reads what is recorded.
func (f *learnFlags) learn(cmd *cobra.Command, path string) (*learner, error) {
	rec, err := openRecord(cmd, path, &f.recordFlags)
	if err != nil {
		return nil, err
	}
	defer rec.close()
	create, err := f.newParser()
	if err != nil {
		return nil, err
	}
	l, err := newLearner(f.parser)
	if err != nil {
		return nil, err
	}
	if rec.log {
		l.fromLog = true
		return l, l.readLog(rec.in, f.denied)
	}
	snapshot, err := l.spies()
	if err != nil {
		return nil, err
	}
	r := newReplayer(f.parser, create)
	r.follows = true
	r.rules = []*rules{{snapshot: snapshot, name: learnedFor, port: 1, ingress: true}}
	r.took = l.took
	flows := openerFunc(func(flow capture.Flow) capture.Conversation {
		l.server(flow.Server)
		return r.open(flow)
	})
	l.stats, err = rec.play(flows)
	return l, errors.Join(err, l.failed)
}

// learnedFor is an address for which the policy of the spies is.
const learnedFor = "127.0.0.1"

// openerFunc is a function that is an [opener].
type openerFunc func(capture.Flow) capture.Conversation

func (f openerFunc) open(flow capture.Flow) capture.Conversation { return f(flow) }

// spies is a policy that allows everything and has the learner look at each request that it is asked about.
func (l *learner) spies() (*policy.Snapshot, error) {
	parsers := policy.RuleParsers{l.protocol.Name: func(*cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
		return []policy.L7NetworkPolicyRule{spy{l}}, nil
	}}
	return policy.Compile([]*cilium.NetworkPolicy{{
		EndpointIps: []string{learnedFor},
		IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Rules: []*cilium.PortNetworkPolicyRule{{
			L7Proto: l.protocol.Name, L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
				L7AllowRules: []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{"any": "request"}}},
			}},
		}}}},
	}}, parsers)
}

// spy is a rule that allows every request, and has the learner look at it.
type spy struct{ learner *learner }

// Matches implements [policy.L7NetworkPolicyRule].
func (s spy) Matches(l7 any) bool {
	subject, ok := l7.(proxylib.Subject)
	if !ok {
		return true
	}
	basic, _ := l7.(proxylib.Basic)
	switch o, known := s.learner.observe(subject); {
	case !known:
	case basic != nil && basic.Basic():
		// A rule for it would allow more than it needs, which is none.
	case len(o.values) == 0:
		// It is a question about the rules, not about a request.
		return false
	default:
		s.learner.add(o)
	}
	return true
}

// took counts what the parser refuses by itself.
func (l *learner) took(results []*replayed) error {
	switch r := results[0]; {
	case r.closes():
		l.closed++
	case r.denied:
		l.refused++
	}
	return nil
}

// notes report what has not been learned from.
func (l *learner) notes() (lines []string) {
	if l.refused > 0 {
		lines = append(lines, number(l.refused, "request")+" that the parser refuses whatever the policy: no rule allows them")
	}
	if l.unclear > 0 {
		lines = append(lines, number(l.unclear, "request")+" of which the log does not say enough for a rule: learn from a capture to have them allowed")
	}
	return append(lines, leftOut(l.stats, l.closed)...)
}

// maxLogLine is the length in bytes of the longest line of an access log.
const maxLogLine = 1 << 20

// readLog reads an access log.
func (l *learner) readLog(from io.Reader, denied bool) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxLogLine)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var line jsonline.Line
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if line.Type != typeRequest && (line.Type != typeDenied || !denied) {
			continue
		}
		if server, err := netip.ParseAddrPort(line.Destination); err == nil {
			if addr, err := netip.ParseAddr(line.Policy); err == nil {
				server = netip.AddrPortFrom(addr, server.Port())
			}
			l.server(server)
		}
		for _, o := range l.observeLine(&line) {
			if l.add(o); l.failed != nil {
				return l.failed
			}
		}
	}
	return lines.Err()
}

// observeLine returns the requests that a line of the log is about, as the fields that rules are about.
func (l *learner) observeLine(line *jsonline.Line) (list []*observation) {
	read := l.protocol.ReadLog
	if read == nil {
		read = l.byName
	}
	for _, fields := range read(line.Fields) {
		if o := l.completed(fields); o != nil {
			list = append(list, o)
		} else {
			l.unclear++
		}
	}
	return list
}

// byName returns the request of a log whose fields are called as those of requests, or in the plural, then with several
// values.
func (l *learner) byName(entry map[string]string) []map[int][]string {
	values := map[int][]string{}
	for _, f := range l.fields {
		names := []string{f.name}
		for _, key := range f.keys {
			names = append(names, key.Name)
		}
		for _, name := range names {
			if text := entry[name]; text != "" && values[f.number] == nil {
				values[f.number] = []string{text}
			}
		}
		if text := entry[f.name+"s"]; text != "" && values[f.number] == nil {
			values[f.number] = strings.Split(text, ", ")
		}
	}
	return []map[int][]string{values}
}

// completed makes a request of the fields that a log has, with those that follow from them. It is nil if the log does not
// say enough: a rule for it would allow more than was recorded.
func (l *learner) completed(fields map[int][]string) *observation {
	o, given := &observation{values: map[int][]proxylib.Value{}}, map[int]string{}
	for _, f := range l.fields {
		for _, text := range fields[f.number] {
			if text = strings.TrimSuffix(text, "..."); text == "" || f.atMost != nil {
				continue
			}
			if f.word != nil && !stands(f.word, text) {
				return nil
			}
			o.values[f.number] = append(o.values[f.number], proxylib.Text([]byte(text)))
			given[f.number] = text
		}
	}
	if len(given) == 0 {
		return nil
	}
	if l.protocol.Describe != nil {
		for number, text := range l.protocol.Describe(given) {
			if o.values[number] == nil {
				o.values[number] = []proxylib.Value{proxylib.Text([]byte(text))}
			}
		}
	}
	return o
}

// stands reports whether some word of a key stands for a value.
func stands(key *proxylib.RuleKey, value string) bool {
	for _, values := range key.Values {
		if slices.Contains(values, value) {
			return true
		}
	}
	return false
}

// server notes where the requests go.
func (l *learner) server(server netip.AddrPort) {
	if !slices.Contains(l.servers, server) && len(l.servers) < maxServers {
		l.servers = append(l.servers, server)
	}
}

// maxServers is the number of servers that a policy is proposed for.
const maxServers = 1000

// isLog reports whether a text that begins with these bytes is an access log.
func isLog(beginning []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(beginning, " \t\r\n"), []byte("{"))
}
