package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/compile"
	"github.com/proxylib/proxylib/policyserver/rest"
)

// explainFlags are what is asked.
type explainFlags struct {
	from, to, direction, parser, request, serverName, unselected string
	port                                                         uint16
	files, fields                                                []string
	audit                                                        bool
}

func newPolicyExplainCommand(server *serverFlags) *cobra.Command {
	f := &explainFlags{}
	var output outputFlag
	cmd := &cobra.Command{
		Use:   "explain --from WHO --to WHO --port PORT [--request TEXT | --l7 FIELD=VALUE,…]",
		Short: "Tell whether a request is allowed, by which rule, and which rules come nearest when it is denied",
		Long: `Tell whether a request is allowed, by which rule, and which rules come nearest when it is denied. WHO is
an endpoint, as NAMESPACE/NAME or NAME, or an IP address.

A request is given in one of two ways. --request is what a client sends; the parser itself reads it, so that the answer
is that of a proxy. --l7 are the fields that rules are about, by the names that "proxylib parsers NAME" lists. A field
may be given several times; one without a value is not there; of one that is not given nothing is known, and the answer
tells if it is needed. A value with a comma is quoted: --l7 'command=get,"key=a,b"'.

The policies are those of the server or, with --file, those of files.

` + exitHelp,
		Example: `  proxylib policy explain --from web --to cache --port 11211 --request 'get public/x'
  proxylib policy explain --from web --to cache --port 11211 --l7 command=get,key=public/x`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			content, settings, err := f.policies(cmd, server)
			if err != nil {
				return err
			}
			result, err := compile.Offline(content, settings, policy.Registered())
			if err != nil {
				return refused(err)
			}
			answer, err := f.explain(content, result)
			if err != nil {
				return err
			}
			if err := output.print(cmd.OutOrStdout(), answer, "", answer.rows); err != nil {
				return err
			}
			if answer.Verdict == verdictDenied {
				cmd.SilenceErrors = true
				return &exitError{exitDenied, errors.New("denied")}
			}
			return nil
		},
	}
	output.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "who asks")
	flags.StringVar(&f.to, "to", "", "who is asked")
	flags.Uint16Var(&f.port, "port", 0, "the destination port")
	flags.StringVar(&f.direction, "direction", "",
		"whose policy: ingress for that of --to, egress for that of --from; ingress unless --to is no endpoint")
	flags.StringVar(&f.parser, "parser", "", "the parser that reads the request; that of the rules unless given")
	flags.StringVar(&f.request, "request", "",
		`the request as a client sends it, with escapes such as \r\n; the end of a line is added where there is none`)
	flags.StringSliceVar(&f.fields, "l7", nil, "the fields of the request, in place of --request")
	cmd.MarkFlagsMutuallyExclusive("request", "l7")
	flags.StringVar(&f.serverName, "server-name", "", "the server name of the TLS handshake")
	flags.StringArrayVar(&f.files, "file", nil, "file with policies and endpoints, in place of the server's")
	flags.StringVar(&f.unselected, "default", "deny", "with --file: what holds where no policy selects an endpoint")
	flags.BoolVar(&f.audit, "audit", false, "with --file: as in a server that audits")
	for _, name := range []string{"from", "to", "port"} {
		// It fails for a flag that there is not.
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

// policies reads what is in force, from files or from the server.
func (f *explainFlags) policies(cmd *cobra.Command, server *serverFlags) (*cnp.Content, compile.Settings, error) {
	allow, err := allowUnselected(f.unselected)
	settings := compile.Settings{AllowUnselected: allow, Audit: f.audit}
	if err != nil {
		return nil, settings, err
	}
	if len(f.files) > 0 {
		content, err := readDocuments(cmd, f.files)
		return content, settings, err
	}
	client, err := server.client()
	if err != nil {
		return nil, settings, err
	}
	status, content := policyserver.Status{}, &cnp.Content{}
	if err := client.call(cmd.Context(), "GET", "/v1/status", nil, &status); err != nil {
		return nil, settings, err
	}
	settings = compile.Settings{AllowUnselected: status.Default == "allow", Audit: status.Audit}
	for _, path := range []string{"/v1/policies", "/v1/endpoints"} {
		items := rest.List[rest.Item]{}
		if err := client.call(cmd.Context(), "GET", path, nil, &items); err != nil {
			return nil, settings, err
		}
		documents := []json.RawMessage{}
		for _, item := range items.Items {
			documents = append(documents, item.Document)
		}
		text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": documents})
		if err != nil {
			return nil, settings, err
		}
		part, err := cnp.Decode(text, "")
		if err != nil {
			return nil, settings, fmt.Errorf("the server's %s can not be read by this build: %w", path, err)
		}
		content.Policies = append(content.Policies, part.Policies...)
		content.Endpoints = append(content.Endpoints, part.Endpoints...)
	}
	return content, settings, nil
}

// party is one side of a question.
type party struct {
	// endpoint is the key of an endpoint; empty for an address that is of none.
	endpoint string
	addr     netip.Addr
}

func (p party) String() string {
	if p.endpoint == "" {
		return p.addr.String()
	}
	return p.endpoint + " (" + p.addr.String() + ")"
}

// find finds who is meant.
func find(content *cnp.Content, who string) (party, error) {
	addr, err := netip.ParseAddr(who)
	for _, e := range content.Endpoints {
		named := e.Key() == who || e.Key() == cnp.DefaultNamespace+"/"+who
		if named || err == nil && slices.Contains(e.Addresses, addr.Unmap()) {
			if err != nil {
				addr = e.Addresses[0]
			}
			return party{e.Key(), addr.Unmap()}, nil
		}
	}
	if err != nil {
		return party{}, fmt.Errorf("%q is no endpoint that is known, and no IP address", who)
	}
	return party{addr: addr.Unmap()}, nil
}

// explain answers the question.
func (f *explainFlags) explain(content *cnp.Content, result *compile.Result) (*answer, error) {
	from, err := find(content, f.from)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	to, err := find(content, f.to)
	if err != nil {
		return nil, fmt.Errorf("--to: %w", err)
	}
	if f.port == 0 {
		return nil, errors.New("--port: 0 is no port")
	}
	q := &question{
		from: from, to: to, port: f.port, parser: f.parser, serverName: f.serverName, fields: f.fields,
		ingress: f.direction == "ingress" || f.direction == "" && to.endpoint != "",
	}
	switch {
	case f.direction != "" && f.direction != "ingress" && f.direction != "egress":
		return nil, fmt.Errorf("--direction %q: want ingress or egress", f.direction)
	case q.self().endpoint == "":
		return nil, fmt.Errorf("%s is no endpoint that is known, so it has no policy", q.self())
	}
	if f.request != "" {
		q.request = requestBytes(f.request)
	}
	return q.answer(result)
}

// requestBytes are the bytes that a request stands for.
func requestBytes(text string) []byte {
	replaced := unescape(text)
	if !strings.HasSuffix(replaced, "\n") {
		replaced += "\r\n"
	}
	return []byte(replaced)
}

// unescape replaces escapes such as \n.
func unescape(text string) string {
	return strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\t`, "\t", `\0`, "\x00", `\\`, `\`).Replace(text)
}
