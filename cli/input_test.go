package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const cacheResources = `resources:
- endpoint_ips: [10.0.0.1]
  ingress_per_port_policies:
  - port: 11211
    rules:
    - {name: public, remote_policies: [7], l7_proto: memcache, l7_rules: {l7_allow_rules: [{rule: {command: get, keyPrefix: public/}}]}}
    - {name: ours, remote_policies: [8], l7_proto: memcache, allow: all}
`

// directory makes a directory with files of the given names and texts.
func directory(t *testing.T, namesAndTexts ...string) string {
	t.Helper()
	folder := t.TempDir()
	for i := 0; i < len(namesAndTexts); i += 2 {
		path := filepath.Join(folder, namesAndTexts[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(namesAndTexts[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestFilesDirectoriesAndTheStandardInputAreRead(t *testing.T) {
	folder := directory(t, "p.yaml", cachePolicy, "e.yml", cacheEndpoints, "notes.txt", "no policy", ".hidden.yaml", "no policy",
		"below/more.yaml", "no policy")
	const valid = "1 policies and 2 endpoints are valid"
	expectRun(t, 0, []string{valid}, "policy", "validate", folder)
	expectRun(t, 0, []string{valid}, "policy", "validate", "-f", filepath.Join(folder, "p.yaml"), filepath.Join(folder, "e.yml"))
	expectRun(t, 2, []string{"holds no file whose name ends in .yaml, .yml, .json"}, "policy", "validate", t.TempDir())
	for _, command := range []string{"validate", "import", "convert"} {
		expectRun(t, 1, []string{"want a file, a directory, or -"}, "policy", command)
	}
	var out bytes.Buffer
	cmd := newCommand()
	cmd.SetIn(strings.NewReader(cachePolicy + cacheEndpoints))
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"policy", "validate", "-"})
	if err := cmd.Execute(); err != nil || !strings.Contains(out.String(), valid) {
		t.Errorf("got %v, %s", err, out.String())
	}
}

func TestResourcesAreValidated(t *testing.T) {
	resources := file(t, "policy.yaml", cacheResources)
	expectRun(t, 0, []string{"1 resources are valid"}, "policy", "validate", resources)
	expectRun(t, 0, []string{"1 policies and 2 endpoints, and 1 resources are valid"},
		"policy", "validate", resources, file(t, "all.yaml", cachePolicy+cacheEndpoints))
	expectRun(t, 2, []string{"bad.yaml: line 2: ", "key keyPrefx: is unknown"}, "policy", "validate",
		file(t, "bad.yaml", strings.Replace(cacheResources, "keyPrefix", "keyPrefx", 1)))
	expectRun(t, 2, []string{"10.0.0.1 is given twice"}, "policy", "validate", resources, resources)
	expectRun(t, 2, []string{"make policies of them with proxylib policy convert"}, "policy", "import", resources)
}

func TestWarningsNameTheFile(t *testing.T) {
	wrong := file(t, "wrong.yaml", strings.ReplaceAll(cacheResources, "memcache", "memcached"))
	expectRun(t, 0, []string{`wrong.yaml: warning: l7_proto: this build has no parser "memcached"`, "did you mean memcache?", "1 resources are valid"},
		"policy", "validate", wrong)
	bare := strings.Replace(cachePolicy, "{command: get, keyPrefix: public/}", "{command: }", 1)
	server := "--server=" + startServer(t)
	for _, command := range [][]string{{"validate"}, {"import", server}, {"convert"}, {"convert", "--to", "npds"}} {
		args := append([]string{"policy"}, command...)
		path := file(t, "bare.yaml", bare+"summary: text\n")
		expectRun(t, 0, []string{
			"bare.yaml: warning: line 10: spec.ingress[0].toPorts[0].rules.l7[0]: command has no value, which allows any request",
			"bare.yaml: warning: line 14: summary: is unknown and has no effect",
		}, append(args, path)...)
		if command[0] == "convert" && len(command) == 1 {
			out := expectRun(t, 0, []string{"- {}"}, append(args, path)...)
			if strings.Contains(out, "summary: text") || strings.Contains(out, "command: null") {
				t.Errorf("got %s", out)
			}
			continue
		}
		path = file(t, "bare.yaml", strings.Replace(bare, "command:", "comand:", 1))
		expectRun(t, 2, []string{"bare.yaml: line 9: spec.ingress[0].toPorts[0]: l7_allow_rules: memcache rule 0: key comand: is unknown"},
			append(args, path)...)
	}
}

func TestAllThatIsWrongIsReportedAtOnce(t *testing.T) {
	out := expectRun(t, 2, nil, "policy", "validate", file(t, "mixed.yaml", mixedPolicy))
	for _, want := range []string{
		"line 8: spec.ingress[0].toPorts[1].rules.http[0].path: error parsing regexp", "line 10: spec.ingress[1].toPorts[0]: l7_allow_rules: memcache rule 0: key comand",
		"line 12: spec.egress[0].toPorts[0].rules.dns: is refused", "line 13: spec.egress[1].toFQDNs: is refused",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
}

func TestWhatIsPrintedOfAMistakeIsBounded(t *testing.T) {
	rules := strings.Repeat("{toPorts: [{ports: [{port: \"1\"}], rules: {l7proto: x, l7: [{a: 1}]}}]}, ", 5000)
	many := "[{endpointSelector: {}, ingress: [" + rules + "]}]"
	long := "{apiVersion: v1, kind: \"\\e[2J" + strings.Repeat("x", 1<<20) + "\"}"
	for name, text := range map[string]string{"many.yaml": many, "long.yaml": long} {
		out := expectRun(t, 2, []string{name + ": "}, "policy", "validate", file(t, name, text))
		if len(out) > 200<<10 || strings.Contains(out, "\x1b") {
			t.Errorf("%s: %d bytes are printed", name, len(out))
		}
	}
	var out bytes.Buffer
	printLines(&out, []string{"a\x1b[2Jb\rc", strings.Repeat("é", 1<<20)})
	if !strings.HasPrefix(out.String(), "a\ufffd[2Jb\ufffdc\n") || out.Len() > 5000 {
		t.Errorf("got %d bytes: %.100q", out.Len(), out.String())
	}
}

// mixedPolicy has rules for several parties.
const mixedPolicy = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: mixed}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - toPorts: [{ports: [{port: "11211"}], rules: {l7proto: memcache, l7: [{command: get}]}},
      {ports: [{port: "80"}], rules: {http: [{path: "/("}]}}]
  - toPorts:
    - {ports: [{port: "11211"}], rules: {l7proto: memcache, l7: [{comand: get}]}}
  egress:
  - toPorts: [{ports: [{port: "53"}], rules: {dns: [{}]}}]
  - toFQDNs: [{matchName: example.org}]
`

func TestConvertTakesThePartForSomeParsers(t *testing.T) {
	mixed := strings.Replace(mixedPolicy, "comand", "command", 1)
	path := file(t, "mixed.yaml", mixed)
	out := expectRun(t, 0, []string{
		"mixed.yaml: line 8: spec.ingress[0].toPorts[1]: is left out: rules.http[0].path: error parsing regexp",
		"mixed.yaml: line 12: spec.egress[0].toPorts[0]: is left out: rules.dns: is refused",
		"mixed.yaml: line 13: spec.egress[1]: is left out: toFQDNs: is refused",
		"l7proto: memcache",
	}, "policy", "convert", "--only", "memcache,cassandra", path)
	if strings.Contains(out, "http: [") || strings.Contains(out, "matchName") {
		t.Errorf("what is left out is in %s", out)
	}
	expectRun(t, 0, []string{"l7Proto: memcache"}, "policy", "convert", "--only=memcache", "--to=npds",
		directory(t, "a.yaml", mixed, "b.yaml", cacheEndpoints))
	expectRun(t, 2, []string{"nothing in the input is for cassandra"}, "policy", "convert", "--only=cassandra", path)
	expectRun(t, 1, []string{`no parser in this build is named "memcached"; did you mean memcache?`},
		"policy", "convert", "--only=memcached", path)
	expectRun(t, 1, []string{"is for policies, not for resources"}, "policy", "convert", "--only=memcache", file(t, "r.yaml", cacheResources))
}

func TestConvertSeesWhatTheInputIs(t *testing.T) {
	resources, policies := file(t, "r.yaml", strings.NewReplacer(", remote_policies: [7]", "", ", remote_policies: [8]", "").Replace(cacheResources)),
		file(t, "all.yaml", cachePolicy+cacheEndpoints)
	expectRun(t, 0, []string{"kind: List", "keyPrefix: public/"}, "policy", "convert", resources)
	expectRun(t, 1, []string{"some files hold policies and some resources"}, "policy", "convert", resources, policies)
}
