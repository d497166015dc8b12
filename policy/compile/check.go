package compile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
)

// Check returns why the parsers cannot use a policy, whoever it selects. The error joins all that they refuse, each a
// *[cnp.Error], and those that wrap a *[policy.Error] say which key it is.
func Check(p *cnp.Policy, parsers policy.RuleParsers) error {
	var errs []error
	for i := range p.Rules {
		for j := range p.Rules[i].Clauses {
			clause := &p.Rules[i].Clauses[j]
			for k := range clause.Ports {
				if err := checkPortRule(clause, &clause.Ports[k], parsers); err != nil {
					place := clause.Ports[k].Place
					errs = append(errs, &cnp.Error{Line: place.Line, Path: place.Path, Reason: err.Error(), Err: err})
				}
			}
		}
	}
	return errors.Join(errs...)
}

// checkPortRule compiles one entry of toPorts as if it were for anyone.
func checkPortRule(clause *cnp.Clause, ports *cnp.PortRule, parsers policy.RuleParsers) error {
	if _, known := parsers[ports.Parser]; ports.Parser != "" && !known {
		others := maps.Clone(parsers)
		delete(others, policy.HTTP)
		names := strings.Join(slices.Sorted(maps.Keys(others)), ", ")
		return fmt.Errorf("l7proto: no parser in this build is named %q; there are %s%s",
			ports.Parser, names, parsers.Suggestion(ports.Parser))
	}
	if err := checkBare(ports, parsers); err != nil {
		return err
	}
	alone := *clause
	alone.Ports = []cnp.PortRule{*ports}
	c := &liveClause{clause: &alone, anyone: true}
	return inRule(checkPorts(&portPolicies{
		ingress: Settings{}.direction([]*liveClause{c}, clause.Ingress),
	}, parsers))
}

// inRule leaves out of an error which rule it is about, where the place of the rule in the document says so.
func inRule(err error) error {
	if e := policy.ErrorOf(err); e != nil {
		return e.InRule()
	}
	return err
}

// checkBare refuses keys that were written by themselves and without a value, and that the parser does not know: what is
// meant to restrict would allow everything.
func checkBare(ports *cnp.PortRule, parsers policy.RuleParsers) error {
	for _, key := range ports.Bare {
		with := &cnp.PortRule{Parser: ports.Parser, L7: []map[string]string{{key: ""}}}
		rule := newRule(&liveClause{clause: &cnp.Clause{}, anyone: true}, with, "")
		err := policy.NewCompiler(parsers).AllowEmptyValues().Add(&cilium.NetworkPolicy{
			EndpointIps:            []string{"0.0.0.0"},
			IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Rules: []*cilium.PortNetworkPolicyRule{rule}}},
		})
		if err != nil {
			return inRule(err)
		}
	}
	return nil
}

// checkAllBare is [checkBare] for all of a policy.
func checkAllBare(p *cnp.Policy, parsers policy.RuleParsers) error {
	for _, rule := range p.Rules {
		for _, clause := range rule.Clauses {
			for i := range clause.Ports {
				if err := checkBare(&clause.Ports[i], parsers); err != nil {
					return fmt.Errorf("policy %s: %w", RuleName(p, clause.Ports[i].Place), err)
				}
			}
		}
	}
	return nil
}
