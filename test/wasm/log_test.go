package wasm

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// logging starts the module with a plugin that logs each request and each reply.
func logging(t *testing.T, root uint64) *emulator {
	t.Helper()
	e := plain(t)
	config := `{"parser": "memcache", "policy": {"allow": [{"command": "get", "keyPrefix": "public/"}]}, "access_log": {"envoy": true}, "log": "request"}`
	if !e.configure(root, config) {
		t.Fatal(e.messages)
	}
	return e
}

// asks has a connection ask for a key and get a reply, which makes two entries.
func (e *emulator) asks(stream uint64) {
	e.t.Helper()
	e.data(stream, false, false, []byte("get public/a\r\n"))
	e.data(stream, true, false, []byte("END\r\n"))
}

// typesOf returns the types of the entries of lines.
func typesOf(lines []string) string {
	var types []string
	for _, line := range lines {
		_, after, _ := strings.Cut(line, `"type":"`)
		name, _, _ := strings.Cut(after, `"`)
		types = append(types, name)
	}
	return strings.Join(types, " ")
}

func TestEntriesOfWhatPassesComeInOneMessageAtTheNextTick(t *testing.T) {
	const root = 1
	e := logging(t, root)
	for stream := uint64(10); stream < 15; stream++ {
		e.connect(stream, root, properties)
		e.asks(stream)
	}
	if len(e.log) > 0 || e.ticks == 0 || e.ticks > 100 || e.armed != 1 {
		t.Errorf("%d entries are written, and the next tick was set %d times, to %d ms", len(e.log), e.armed, e.ticks)
	}
	e.pass(root)
	if types := typesOf(e.log); types != strings.TrimSpace(strings.Repeat("request response ", 5)) || e.writes != 1 {
		t.Errorf("in %d messages are entries %q", e.writes, types)
	}
	if e.ticks != 0 {
		t.Errorf("there is nothing to write, and a tick each %d ms", e.ticks)
	}
}

func TestTheEntryOfADenialIsWrittenAtOnceAfterThoseBeforeIt(t *testing.T) {
	const root, stream = 1, 10
	e := logging(t, root)
	e.connect(stream, root, properties)
	e.asks(stream)
	e.data(stream, false, false, []byte("get secret\r\nget secret\r\n"))
	if types := typesOf(e.log); types != "request response denied denied" || e.writes != 1 {
		t.Errorf("in %d messages are entries %q", e.writes, types)
	}
	e.connect(stream+1, root, properties)
	e.data(stream+1, false, false, []byte("get a\x00b\r\n"))
	if types := typesOf(e.log[4:]); types != "closed" && types != "denied closed" {
		t.Errorf("after a malformed request there are entries %q", types)
	}
}

func TestEntriesThatWaitAreBounded(t *testing.T) {
	const root, stream, requests, most = 1, 10, 500, 10 << 10
	e := logging(t, root)
	e.connect(stream, root, properties)
	for range requests {
		before := len(e.log)
		e.asks(stream)
		if n := len(strings.Join(e.log[before:], "\n")); n > most {
			t.Fatalf("a message has %d bytes", n)
		}
	}
	if n := len(e.log); n < 2*requests-100 || n > 2*requests || e.writes > n/20 {
		t.Errorf("without a tick, %d of %d entries are written in %d messages", n, 2*requests, e.writes)
	}
	e.pass(root)
	if len(e.log) != 2*requests {
		t.Errorf("%d entries are written, want %d", len(e.log), 2*requests)
	}
}

func TestNoEntryIsLostWhenAConnectionOrThePluginEnds(t *testing.T) {
	for _, first := range []string{"connection", "plugin"} {
		t.Run(first, func(t *testing.T) {
			const root, stream = 1, 10
			e := plain(t)
			if !e.configure(root, `{"parser": "memcache", "policy": {"allow": "all"}, "access_log": {"envoy": true}}`) {
				t.Fatal(e.messages)
			}
			e.connect(stream, root, properties)
			e.asks(stream)
			// The entry of this one is made when the connection ends.
			e.data(stream, false, false, []byte("get public/b\r\n"))
			if first == "plugin" {
				e.call("proxy_on_done", root)
			}
			e.disconnect(stream)
			if first == "connection" && e.ticks == 0 {
				t.Error("an entry waits, and there is no tick")
			}
			e.disconnect(root)
			if got := fmt.Sprint(len(e.log), " ", typesOf(e.log)); got != "2 request request" || !strings.Contains(e.log[1], `"status":"no reply"`) {
				t.Errorf("there are entries %q", e.log)
			}
		})
	}
}

// Numbers of connections are given by Envoy, and any number of them exist at once.
func TestConnectionsAreDistinguishedByTheirNumbers(t *testing.T) {
	const root = 1
	e := plain(t)
	if !e.configure(root, `{"parser": "memcache", "policy": {"allow": "all"}, "access_log": {"envoy": true}}`) {
		t.Fatal(e.messages)
	}
	streams := []uint64{10, 10 + 64, 10 + 128, 11, 1 << 31}
	for i, stream := range streams {
		with := maps.Clone(properties)
		with["connection_id"] = number(uint64(100 + i))
		e.connect(stream, root, with)
		e.asks(stream)
	}
	for range 4 {
		for _, stream := range streams {
			e.asks(stream)
		}
	}
	e.disconnect(streams[0])
	e.asks(streams[1])
	e.pass(root)
	for i := range streams {
		want := 5
		if i == 1 {
			want = 6
		}
		lines := 0
		for _, line := range e.log {
			if strings.Contains(line, fmt.Sprintf(`"connection":%d,"request":%d,`, 100+i, lines+1)) {
				lines++
			}
		}
		if lines != want {
			t.Errorf("connection %d has %d entries in their order, want %d", 100+i, lines, want)
		}
	}
	if out := e.data(streams[0], false, false, []byte("get a\r\n")); len(out) > 0 {
		t.Errorf("of a connection that has ended, %q passes", out)
	}
}
