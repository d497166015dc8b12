package npds

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/logbook"
	"github.com/proxylib/proxylib/internal/policytest"
	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/policy"
)

// The tests of the command line and of hosts require the same text.
func TestAServerAndTheStatusGetTheReasonInItsOneForm(t *testing.T) {
	if _, known := policy.Registered()[r2d2.Name]; !known {
		t.Fatal("the parser of the policy is missing")
	}
	socket, book := filepath.Join(t.TempDir(), "xds.sock"), &logbook.Book{}
	server := xdstest.Serve(t, socket, policytest.Refused)
	client, err := NewClient(ClientConfig{
		Address: socket, Store: new(policy.Store), Parsers: policy.Registered(), Log: book.Logger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if got := server.Refused(t); got != policytest.Reason {
		t.Errorf("the server got  %s\nwant %s", got, policytest.Reason)
	}
	if got := client.Status().LastRefusal; got != policytest.Reason {
		t.Errorf("the status says %s\nwant %s", got, policytest.Reason)
	}
	if !strings.Contains(book.String(), strconv.Quote(policytest.Reason)) {
		t.Errorf("%s is not in the log:\n%s", policytest.Reason, book)
	}
}

func TestTheErrorOfAFileIsThatOfItsPolicy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(policytest.Refused), 0o600); err != nil {
		t.Fatal(err)
	}
	err := CheckFile(path, policy.Registered())
	if want := "policy file " + path + ": line 2: " + policytest.Reason; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if e := policy.ErrorOf(err); e == nil || e.Key != "wrod" || e.Error() != policytest.Reason {
		t.Errorf("got %#v", e)
	}
}
