package wasm

import (
	"strings"
	"testing"
)

// expect requires values of metrics, and of the histogram how many values were recorded.
func (e *emulator) expect(after string, want map[string]int64) {
	e.t.Helper()
	for name, value := range want {
		m := e.metric(name)
		if m == nil {
			e.t.Fatalf("%s is not defined", name)
		}
		if got := m.value + int64(m.records); got != value {
			e.t.Errorf("after %s, %s is %d, want %d", after, name, got, value)
		}
	}
}

func TestMetricsSayWhatThePluginsDo(t *testing.T) {
	e := plain(t)
	for root, config := range []string{
		1: `{"parser": "memcache", "policy": {"allow": "all"}, "access_log": {"envoy": true}, "limits": {"connections": 1, "total_held_bytes": 4096}}`,
		2: `{"parser": "memcache", "mode": "observe", "stat_prefix": "watched"}`,
		3: `{"parser": "auto", "mode": "observe", "stat_prefix": "any", "access_log": {"envoy": true}}`,
	} {
		if config != "" && !e.configure(uint64(root), config) {
			t.Fatal(e.messages)
		}
	}
	const prefix = "proxylib.memcache."
	e.connect(10, 1, properties)
	e.data(10, false, false, []byte("get a\r\nget b\r\n"))
	e.expect("two requests", map[string]int64{prefix + "passed": 2, prefix + "latency_us": 0, "proxylib_open_connections": 1})
	e.data(10, true, false, []byte("END\r\nEND\r\n"))
	e.expect("two replies", map[string]int64{prefix + "latency_us": 2})
	e.connect(11, 1, properties)
	e.data(11, false, false, []byte("get a\r\n"))
	e.expect("a connection too many", map[string]int64{"proxylib_limit_connections": 1, "proxylib_open_connections": 1, prefix + "closed": 1})
	e.disconnect(11)

	e.data(10, false, false, []byte("get "+strings.Repeat("a", 240)))
	if held := e.metric("proxylib_held_bytes").value; held < 244 {
		t.Errorf("%d bytes are held", held)
	}
	e.data(10, false, false, []byte(strings.Repeat("a", 8<<10)))
	e.expect("too many bytes", map[string]int64{"proxylib_limit_total_held_bytes": 1, prefix + "closed": 2, "proxylib_held_bytes": 0})
	e.disconnect(10)

	e.connect(20, 2, properties)
	e.data(20, false, false, []byte("no such command\r\n"))
	e.expect("garbage that is observed", map[string]int64{"proxylib_unobserved": 1})
	e.disconnect(20)

	e.connect(30, 3, properties)
	e.data(30, false, false, []byte("*"))
	e.expect("bytes of a protocol not yet known", map[string]int64{"proxylib.any.connections": 0, "proxylib.any_redis.connections": 0})
	e.data(30, false, false, []byte("1\r\n$4\r\nPING\r\n"))
	e.data(30, true, false, []byte("+PONG\r\n"))
	e.expect("a protocol that is detected", map[string]int64{
		"proxylib.any.connections": 0, "proxylib.any_redis.connections": 1, "proxylib.any_redis.unknown_identity": 1, "proxylib.any_redis.passed": 1,
		"proxylib.any_redis.latency_us": 1, "proxylib.any.passed": 0, "proxylib.any_memcache.connections": 0,
	})
	e.disconnect(30)
	e.expect("the end", map[string]int64{
		"proxylib_open_connections": 0, "proxylib_held_bytes": 0, "proxylib_panics": 0, prefix + "connections": 1, "proxylib.watched.connections": 1,
	})
}
