//go:build e2e

package e2e

import (
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
	if text := s.entryLines(); strings.Contains(text, "denied") || !strings.Contains(text, `"status":"ok"`) {
		t.Error(text)
	}
}

func TestInModeObserveTheProtocolCanBeDetected(t *testing.T) {
	s := newFixture(t)
	s.startEnvoy(s.startMemcached(), config{"parser": "auto", "mode": "observe", "access_log": config{"file": s.accessLog}})
	text := s.dial()
	text.send("se")
	text.send("t a 0 0 1\r\nA\r\nget a\r\n")
	text.expect("STORED\r\nVALUE a 0 1\r\nA\r\nEND\r\n")
	// Entries of connections on different threads have no order.
	s.requireEntries("request command=set keys=a", "request command=get keys=a")
	binary := s.dial()
	binary.send("\x80\x04\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01" + strings.Repeat("\x00", 12) + "b")
	binary.expect("\x81\x04\x00\x00\x00\x00\x00\x01\x00\x00\x00\x09" + strings.Repeat("\x00", 12) + "Not found")
	unknown := s.dial()
	unknown.send("what is this\r\n")
	unknown.expect("ERROR\r\n")
	s.requireEntries("request command=set keys=a", "request command=get keys=a", "request")
	if e := s.entries(3)[2]; e.Proto != "binarymemcached" || e.Fields["key"] != "b" {
		t.Errorf("the entry of the binary request is %+v", e)
	}
	s.eventually("Envoy's log says that a connection is not observed", func() bool {
		return strings.Contains(s.proxy.Log(), "the protocol is not detected")
	})
	s.eventually("what was detected is counted by parser, and what was not is not", func() bool {
		text := s.prometheus()
		for _, want := range []string{
			`connections{proxylib_filter="auto_memcache"} 2`, `passed{proxylib_filter="auto_memcache"} 3`,
			`latency_us_count{proxylib_filter="auto_memcache"} 3`, `connections{proxylib_filter="auto"} 0`, `passed{proxylib_filter="auto"} 0`,
			`connections{proxylib_filter="auto_redis"} 0`,
		} {
			if !strings.Contains(text, "_proxylib_"+want+"\n") {
				return false
			}
		}
		return true
	})
	text.Close()
	s.eventually("Envoy's access log names the parser that was detected", func() bool {
		log, err := s.proxy.ConnectionLog()
		return err == nil && strings.Contains(log, `"parser":"memcache"`)
	})
	s.eventually("the connection is counted", func() bool {
		// Before 1.39, the counters of the library are brought up to date by connections.
		p := s.dial()
		p.send("get none\r\n")
		p.expect("END\r\n")
		all, err := s.proxy.Counters("proxylib_unobserved")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range all {
			return n == 1
		}
		return false
	})
}

func TestInModeObserveRedisIsDetected(t *testing.T) {
	s := newFixture(t)
	s.startEnvoy(s.startRedis(), config{"parser": "auto", "mode": "observe", "access_log": config{"file": s.accessLog}})
	p := s.dial()
	p.send("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nA\r\nGET a\r\n")
	p.expect("+OK\r\n$1\r\nA\r\n")
	s.requireEntries("request command=set keys=a", "request command=get keys=a")
	if text := s.entryLines(); strings.Count(text, `"parser":"redis"`) != 2 {
		t.Error(text)
	}
}
