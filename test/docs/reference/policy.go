package reference

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

func (s source) policyPage() (string, error) {
	var b strings.Builder
	heading(&b, "Reference of policies", "What a policy may say; [policy.md](policy.md) explains how it is read.")
	err := errors.Join(s.ruleKeys(&b), s.matchers(&b), s.resources(&b), s.documents(&b), s.refusedFields(&b))
	return b.String(), err
}

// matchNames are the constants of the ways to compare, by the values of them.
var matchNames = map[proxylib.Match]string{
	proxylib.Exact: "Exact", proxylib.Prefix: "Prefix", proxylib.Regexp: "Regexp", proxylib.AtMost: "AtMost", proxylib.Custom: "Custom",
}

func matcherOf(k *proxylib.RuleKey) string {
	name := matchNames[k.Match]
	if name == "" {
		name = "own"
	}
	if k.MaxLen > 0 {
		name = fmt.Sprintf("%s, at most %d bytes", name, k.MaxLen)
	}
	return name
}

// ruleKeys writes how the keys of each parser are compared, and the keys that all parsers can have.
func (s source) ruleKeys(b *strings.Builder) error {
	b.WriteString("\n## Rule keys\n\nWhen a request matches, and which values a key knows, is in [parsers.md](parsers.md). Values of each key are compared so:\n\n")
	var rows [][]string
	framework := map[string]*proxylib.RuleKey{}
	var order []string
	for _, name := range proxylib.ParserNames() {
		p := proxylib.Registered(name)
		for i := range p.RuleKeys {
			k := &p.RuleKeys[i]
			switch {
			case k.Implied:
			case k.Field < 0:
				if framework[k.Name] == nil {
					order = append(order, k.Name)
				}
				framework[k.Name] = k
			default:
				rows = append(rows, []string{name, code(k.Name), matcherOf(k)})
			}
		}
	}
	if len(order) == 0 {
		return errors.New("no parser has keys of the framework")
	}
	table(b, []string{"parser", "key", "compared"}, rows)
	b.WriteString("\n### Keys of the framework\n\n`access` is a key of every parser that says what reads and what writes, the others are of parsers with a login.\n\n")
	rows = nil
	for _, name := range order {
		rows = append(rows, []string{code(name), matcherOf(framework[name]), cell(framework[name].Doc)})
	}
	table(b, []string{"key", "compared", "a request matches when"}, rows)
	return nil
}

// matchers writes what the ways to compare mean, from the comments of their constants.
func (s source) matchers(b *strings.Builder) error {
	lib, err := s.open("proxylib")
	if err != nil {
		return err
	}
	meanings := map[string]string{}
	lib.each(func(n ast.Node) {
		if spec, is := n.(*ast.ValueSpec); is && spec.Doc != nil {
			meanings[spec.Names[0].Name] = strings.TrimPrefix(sentence(spec.Doc.Text()), spec.Names[0].Name+" ")
		}
	})
	b.WriteString("\n### How values are compared\n\n")
	var rows [][]string
	for m := proxylib.Exact; m <= proxylib.Custom; m++ {
		meaning := meanings[matchNames[m]]
		if meaning == "" {
			return fmt.Errorf("proxylib: no comment says what %s means", matchNames[m])
		}
		rows = append(rows, []string{matchNames[m], prose(meaning)})
	}
	table(b, []string{"matcher", "a key"}, rows)
	return nil
}

// resources writes the messages of NPDS and NPHDS.
func (s source) resources(b *strings.Builder) error {
	npds, err := s.proto("api/cilium/npds.proto")
	if err != nil {
		return err
	}
	nphds, err := s.proto("api/cilium/nphds.proto")
	if err != nil {
		return err
	}
	b.WriteString("\n## Resources\n\nOf package `cilium`, in [api/cilium](../api/cilium), and under `resources:` of a policy file in protobuf's JSON form. " +
		"In a file, `allow: all` stands [for what is empty here](policy.md#what-allows-everything-is-written-out).\n")
	return errors.Join(
		npds.write(b, "NetworkPolicy", "PortNetworkPolicy", "PortNetworkPolicyRule", "L7NetworkPolicyRules", "L7NetworkPolicyRule",
			"KafkaNetworkPolicyRules", "KafkaNetworkPolicyRule"),
		nphds.write(b, "NetworkPolicyHosts"))
}

// place is where fields of documents are decoded, and what holds them.
type place struct{ function, title string }

