package proxylibtest

import (
	"net/netip"
	"strings"
	"testing"
)

func TestOldNamesInPoliciesBecomeTodaysNames(t *testing.T) {
	for old, want := range map[string]string{
		`name: "10.0.0.1" policy: 7`:                           `endpoint_ips: "10.0.0.1" endpoint_id: 7`,
		`endpoint_ips: '::1' # name: "x"`:                      `endpoint_ips: "::1" # name: "x"`,
		`# to the end`:                                         `# to the end`,
		`ingress: < rules: < name: "r" > >`:                    `ingress: < rules: < name: "r" > >`,
		`rules { l7_rules { l7_rules { rule {} } } }`:          `rules { l7_rules { l7_allow_rules { rule {} } } }`,
		`rules < l7_rules < l7_allow_rules < > l7_rules < >>>`: `rules < l7_rules < l7_allow_rules < > l7_allow_rules < >>>`,
		`rules: < value: "l7_rules: < l7_rules \" name:" >`:    `rules: < value: "l7_rules: < l7_rules \" name:" >`,
		`>} name: "10.0.0.1`:                                   `>} endpoint_ips: "10.0.0.1"`,
		`value: "\`:                                            `value: "\`,
		``:                                                     ``,
	} {
		if got := modernize(old); got != want {
			t.Errorf("%s: got %s, want %s", old, got, want)
		}
	}
}

func TestANameStandsForTheSameAddressEachTime(t *testing.T) {
	first, again, other := address("cp1"), address("cp1"), address("cp2")
	if first != again || first == other {
		t.Errorf("got %s, %s and %s", first, again, other)
	}
	if _, err := netip.ParseAddr(first); err != nil || !strings.HasPrefix(first, "fd") {
		t.Errorf("%s: %v", first, err)
	}
	if !strings.Contains(modernize(`name: "cp1"`), first) {
		t.Error("the name in a policy stands for another address")
	}
}
