package compile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/cnp"
)

// Check tells whether the parsers understand a policy by itself, whoever it selects. The error joins all that they
// refuse, each a *[cnp.Error].
func Check(p *cnp.Policy, parsers policy.RuleParsers) error {
	var errs []error
	for i := range p.Rules {
		for j := range p.Rules[i].Clauses {
			clause := &p.Rules[i].Clauses[j]
			for k := range clause.Ports {
				if err := checkPortRule(clause, &clause.Ports[k], parsers); err != nil {
					place := clause.Ports[k].Place
					errs = append(errs, &cnp.Error{Line: place.Line, Path: place.Path, Reason: err.Error()})
				}
			}
		}
	}
	return errors.Join(errs...)
}

// checkPortRule compiles one entry of toPorts as if it were for anyone.
func checkPortRule(clause *cnp.Clause, ports *cnp.PortRule, parsers policy.RuleParsers) error {
	if _, known := parsers[ports.Parser]; ports.Parser != "" && !known {
		names := strings.Join(slices.Sorted(maps.Keys(parsers)), ", ")
		return fmt.Errorf("l7proto: no parser in this build is named %q; there are %s", ports.Parser, names)
	}
	alone := *clause
	alone.Ports = []cnp.PortRule{*ports}
	c := &liveClause{clause: &alone, anyone: true}
	return reason(checkPorts(&portPolicies{
		ingress: Settings{}.direction([]*liveClause{c}, clause.Ingress),
	}, parsers), 3)
}

// reason leaves out the outer parts of an error, which say what is known from elsewhere.
func reason(err error, parts int) error {
	for range parts {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
	return err
}
