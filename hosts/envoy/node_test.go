package envoy

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/proxylib/proxylib/internal/xdstest"
)

func TestAFilterWithoutANodeIDGetsOneThatAStrictServerAccepts(t *testing.T) {
	for _, c := range []struct{ field, want string }{
		{``, "host~127.0.0.2~libproxylib-1~localdomain"},
		{`"node_id": "sidecar~10.1.2.3~web~local",`, "sidecar~10.1.2.3~web~local"},
	} {
		socket := filepath.Join(t.TempDir(), "xds")
		server := xdstest.Serve(t, socket, "resources: []", xdstest.Strict())
		opener := newOpener(&recordedLog{})
		config := fmt.Sprintf(`{%s "parser": "test.passer", "policy": {"xds": %q}}`, c.field, socket)
		f, err := openFilter(filterName, []byte(config), false, opener)
		if err != nil {
			t.Fatal(err)
		}
		if got := server.Accepted(t); got != c.want {
			t.Errorf("%s: the node id is %q, want %q", c.field, got, c.want)
		}
		f.close(opener)
		server.Stop()
	}
}
