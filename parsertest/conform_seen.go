package parsertest

import (
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/proxylib"
)

// declarationIsSeen requires that each log field is in an entry of some transcript, and each rule key in a policy.
func (k *conformance) declarationIsSeen() error {
	if !k.declares() {
		return nil
	}
	fields, keys := map[string]bool{}, map[string]bool{}
	for _, s := range k.scripts {
		got := s.play(s.hosts[0], s.short()[0])
		for _, field := range got.fields {
			fields[field] = true
		}
		for _, text := range s.policies() {
			resource, err := parsePolicy(k.Name, strings.TrimSpace(text))
			if err != nil {
				return err
			}
			addKeys(keys, resource)
		}
	}
	var missing []string
	for _, field := range k.LogFields {
		if !fields[field.Name] {
			missing = append(missing, "no access-log entry of a transcript has the field "+field.Name)
		}
	}
	for _, key := range k.RuleKeys {
		if !key.Implied && !keys[key.Name] && !ofFramework(key) {
			missing = append(missing, "no policy of a transcript has the rule key "+key.Name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("transcripts are missing:\n  %s", strings.Join(missing, "\n  "))
	}
	return nil
}

// ofFramework reports whether a key is one that the framework gives to every protocol, such as access: its fields have
// numbers below 0.
func ofFramework(key proxylib.RuleKey) bool { return key.Field < 0 }

// policies are the texts of all policies of the transcript.
func (s *script) policies() []string {
	texts := []string{s.policy}
	for _, step := range s.steps {
		if step.policy != nil {
			texts = append(texts, *step.policy)
		}
	}
	return texts
}

// addKeys adds the keys of all L7 rules of a resource.
func addKeys(keys map[string]bool, resource *cilium.NetworkPolicy) {
	for _, port := range append(resource.GetIngressPerPortPolicies(), resource.GetEgressPerPortPolicies()...) {
		for _, rule := range port.GetRules() {
			for _, l7 := range append(rule.GetL7Rules().GetL7AllowRules(), rule.GetL7Rules().GetL7DenyRules()...) {
				for key := range l7.GetRule() {
					keys[key] = true
				}
			}
		}
	}
}
