package cli

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/internal/logbook"
)

func TestEndpointsAreImportedShownAndDeleted(t *testing.T) {
	server := "--server=" + startServer(t)
	endpoints := file(t, "e.yaml", cacheEndpoints)
	expectRun(t, 0, []string{`"key": "default/cache",`, `"change": "new"`}, "endpoint", "import", "--dry-run", "-o=json", endpoints, server)
	expectRun(t, 0, []string{"revision 1: 0 policies and 2 endpoints"}, "endpoint", "import", endpoints, server)
	expectRun(t, 2, []string{"want documents of endpoints alone"}, "endpoint", "import", file(t, "p.yaml", cachePolicy), server)
	expectRun(t, 0, []string{"default/web", "10.0.0.2"}, "endpoint", "get", server)
	expectRun(t, 0, []string{"kind: Endpoint", "10.0.0.1"}, "endpoint", "get", "cache", "-o", "yaml", server)
	expectRun(t, 2, []string{"there is none of that name"}, "endpoint", "get", "mars", server)
	expectRun(t, 0, []string{"default/web would be deleted"}, "endpoint", "delete", "web", "--dry-run", server)
	expectRun(t, 2, []string{"there is none of that name"}, "endpoint", "delete", "mars", "--dry-run", server)
	expectRun(t, 0, []string{"revision 2: web is deleted"}, "endpoint", "delete", "web", server)
	expectRun(t, 2, []string{"there is none of that name"}, "endpoint", "delete", "web", server)
}

func TestADryRunChangesNothing(t *testing.T) {
	server := "--server=" + startServer(t)
	all := file(t, "all.yaml", cachePolicy+cacheEndpoints)
	expectRun(t, 0, []string{"policy     default/cache    new"}, "policy", "import", "--dry-run", all, server)
	expectRun(t, 0, []string{"revision 1"}, "policy", "import", all, server)
	changed := file(t, "changed.yaml", strings.Replace(cachePolicy, "public/", "open/", 1)+cacheEndpoints)
	expectRun(t, 0, []string{"policy     default/cache    changed", "endpoint   default/web      unchanged"},
		"policy", "import", "--dry-run", changed, server)
	expectRun(t, 2, []string{"10.0.0.1"}, "endpoint", "import", "--dry-run", server,
		file(t, "twice.yaml", strings.Replace(cacheEndpoints, "name: cache", "name: other", 1)))
	expectRun(t, 0, []string{"default/cache would be deleted"}, "policy", "delete", "cache", "--dry-run", server)
	expectRun(t, 0, []string{"keyPrefix: public/"}, "policy", "get", "cache", "-o=yaml", server)
	expectRun(t, 0, []string{"revision: 1"}, "status", "-o=yaml", server)
}

func TestWatchPrintsWhatHasChanged(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out logbook.Book
	cmd := &cobra.Command{}
	cmd.SetOut(&out)
	texts := make(chan string, 1)
	ended := make(chan error)
	go func() {
		text := "one\n"
		ended <- watch(ctx, cmd, time.Millisecond, func(_ context.Context, out *writer) error {
			select {
			case text = <-texts:
			default:
			}
			out.WriteString(text)
			return nil
		})
	}()
	for _, want := range []string{"one\n", "one\ntwo\n"} {
		if want != "one\n" {
			texts <- "two\n"
		}
		if !eventually.Within(eventually.Limit, func() bool { return out.String() == want }) {
			t.Fatalf("got %q, want %q", out.String(), want)
		}
	}
	time.Sleep(20 * time.Millisecond)
	cancel()
	if err := <-ended; err != nil || out.String() != "one\ntwo\n" {
		t.Errorf("got %v, %q", err, out.String())
	}
	failure := errors.New("gone")
	if err := watch(t.Context(), cmd, time.Hour, func(context.Context, *writer) error { return failure }); err != failure {
		t.Errorf("got %v", err)
	}
}

func TestNamesAreCompleted(t *testing.T) {
	server := "--server=" + startServer(t)
	expectRun(t, 0, nil, "policy", "import", file(t, "all.yaml", cachePolicy+cacheEndpoints), server)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"default/cache", []string{"policy", "get", server, ""}}, {"default/cache", []string{"policy", "delete", server, ""}},
		{"default/web", []string{"endpoint", "get", server, ""}}, {"default/web", []string{"endpoint", "delete", server, "default/cache", ""}},
		{"default/web", []string{"policy", "explain", server, "--from", ""}}, {"default/web", []string{"policy", "explain", server, "--to", ""}},
		{"memcache", []string{"policy", "explain", "--parser", ""}}, {"memcache", []string{"parsers", ""}},
		{"cassandra", []string{"policy", "convert", "--only", ""}}, {"npds", []string{"policy", "convert", "--to", ""}},
		{"validate", []string{"help", "policy", ""}}, {"yaml", []string{"status", "-o", ""}},
	} {
		expectRun(t, 0, []string{c.want + "\n"}, append([]string{"__complete"}, c.args...)...)
	}
	out := expectRun(t, 0, nil, "__complete", "policy", "get", "--server=127.0.0.1:1", "")
	if !strings.HasPrefix(out, ":4\n") {
		t.Errorf("a server that is not there: got %q", out)
	}
}
