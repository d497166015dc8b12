package cli

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTheEnvironmentHoldsForFlagsThatAreNotGiven(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			w.Write([]byte(`{"error": "no token"}`))
			return
		}
		w.Write([]byte(`{"items": []}`))
	}))
	defer server.Close()
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	ca, token, wrong := file(t, "ca.pem", string(pem.EncodeToMemory(block))), file(t, "token", "secret\n"), file(t, "wrong", "guess\n")
	list := []string{"identity", "list"}
	t.Setenv("PROXYLIB_SERVER", server.Listener.Addr().String())
	t.Setenv("PROXYLIB_CA", ca)
	expectRun(t, 2, []string{"no token"}, list...)
	t.Setenv("PROXYLIB_TOKEN", " secret\n")
	expectRun(t, 0, []string{"STANDS FOR"}, list...)
	expectRun(t, 2, []string{"no token"}, append(list, "--token-file", wrong)...)
	expectRun(t, 3, []string{"cannot be reached"}, append(list, "--server", "https://127.0.0.1:1")...)
	t.Setenv("PROXYLIB_TOKEN_FILE", token)
	expectRun(t, 1, []string{"are both set"}, list...)
	expectRun(t, 0, nil, append(list, "--token-file", token)...)
	t.Setenv("PROXYLIB_TOKEN", "")
	expectRun(t, 0, nil, list...)
	t.Setenv("PROXYLIB_CA", "")
	expectRun(t, 0, nil, append(list, "--server", server.URL, "--tls-ca", ca)...)
	expectRun(t, 1, []string{"a token is sent over https:// or to this machine alone"}, append(list, "--server", "192.0.2.1:9911")...)
	t.Setenv("PROXYLIB_CERT", "missing")
	expectRun(t, 1, []string{"missing"}, append(list, "--tls-ca", ca)...)
}
