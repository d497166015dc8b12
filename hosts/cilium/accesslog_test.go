package cilium

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/eventually"
)

func TestFurtherReadersGetWhatTheyWantWithoutWhatIsRedacted(t *testing.T) {
	dir := t.TempDir()
	all, denied := filepath.Join(dir, "all"), filepath.Join(dir, "denied")
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := watch(t, [2]string{"access-logs", `[{"file": "` + all + `"}, {"file": "` + denied + `", "verdicts": ["denied", "closed"]}]`},
		[2]string{"redact", `{"keys": "hash", "status": "drop"}`}, [2]string{"redact-key-file", key}, [2]string{"log", "both"})
	w.begin(t, 1, "memcache")
	if !w.passes(1, false, "get secret\r\n") || !w.passes(1, true, "END\r\n") {
		t.Fatal("not all bytes pass")
	}
	w.close(1)
	var text []byte
	eventually.Holds(t, "the file has the request, the reply and the exchange", func() bool {
		text, _ = os.ReadFile(all)
		return strings.Count(string(text), "\n") == 3
	})
	// The hash is that of "secret" with the key: openssl dgst -sha256 -hmac 0123456789abcdef
	if strings.Count(string(text), `"keys":"59fa6a4dccc441a2"`) != 2 || strings.Contains(string(text), "secret") || strings.Contains(string(text), `"miss"`) {
		t.Errorf("the entries are\n%s", text)
	}
	if text, err := os.ReadFile(denied); err != nil || len(text) > 0 {
		t.Errorf("nothing was denied, but there is %q, %v", text, err)
	}
}

func TestMistakesInParametersOfTheAccessLogAreNamed(t *testing.T) {
	for _, x := range []struct {
		params [][2]string
		want   string
	}{
		{[][2]string{{"access-logs", `[{"envoy": true}]`}}, "parameter access-logs: envoy: is for a Wasm plugin"},
		{[][2]string{{"access-logs", `[{"files": "x"}]`}}, "parameter access-logs: access_log: unknown field"},
		{[][2]string{{"redact-key-file", "key"}}, "parameter redact-key-file: there is nothing to redact"},
		{[][2]string{{"redact", "keys"}}, "parameter redact: "},
	} {
		if _, err := parseParams(x.params, false); err == nil || !strings.HasPrefix(err.Error(), x.want) {
			t.Errorf("%v: got %v, want %s", x.params, err, x.want)
		}
	}
	for params, want := range map[[2]string]string{
		{"access-logs", `[{"file": "x", "sample": "2"}]`}: "sample", {"redact", `{"keys": "hide"}`}: "hide",
	} {
		log := &strings.Builder{}
		if id := newModule(log).open([][2]string{params}, false); id != 0 || !strings.Contains(log.String(), want) {
			t.Errorf("%v: the log is %s", params, log)
		}
	}
}
