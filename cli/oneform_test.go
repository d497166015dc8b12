package cli

import (
	"testing"

	"github.com/proxylib/proxylib/internal/policytest"
)

func TestTheCommandLineSaysWhyAPolicyIsRefusedInTheOneForm(t *testing.T) {
	path := file(t, "policy.yaml", policytest.Refused)
	expectRun(t, 2, []string{path + ": line 2: " + policytest.Reason + "\n"}, "policy", "validate", path)
}
