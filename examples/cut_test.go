package examples

import (
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
)

// A policy file that is cut short anywhere, by a slow writer or a full disk, must not allow what the whole denies.
func TestAPolicyThatIsCutShortAllowsNoMoreThanTheWhole(t *testing.T) {
	examples := policyExamples(t)
	for _, needed := range []string{
		"examples/policy.yaml", "examples/manifests.yaml", "docs/policy.md:1", "docs/policy.md:2", "docs/policy.md:3", "test/chost/testdata/policy.yaml",
	} {
		if examples[needed] == "" {
			t.Errorf("%s is not among the examples %q", needed, slices.Sorted(maps.Keys(examples)))
		}
	}
	for name, text := range examples {
		t.Run(name, func(t *testing.T) {
			q := newQuestions(text)
			whole, err := q.compile(text)
			if err != nil {
				t.Fatal(err)
			}
			allowed := q.allowed(whole)
			if len(allowed) == 0 {
				t.Fatal("the whole allows nothing, so that nothing could be seen")
			}
			for n := range text {
				document, err := q.compile(text[:n])
				if err != nil {
					continue
				}
				for question := range q.allowed(document) {
					if !allowed[question] {
						t.Errorf("cut to %d bytes, after %q, it allows %s", n, text[max(0, n-20):n], question)
					}
				}
			}
		})
	}
}

var (
	fence    = regexp.MustCompile("(?ms)^```(?:yaml|json)\n(.*?)^```")
	address  = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
	numeric  = regexp.MustCompile(`\b\d{1,5}\b`)
	excluded = []string{".git", "build", "tools"}
)

// policyExamples are the policies that the repository shows or ships, by where they are: files, and blocks of guides.
func policyExamples(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(excluded, entry.Name()):
			return filepath.SkipDir
		case !slices.Contains([]string{".md", ".yaml", ".yml", ".json"}, filepath.Ext(path)):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, "../"))
		if filepath.Ext(path) != ".md" {
			addExample(found, name, string(text))
			return nil
		}
		for i, block := range fence.FindAllStringSubmatch(string(text), -1) {
			addExample(found, fmt.Sprintf("%s:%d", name, i+1), block[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// addExample adds a text if it is a policy for somebody.
func addExample(found map[string]string, name, text string) {
	document, err := npds.CompileDocument([]byte(text), policy.Registered())
	if err == nil && document.Policies.Endpoints() > 0 {
		found[name] = text
	}
}

// keys are what a rule compares requests with, and what a request has.
type keys map[string]string

// Matches implements [policy.L7NetworkPolicyRule].
func (k keys) Matches(l7 any) bool {
	request := l7.(keys)
	for key, value := range k {
		if request[key] != value {
			return false
		}
	}
	return true
}

// questions are what may be asked about a policy: every request that a rule of it describes, and those that lack a part
// of that, from and to everybody it names, on every port it names.
type questions struct {
	parsers   policy.RuleParsers
	requests  map[string]keys
	addresses []string
	numbers   []int
}

func newQuestions(text string) *questions {
	q := &questions{parsers: policy.RuleParsers{}, requests: map[string]keys{}, addresses: []string{"192.0.2.1"}}
	q.add(keys{})
	for name := range policy.Registered() {
		q.parsers[name] = q.parse
	}
	q.addresses = append(q.addresses, address.FindAllString(text, -1)...)
	for _, number := range append(numeric.FindAllString(text, -1), "1") {
		if n, err := strconv.Atoi(number); err == nil && n <= 65535 && !slices.Contains(q.numbers, n) {
			q.numbers = append(q.numbers, n)
		}
	}
	return q
}

// parse makes rules that compare all keys, and notes the requests that are worth asking.
func (q *questions) parse(r *cilium.PortNetworkPolicyRule) (rules []policy.L7NetworkPolicyRule, err error) {
	for _, entry := range r.GetL7Rules().GetL7AllowRules() {
		rule := keys(entry.GetRule())
		rules = append(rules, rule)
		q.add(rule)
		for key := range rule {
			part := maps.Clone(rule)
			delete(part, key)
			q.add(part)
		}
	}
	return rules, nil
}

func (q *questions) add(request keys) { q.requests[fmt.Sprint(map[string]string(request))] = request }

func (q *questions) compile(text string) (*npds.Document, error) {
	return npds.CompileDocument([]byte(text), q.parsers)
}

// allowed are the questions that a document allows.
func (q *questions) allowed(d *npds.Document) map[string]bool {
	allowed := map[string]bool{}
	for _, endpoint := range q.addresses {
		for _, ingress := range []bool{true, false} {
			for _, port := range q.numbers {
				rules := d.Policies.Lookup(endpoint, ingress, uint16(port))
				for who, id := range q.remotes(d) {
					for what, request := range q.requests {
						for parser := range q.parsers {
							if rules.Decide(&policy.Request{RemoteID: id, Parser: parser, L7: request}).Allowed {
								allowed[fmt.Sprintf("%s %s on port %d of %s (ingress %v) from %s", parser, what, port, endpoint, ingress, who)] = true
							}
						}
					}
				}
			}
		}
	}
	return allowed
}

// remotes are the identities of everybody: those that the document gives to addresses, and numbers that it may name.
func (q *questions) remotes(d *npds.Document) map[string]uint32 {
	remotes := map[string]uint32{}
	for _, a := range q.addresses {
		remotes[a] = d.Identities.Of(netip.MustParseAddr(a))
	}
	if len(remotes) > 0 && d.Identities.Of(netip.MustParseAddr(q.addresses[0])) == 0 {
		for _, n := range q.numbers {
			remotes["identity "+strconv.Itoa(n)] = uint32(n)
		}
	}
	return remotes
}
