package boundary

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
)

// Whatever a policy file says, it is compiled, or refused with a reason, deterministically. One that says
// nothing is refused, so that a file that was cut off does not count as one that allows or denies on purpose.
func FuzzPolicyFile(f *testing.F) {
	for _, pattern := range []string{"../../examples/*.yaml", "../../policy/cnp/testdata/*", "../chost/testdata/policy.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatalf("no seeds in %s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Add([]byte("resources: [{endpoint_ips: [10.0.0.1], ingress_per_port_policies: [{port: 80, end_port: 81, allow: all}]}]"))
	f.Add([]byte("a: &a [*a, *a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 64<<10 {
			return
		}
		document, err := npds.CompileDocument(text, policy.Registered())
		again, errAgain := npds.CompileDocument(text, policy.Registered())
		switch {
		case (err == nil) != (errAgain == nil):
			t.Fatalf("accepted and refused: %v, %v", err, errAgain)
		case err != nil && (err.Error() == "" || document != nil):
			t.Errorf("refused with %q, and %v", err, document)
		case err == nil && document.Policies.Endpoints() != again.Policies.Endpoints():
			t.Errorf("compiled to %d endpoints, and to %d", document.Policies.Endpoints(), again.Policies.Endpoints())
		case err == nil && !reflect.DeepEqual(document.Identities, again.Identities):
			t.Error("compiled to different identities")
		}
	})
}
