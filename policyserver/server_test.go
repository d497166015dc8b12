package policyserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
	"github.com/proxylib/proxylib/policyserver/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type anything struct{}

func (anything) Matches(any) bool { return true }

// parsers know the parser "words", whose rules have the key word.
var parsers = policy.RuleParsers{
	"words": func(rule *cilium.PortNetworkPolicyRule) ([]policy.L7NetworkPolicyRule, error) {
		var rules []policy.L7NetworkPolicyRule
		for _, entry := range rule.GetL7Rules().GetL7AllowRules() {
			for key := range entry.GetRule() {
				if key != "word" {
					return nil, fmt.Errorf("key %s is unknown", key)
				}
			}
			rules = append(rules, anything{})
		}
		return rules, nil
	},
}

// config is that of a server in a directory of the test.
func config(t *testing.T) Config {
	log := logrus.New()
	log.SetOutput(t.Output())
	return Config{State: filepath.Join(t.TempDir(), "state"), Parsers: parsers, Log: log}
}

func openServer(t *testing.T, c Config) *Server {
	t.Helper()
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put makes a change of documents.
func put(s *Server, source store.Source, text string) error {
	content, err := cnp.Decode([]byte(text), "array")
	if err != nil {
		return err
	}
	_, err = s.Apply(Change{Source: source, Put: *content})
	return err
}

func endpointText(name, app, address string) string {
	return fmt.Sprintf("---\n{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: %s, labels: {app: %s}},"+
		" addresses: [%q]}\n", name, app, address)
}

func policyText(name, clause string) string {
	return fmt.Sprintf("---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: %s},"+
		" spec: {endpointSelector: {}, ingress: [%s]}}\n", name, clause)
}

// ids are the identities in use by what they stand for.
func ids(s *Server) map[string]identity.ID {
	numbers := map[string]identity.ID{}
	for _, i := range s.Result().Identities {
		if i.Prefix.IsValid() {
			numbers[i.Prefix.String()] = i.ID
		} else {
			numbers[i.Labels.String()] = i.ID
		}
	}
	return numbers
}

func TestStateSurvivesRestart(t *testing.T) {
	c := config(t)
	s := openServer(t, c)
	web := "{fromEndpoints: [{matchLabels: {app: web}}]}, {fromCIDR: [10.9.0.0/16]}"
	text := endpointText("a", "cache", "10.0.0.1") + endpointText("b", "web", "10.0.0.2") + policyText("p", web)
	if err := put(s, store.API, text); err != nil {
		t.Fatal(err)
	}
	before, resources := ids(s), fmt.Sprint(s.Result().Resources())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openServer(t, c)
	defer s.Close()
	if got := ids(s); fmt.Sprint(got) != fmt.Sprint(before) || len(got) != 5 {
		t.Errorf("got %v, want %v", got, before)
	}
	if got := fmt.Sprint(s.Result().Resources()); got != resources {
		t.Errorf("got %s, want %s", got, resources)
	}
	if status := s.Status(); status.Revision != 1 || status.Policies != 1 || status.Endpoints != 2 {
		t.Errorf("got %+v", status)
	}
	if err := put(s, store.API, endpointText("c", "new", "10.0.0.3")); err != nil {
		t.Fatal(err)
	}
	for key, id := range ids(s) {
		if old, there := before[key]; there && old != id {
			t.Errorf("%s was %d and is %d", key, old, id)
		}
	}
}

func TestRefusedChangeChangesNothing(t *testing.T) {
	s := openServer(t, config(t))
	defer s.Close()
	if err := put(s, store.API, endpointText("a", "cache", "10.0.0.1")+policyText("p", "{}")); err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(s.Result())
	for _, c := range []struct{ text, want string }{
		{policyText("good", "{}") +
			policyText("bad", `{toPorts: [{ports: [{port: "1"}], rules: {l7proto: words, l7: [{x: y}]}}]}`),
			"policy default/bad: line 4: spec.ingress[0].toPorts[0]: l7_allow_rules: key x is unknown"},
		{policyText("good", "{}") + endpointText("b", "web", "10.0.0.1"), "address 10.0.0.1 is of endpoint default/a and of"},
	} {
		err := put(s, store.API, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if refusal := s.Status().Refusals[store.API]; refusal == nil || refusal.Reason != err.Error() {
			t.Errorf("the status says %+v", refusal)
		}
	}
	if fmt.Sprint(s.Result()) != before || s.Status().Revision != 1 || len(s.PolicyDocuments()) != 1 {
		t.Error("something has changed")
	}
	if err := put(s, store.API, policyText("good", "{}")); err != nil {
		t.Fatal(err)
	}
	if refusals := s.Status().Refusals; len(refusals) != 0 {
		t.Errorf("the status says %v", refusals)
	}
}

func TestWhatIsUnchangedMakesNoRevision(t *testing.T) {
	s := openServer(t, config(t))
	defer s.Close()
	for range 2 {
		if err := put(s, store.API, endpointText("a", "cache", "10.0.0.1")+policyText("p", "{}")); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Status().Revision; got != 1 {
		t.Errorf("got revision %d", got)
	}
}

func TestDeleteTakesAwayWhatIsThere(t *testing.T) {
	s := openServer(t, config(t))
	defer s.Close()
	if err := put(s, store.API, endpointText("a", "cache", "10.0.0.1")+policyText("p", "{}")); err != nil {
		t.Fatal(err)
	}
	_, err := s.Apply(Change{Source: store.API, DeletePolicies: []string{"default/gone"}})
	if !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
	change := Change{Source: store.API, DeletePolicies: []string{"default/p"}, DeleteEndpoints: []string{"default/a"}}
	if _, err := s.Apply(change); err != nil {
		t.Fatal(err)
	}
	if status := s.Status(); status.Policies != 0 || status.Endpoints != 0 || len(s.Result().Policies) != 0 {
		t.Errorf("got %+v", status)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDirectoryIsFollowed(t *testing.T) {
	c := config(t)
	c.Directory = t.TempDir()
	policies := filepath.Join(c.Directory, "policies.yaml")
	write(t, policies, policyText("p", "{}")+policyText("q", "{}"))
	write(t, filepath.Join(c.Directory, "endpoints.json"), endpointText("a", "cache", "10.0.0.1"))
	write(t, filepath.Join(c.Directory, "notes.txt"), "nonsense")
	s := openServer(t, c)
	if status := s.Status(); status.Policies != 2 || status.Endpoints != 1 {
		t.Fatalf("got %+v", status)
	}
	if err := put(s, store.API, policyText("p", "{}, {}")); !errors.Is(err, ErrOwned) {
		t.Errorf("the API changed what belongs to the directory: %v", err)
	}
	if err := put(s, store.API, policyText("mine", "{}")); err != nil {
		t.Fatal(err)
	}

	write(t, policies, policyText("p", "{}"))
	eventually.Holds(t, "a policy goes", func() bool { return s.Status().Policies == 2 })
	write(t, policies, "nonsense")
	eventually.Holds(t, "nonsense is refused", func() bool { return s.Status().Refusals[store.Directory] != nil })
	if status := s.Status(); status.Policies != 2 {
		t.Errorf("nonsense changed something: %+v", status)
	}

	s.Close()
	s = openServer(t, c)
	if status := s.Status(); status.Policies != 2 || status.Refusals[store.Directory] == nil {
		t.Errorf("after a restart: got %+v", status)
	}
	write(t, policies, policyText("p", "{}")+policyText("r", "{}"))
	eventually.Holds(t, "the directory is used again", func() bool {
		return s.Status().Policies == 3 && len(s.Status().Refusals) == 0
	})
	s.Close()

	c.Directory = ""
	s = openServer(t, c)
	defer s.Close()
	if status := s.Status(); status.Policies != 1 || status.Endpoints != 0 {
		t.Errorf("without the directory: got %+v", status)
	}
}

func TestADirectoryThatIsReplacedIsFollowed(t *testing.T) {
	c, root := config(t), t.TempDir()
	fill := func(version string, specs ...string) {
		if err := os.Mkdir(filepath.Join(root, version), 0o700); err != nil {
			t.Fatal(err)
		}
		for i, specs := range specs {
			write(t, filepath.Join(root, version, fmt.Sprintf("%d.yaml", i)), policyText(fmt.Sprintf("p%d", i), specs))
		}
	}
	fill("v1", "{}")
	fill("v2", "{}", "{}")
	c.Directory = filepath.Join(root, "current")
	if err := os.Symlink("v1", c.Directory); err != nil {
		t.Fatal(err)
	}
	s := openServer(t, c)
	defer s.Close()
	begin := time.Now()
	if err := errors.Join(os.Symlink("v2", c.Directory+".tmp"), os.Rename(c.Directory+".tmp", c.Directory)); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "what the link leads to now", func() bool { return s.Status().Policies == 2 })
	if spent := time.Since(begin); spent > 5*time.Second {
		t.Errorf("seen after %s", spent)
	}
	if err := os.RemoveAll(filepath.Join(root, "v2")); err != nil {
		t.Fatal(err)
	}
	fill("v2", "{}", "{}", "{}")
	eventually.Holds(t, "a directory that was made again", func() bool { return s.Status().Policies == 3 })
}

func TestADirectoryThatCannotBeReadIsInLogAndStatus(t *testing.T) {
	c := config(t)
	var log logbook.Book
	c.Log = log.Logger()
	c.Directory = filepath.Join(t.TempDir(), "policies")
	if err := os.Mkdir(c.Directory, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(c.Directory, "p.yaml"), policyText("p", "{}"))
	s := openServer(t, c)
	if err := os.Rename(c.Directory, c.Directory+"~"); err != nil {
		t.Fatal(err)
	}
	unreadable := func() bool { return s.Status().Unreadable[store.Directory] != nil }
	eventually.Holds(t, "the status says that it cannot be read", unreadable)
	if status := s.Status(); status.Policies != 1 || !strings.Contains(status.Unreadable[store.Directory].Reason, "no such file") {
		t.Errorf("got %+v", status)
	}
	s.Close()
	s = openServer(t, c)
	defer func() { s.Close() }()
	if status := s.Status(); status.Policies != 1 || !unreadable() {
		t.Errorf("after a restart: got %+v", status)
	}
	if err := os.Rename(c.Directory+"~", c.Directory); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "it is back", func() bool { return !unreadable() })
	if n := strings.Count(log.String(), "policy directory cannot be read"); n != 2 {
		t.Errorf("said %d times in two runs:\n%s", n, log.String())
	}
	if n := strings.Count(log.String(), "policy directory can be read again"); n != 1 {
		t.Errorf("said %d times that it is back:\n%s", n, log.String())
	}
}

func TestWarningsOfADirectoryAreInTheLogOnce(t *testing.T) {
	c := config(t)
	var log logbook.Book
	c.Log, c.Directory = log.Logger(), t.TempDir()
	path := filepath.Join(c.Directory, "p.yaml")
	write(t, path, strings.Replace(policyText("p", "{}"), "spec:", "summary: text, spec:", 1))
	s := openServer(t, c)
	defer s.Close()
	write(t, filepath.Join(c.Directory, "q.yaml"), policyText("q", "{}"))
	eventually.Holds(t, "the second policy", func() bool { return s.Status().Policies == 2 })
	if n := strings.Count(log.String(), "policy directory: "+path+": line 2: summary: is unknown and has no effect"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log.String())
	}
}

func TestWarningsOfPoliciesAreInLogAndStatusAndSurviveRestart(t *testing.T) {
	c := config(t)
	var log logbook.Book
	c.Log = log.Logger()
	s := openServer(t, c)
	bare := policyText("p", `{toPorts: [{ports: [{port: "1"}], rules: {l7proto: words, l7: [{word: }]}}]}`)
	if err := put(s, store.API, bare); err != nil {
		t.Fatal(err)
	}
	if err := put(s, store.API, policyText("q", "{}")); err != nil {
		t.Fatal(err)
	}
	const want = "policy default/p: spec.ingress[0].toPorts[0].rules.l7[0]: word has no value, which allows any request; write {} to say so"
	for range 2 {
		if status := s.Status(); status.WarningCount != 1 || !slices.Equal(status.Warnings, []string{want}) {
			t.Errorf("got %d: %q", status.WarningCount, status.Warnings)
		}
		s.Close()
		s = openServer(t, c)
	}
	defer func() { s.Close() }()
	if n := strings.Count(log.String(), "word has no value"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log.String())
	}
	if _, err := s.Apply(Change{Source: store.API, DeletePolicies: []string{"default/p"}}); err != nil {
		t.Fatal(err)
	}
	if status := s.Status(); status.WarningCount != 0 || status.Warnings == nil {
		t.Errorf("got %d: %q", status.WarningCount, status.Warnings)
	}
}

func TestStartNeedsAUsableDirectory(t *testing.T) {
	c := config(t)
	c.Directory = filepath.Join(t.TempDir(), "missing")
	if _, err := Open(c); err == nil {
		t.Error("a missing directory is not an error")
	}
	c.Directory = t.TempDir()
	write(t, filepath.Join(c.Directory, "p.yaml"), "nonsense")
	if _, err := Open(c); err == nil || !strings.Contains(err.Error(), "p.yaml: line 1") {
		t.Errorf("got %v", err)
	}
}

func TestProxiesGetWhatWasAccepted(t *testing.T) {
	s := openServer(t, config(t))
	defer s.Close()
	eventually.Holds(t, "the empty policy is served", func() bool { version, _ := s.Policies.Version(); return version == "0" })
	if err := put(s, store.API, endpointText("a", "cache", "10.0.0.1")); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "the endpoint is served", func() bool {
		version, resources := s.Policies.Version()
		_, hosts := s.Hosts.Version()
		return version == "1" && resources == 1 && hosts == 3
	})
}

func TestChangeThatCanNotBeKeptIsNotMade(t *testing.T) {
	s := openServer(t, config(t))
	defer s.Close()
	if err := put(s, store.API, endpointText("a", "cache", "10.0.0.1")); err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(s.Result())
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := put(s, store.API, endpointText("b", "cache", "10.0.0.2")); !errors.Is(err, ErrPersist) {
		t.Errorf("got %v", err)
	}
	if status := s.Status(); fmt.Sprint(s.Result()) != before || status.Endpoints != 1 || status.Revision != 1 {
		t.Errorf("the change was made: %+v", status)
	}
}
