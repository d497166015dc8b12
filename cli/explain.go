package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policyserver/rest"
)

// explainFlags are what is asked.
type explainFlags struct {
	from, to, direction, parser, request, keyspace, serverName, unselected, http string
	port                                                                         uint16
	hosts, fields                                                                []string
	files                                                                        filesFlag
	audit                                                                        bool
}

func newPolicyExplainCommand(server *serverFlags) *cobra.Command {
	const short = "Report whether a request is allowed, by which rules, and the nearest rules if it is denied"
	f := &explainFlags{}
	var output outputFlag
	cmd := &cobra.Command{
		Use:   "explain --from WHO --to WHO --port PORT [--request TEXT | --l7 FIELD=VALUE,…]",
		Short: short,
		Long: describe(short, `Both sides decide: the egress policy of --from, and the ingress policy of --to. A request is allowed if both allow
it. A proxy before --to is assumed; one before --from only where a policy has rules for the egress of --from.

WHO is an endpoint, as NAMESPACE/NAME or NAME, an IP address, or the number of an identity.

A request is given in one of two ways. --request is what a client sends; the parser itself reads it, so that the result
is that of a proxy. For cassandra it is a CQL statement. --l7 are the fields that rules are about, by the names that
"proxylib parsers NAME" lists. A field may be given several times; one without a value is absent; one that is not given
is unknown, and the result says if it is needed. A value with a comma is quoted: --l7 'command=get,"key=a,b"'.

The policies are those of the server or, with --file, those of files. These may also hold resources for proxies, and
--hosts names files with those that bind addresses to identities.`),
		Example: `  proxylib policy explain --from web --to cache --port 11211 --request 'get public/x'
  proxylib policy explain --from web --to cache --port 11211 --l7 command=get,key=public/x
  proxylib policy explain --from web --to db --port 9042 --request 'SELECT * FROM orders' --keyspace shop
  proxylib policy explain --from web --to store --port 6379 --request 'GET public/a'
  proxylib policy explain --from web --to shop --port 80 --http 'GET /public/x host=shop.example'
  proxylib policy explain -f policy.yaml --from 10.0.0.2 --to 10.0.0.1 --port 11211 --request 'get public/x'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := f.world(cmd, server)
			if err != nil {
				return err
			}
			e, err := f.explain(w)
			if err != nil {
				return err
			}
			if err := output.print(cmd.OutOrStdout(), e, "", e.rows); err != nil {
				return err
			}
			return e.exit()
		},
	}
	output.register(cmd)
	f.register(cmd)
	for _, name := range []string{"from", "to", "port"} {
		// It fails for a flag that there is not.
		_ = cmd.MarkFlagRequired(name)
	}
	completeFlag(cmd, "from", server.completeKeys("endpoints", 0))
	completeFlag(cmd, "to", server.completeKeys("endpoints", 0))
	completeFlag(cmd, "parser", completeParsers)
	completeFlag(cmd, "direction",
		cobra.FixedCompletions([]string{"ingress", "egress"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *explainFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "who asks")
	flags.StringVar(&f.to, "to", "", "who is asked")
	flags.Uint16Var(&f.port, "port", 0, "the destination port")
	flags.StringVar(&f.direction, "direction", "", "ask one side alone: ingress, that of --to, or egress, that of --from")
	flags.StringVar(&f.parser, "parser", "", "the parser that reads the request; that of the rules unless given")
	flags.StringVar(&f.request, "request", "",
		`the request as a client sends it, with escapes such as \r\n and \x80; the end of a line is added where there is none`)
	flags.StringVar(&f.keyspace, "keyspace", "", "with --request for cassandra: the keyspace of names that have none")
	flags.StringSliceVar(&f.fields, "l7", nil, "the fields of the request, in place of --request")
	flags.StringVar(&f.http, "http", "", "a request of HTTP, as 'GET /path host=NAME HEADER=VALUE'; in place of --request")
	cmd.MarkFlagsMutuallyExclusive("request", "l7", "http")
	flags.StringVar(&f.serverName, "server-name", "", "the server name of the TLS handshake")
	f.files.register(cmd, "file or directory with policies and endpoints, or with resources, in place of the server's")
	flags.StringArrayVar(&f.hosts, "hosts", nil, "with resources: file with those that bind addresses to identities")
	flags.StringVar(&f.unselected, "default", "deny", "with --file: what holds where no policy selects an endpoint")
	flags.BoolVar(&f.audit, "audit", false, "with --file: as in a server that audits")
}

// explain decides the question.
func (f *explainFlags) explain(w *world) (*explanation, error) {
	from, err := w.find(f.from)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	to, err := w.find(f.to)
	if err != nil {
		return nil, fmt.Errorf("--to: %w", err)
	}
	if f.keyspace != "" && f.request == "" {
		return nil, errors.New("--keyspace: belongs to --request")
	}
	if f.port == 0 {
		return nil, errors.New("--port: 0 is not a port")
	}
	q := question{
		world: w, from: from, to: to, port: f.port, parser: f.parser, serverName: f.serverName, fields: f.fields,
		request: f.request, keyspace: f.keyspace,
	}
	if f.http != "" {
		if q.http, err = parseHTTP(f.http); err != nil {
			return nil, fmt.Errorf("--http: %w", err)
		}
	}
	sides, err := q.sides(f.direction)
	if err != nil {
		return nil, err
	}
	e := &explanation{From: from.String(), To: to.String(), Port: f.port}
	for _, side := range sides {
		a, err := side.answer()
		if err != nil {
			return nil, err
		}
		e.Sides = append(e.Sides, a)
	}
	e.conclude()
	return e, nil
}

// explainDocuments decides a question that a policy server was asked.
func explainDocuments(_ context.Context, content *cnp.Content, settings compile.Settings, q rest.Question) (any, error) {
	w := &world{settings: settings}
	if err := w.ofDocuments(content); err != nil {
		return nil, err
	}
	f := &explainFlags{
		from: q.From, to: q.To, port: q.Port, direction: q.Direction, parser: q.Parser, request: q.Request, keyspace: q.Keyspace,
		fields: q.L7, http: q.HTTP, serverName: q.ServerName,
	}
	return f.explain(w)
}

// escapes are the escapes of requests and fields.
var escapes = regexp.MustCompile(`\\(x[0-9a-fA-F]{2}|[rnt0\\])`)

// unescape replaces escapes such as \n and \x0d.
func unescape(text string) string {
	return escapes.ReplaceAllStringFunc(text, func(escape string) string {
		if escape[1] == 'x' {
			// The expression has matched two hexadecimal digits.
			n, _ := strconv.ParseUint(escape[2:], 16, 8)
			return string([]byte{byte(n)})
		}
		return map[byte]string{'r': "\r", 'n': "\n", 't': "\t", '0': "\x00", '\\': `\`}[escape[1]]
	})
}