// places are the functions that decode documents, in the order of the page.
var places = []place{
	{"document", "A list of documents"}, {"policy", "A policy"}, {"endpoint", "An Endpoint"}, {"metadata.decode", "`metadata`"},
	{"rule", "`spec`, and each entry of `specs`"}, {"clause", "An entry of `ingress`, `egress`, `ingressDeny` and `egressDeny`"},
	{"peerCIDRSet", "An entry of `fromCIDRSet` and `toCIDRSet`"}, {"decodeSelector", "A selector"},
	{"decodePortRule", "An entry of `toPorts`"}, {"decodePort", "An entry of `ports`"}, {"decodeL7", "`rules`"},
	{"decodeKafkaRule", "An entry of `kafka`"}, {"decodeHTTPRule", "An entry of `http`"},
	{"decodeHeaderMatch", "An entry of `headerMatches`"},
}

// documents writes the fields of documents: the keys of the literals of type fields in package cnp, with their comments.
func (s source) documents(b *strings.Builder) error {
	cnp, err := s.open("policy/cnp")
	if err != nil {
		return err
	}
	b.WriteString("\n## Documents\n\n`CiliumNetworkPolicy` and `CiliumClusterwideNetworkPolicy` of `cilium.io/v2`, and `Endpoint` of `proxylib/v1`.\n")
	rows := map[string][][]string{}
	cnp.each(func(n ast.Node) {
		f, is := n.(*ast.FuncDecl)
		if !is {
			return
		}
		name := f.Name.Name
		if name == "decode" {
			name = "metadata.decode"
		}
		ast.Inspect(f, func(n ast.Node) bool {
			found, wrong := cnp.fields(n)
			rows[name] = append(rows[name], found...)
			err = errors.Join(err, wrong)
			return true
		})
	})
	for _, p := range places {
		if len(rows[p.function]) == 0 {
			return fmt.Errorf("policy/cnp: %s decodes no fields", p.function)
		}
		fmt.Fprintf(b, "\n### %s\n\n", p.title)
		table(b, []string{"field", "meaning"}, rows[p.function])
	}
	for name := range rows {
		if len(rows[name]) > 0 && !slices.ContainsFunc(places, func(p place) bool { return p.function == name }) {
			err = errors.Join(err, fmt.Errorf("policy/cnp: the reference does not know where the fields of %s belong", name))
		}
	}
	return err
}

// fields returns the fields that a literal of type fields has, or an assignment adds to one.
func (f *folder) fields(n ast.Node) (rows [][]string, err error) {
	var keys []ast.Expr
	switch n := n.(type) {
	case *ast.CompositeLit:
		if id, is := n.Type.(*ast.Ident); is && id.Name == "fields" {
			for _, item := range n.Elts {
				keys = append(keys, item.(*ast.KeyValueExpr).Key)
			}
		}
	case *ast.AssignStmt:
		if index, is := n.Lhs[0].(*ast.IndexExpr); is {
			if id, is := index.X.(*ast.Ident); is && id.Name == "known" {
				keys = append(keys, index.Index)
			}
		}
	}
	for _, key := range keys {
		name, meaning := fieldName(key), f.commentAt(key)
		if meaning == "" {
			err = errors.Join(err, fmt.Errorf("policy/cnp: no comment says what the field %s means", name))
		}
		rows = append(rows, []string{name, prose(meaning)})
	}
	return rows, err
}

// fieldName is the name of a field, or those of both directions.
func fieldName(key ast.Expr) string {
	if name, is := textOf(key); is {
		return code(name)
	}
	if joined, is := key.(*ast.BinaryExpr); is {
		name, _ := textOf(joined.Y)
		return code("from"+name) + ", " + code("to"+name)
	}
	return ""
}

// refusedFields writes the fields of Cilium's documents that are refused.
func (s source) refusedFields(b *strings.Builder) error {
	cnp, err := s.open("policy/cnp")
	if err != nil {
		return err
	}
	var rows [][]string
	cnp.each(func(n ast.Node) {
		spec, is := n.(*ast.ValueSpec)
		if !is || spec.Names[0].Name != "refused" {
			return
		}
		for _, item := range spec.Values[0].(*ast.CompositeLit).Elts {
			pair := item.(*ast.KeyValueExpr)
			name, _ := textOf(pair.Key)
			reason, _ := textOf(pair.Value)
			rows = append(rows, []string{code(name), cell(reason)})
		}
	})
	b.WriteString("\n### Fields that are refused\n\n")
	table(b, []string{"field", "reason"}, rows)
	return nil
}
