package main

import (
	"os"
	"strings"
	"testing"
)

func TestListenersAreFoundByName(t *testing.T) {
	got := listeners("alone::127.0.0.1:40001\nfiltered::127.0.0.1:40002\n")
	if got["alone"] != "127.0.0.1:40001" || got["filtered"] != "127.0.0.1:40002" {
		t.Errorf("got %v", got)
	}
}

func TestTheBootstrapNamesTheServerAndQuotesTheFilter(t *testing.T) {
	c := proxyConfig{dir: t.TempDir(), upstream: "127.0.0.1:11999", filter: `{"parser":"memcache"}`}
	path, err := c.writeBootstrap()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"port_value: 11999", `value: "{\"parser\":\"memcache\"}"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the bootstrap lacks %s", want)
		}
	}
}
