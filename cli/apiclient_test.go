package cli

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestServerIsReachedByTLSAndToken(t *testing.T) {
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
	ca, token := file(t, "ca.pem", string(pem.EncodeToMemory(block))), file(t, "token", "secret\n")
	list := []string{"identity", "list", "--server", server.URL}
	expectRun(t, 0, []string{"STANDS FOR"}, append(list, "--tls-ca", ca, "--token-file", token)...)
	expectRun(t, 2, []string{"no token"}, append(list, "--tls-ca", ca)...)
	expectRun(t, 3, []string{"cannot be reached"}, append(list, "--token-file", token)...)
	address := server.Listener.Addr().String()
	expectRun(t, 0, nil, "identity", "list", "--server", address, "--tls-ca", ca, "--token-file", token)
	expectRun(t, 1, []string{"--token-file"}, append(list, "--token-file", file(t, "empty", "\n"))...)
	expectRun(t, 1, []string{"holds no certificate"}, append(list, "--tls-ca", token)...)
}

func TestAnswerOfSomeoneElseIsAnError(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("<html>"))
	}))
	defer server.Close()
	expectRun(t, 1, []string{"is not that of a policy server"}, "status", "--server", server.URL)
}
