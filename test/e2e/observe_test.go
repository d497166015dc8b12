//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
)

func TestInModeObserveEverythingPassesAndIsLogged(t *testing.T) {
	s := newFixture(t)
	filter := s.memcacheConfig()
	filter["mode"] = "observe"
	s.startEnvoy(s.startMemcached(), filter)
	p := s.dial()
	p.send("set secret/a 0 0 1\r\nA\r\nget secret/a\r\nflush_all\r\n")
	p.expect("STORED\r\nVALUE secret/a 0 1\r\nA\r\nEND\r\nOK\r\n")
	p.send("no such command\r\n")
	p.expect("ERROR\r\n")
	p.send("get secret/a\r\n")
	p.expect("END\r\n")
	s.requireEntries("request command=set keys=secret/a", "request command=get keys=secret/a", "request command=flush_all", "request command=no")
	for _, e := range s.entries(4) {
		if e.Fields["audit"] != "denied" {
			t.Errorf("the policy denies %+v", e)
		}
	}
	s.eventually("Envoy's log says that the connection is not observed any further", func() bool {
		return strings.Contains(s.proxy.Log(), "a connection passes without being observed any further")
	})
}

func TestModeObserveNeedsNoPolicy(t *testing.T) {
	s := newFixture(t)
	s.startEnvoy(s.startMemcached(), config{"parser": "memcache", "mode": "observe", "access_log": config{"file": s.accessLog}})
	p := s.dial()
	p.send("get a\r\n")
	p.expect("END\r\n")
	s.requireEntries("request command=get keys=a")
	text, err := os.ReadFile(s.accessLog)
	if err != nil || strings.Contains(string(text), "denied") || !strings.Contains(string(text), `"status":"ok"`) {
		t.Errorf("%s, %v", text, err)
	}
}
