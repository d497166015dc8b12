package cnp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAliasesAndMergeKeysStandForWhatTheyName(t *testing.T) {
	const plain = `
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [{port: "1", protocol: TCP}, {port: "2", protocol: TCP}]}]
  - fromEndpoints: [{matchLabels: {app: ops, tier: one}}]
    toPorts: [{ports: [{port: "1", protocol: TCP}, {port: "2", protocol: TCP}]}]
`
	for name, text := range map[string]string{
		"aliases": `
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: &ports [{ports: [{port: "1", protocol: TCP}, {port: "2", protocol: TCP}]}]
  - fromEndpoints: [{matchLabels: {app: ops, tier: one}}]
    toPorts: *ports
`,
		"an alias as a key and a value": `
spec:
  endpointSelector: {matchLabels: {&k app: cache}}
  ingress:
  - fromEndpoints: [{matchLabels: {*k : web}}]
    toPorts: [{ports: [{port: "1", protocol: &tcp TCP}, {port: "2", protocol: *tcp}]}]
  - fromEndpoints: [{matchLabels: {app: ops, tier: one}}]
    toPorts: [{ports: [{port: "1", protocol: *tcp}, {port: "2", protocol: *tcp}]}]
`,
		"merge keys": `
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - &first
    fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [&port {port: "1", protocol: TCP}, {<<: *port, port: "2"}]}]
  - <<: *first
    fromEndpoints: [{matchLabels: {<<: [{app: ops}, {app: mars, tier: one}]}}]
`,
		"anchors beside the policy": `
x-ports: &ports {toPorts: [{ports: [{port: "1", protocol: TCP}, {port: "2", protocol: TCP}]}]}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - {<<: *ports, fromEndpoints: [{matchLabels: {app: web}}]}
  - {fromEndpoints: [{matchLabels: {app: ops, tier: one}}], <<: *ports}
`,
	} {
		want, got := decodeOne(t, head+plain), decodeOne(t, head+text)
		document := string(got.Document)
		if i := strings.Index(document, `,"x-ports"`); i > 0 {
			document = document[:i] + "}"
		}
		if document != string(want.Document) {
			t.Errorf("%s: got\n%s, want\n%s", name, document, want.Document)
		}
	}
}

func TestAliasesThatCanNotBeResolvedAreRefused(t *testing.T) {
	spec := func(ingress string) string {
		return head + "spec:\n  endpointSelector: {}\n  ingress:\n  - " + ingress
	}
	for name, c := range map[string]struct{ text, want string }{
		"no anchor":          {spec("*mars"), "unknown anchor 'mars'"},
		"itself":             {spec("&a {toPorts: [*a]}"), "line 7: alias *a stands for something that contains it"},
		"itself by merge":    {spec("&a {<<: *a}"), "line 7: alias *a stands for something that contains it"},
		"merge of a text":    {spec("<<: web"), "line 7: << wants a mapping"},
		"merge of texts":     {spec("<<: [{}, web]"), "line 7: << wants a mapping"},
		"merge twice":        {spec("<<: {}\n    <<: {}"), "line 8: << is given twice"},
		"field before merge": {spec("fromCIDR: [10.0.0.0/8]\n    <<: {fromCIDR: [0.0.0.0/0]}"), `line 8: << also brings "fromCIDR"`},
		"field twice":        {spec("<<: {fromCIDR: [10.0.0.0/8], fromCIDR: [0.0.0.0/0]}"), `"fromCIDR" is given twice`},
		"key that is a list": {spec("<<: {[a]: b}"), "a key must be a plain text"},
		"quoted merge key":   {spec(`"<<": {fromCIDR: [10.0.0.0/8]}`), "ingress[0].<<: is unknown"},
	} {
		if _, err := Decode([]byte(c.text), ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestAliasesAreBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString(head + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&text, "a%d: &a%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10))
	}
	large := head + "a: &a " + strings.Repeat("x", 1<<20) + "\nb: [" + strings.Repeat("*a, ", 20) + "]\n"
	// Each of these documents stands for a megabyte.
	documents := strings.Repeat(strings.Join(strings.SplitAfter(text.String(), "\n")[3:7], "")+"---\n", 100)
	for name, text := range map[string]string{"many": text.String(), "large": large, "documents": documents} {
		began := time.Now()
		_, err := Decode([]byte(text), "")
		if err == nil || !strings.Contains(err.Error(), "aliases stand for more than") || !strings.HasSuffix(err.Error(), "write fewer of them") {
			t.Errorf("%s: got %.300v", name, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
