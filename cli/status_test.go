package cli

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/store"
	"github.com/proxylib/proxylib/policyserver/xds"
)

func TestStatusTellsHowEachProxyStands(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	unreadable := map[store.Source]*policyserver.Refusal{store.Directory: {Time: at, Reason: "is gone"}}
	status := &policyserver.Status{Unreadable: unreadable, Warnings: []string{"of this"}, WarningCount: 1, Served: map[string]policyserver.Served{"npds": {
		Version: "7", Resources: 2, Clients: []xds.Client{
			{Node: "a", Address: "10.0.0.1:5", Since: at, Version: "6", Updated: at.Add(time.Minute), Refusal: "not this"},
			{Address: "10.0.0.2:5", Since: at},
		},
	}}}
	var lines []string
	statusRows(status, func(cells ...any) { lines = append(lines, strings.TrimSpace(fmt.Sprintln(cells...))) })
	text := strings.Join(lines, "\n")
	for _, want := range []string{
		"unreadable directory since 2026-01-02T03:04:05Z is gone",
		"warnings 1\nwarning of this",
		"npds version 7 resources 2 clients 2",
		"npds client a 10.0.0.1:5 connected since 2026-01-02T03:04:05Z accepted 6 at 2026-01-02T03:05:05Z, refused the next: not this",
		"npds client without a name 10.0.0.2:5 connected since 2026-01-02T03:04:05Z accepted nothing yet",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
