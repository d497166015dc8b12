package wasm

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/test/envoy"
)

// plugin is the configuration of the plugin for a recording.
func plugin(t *testing.T, r *parsertest.Recording) string {
	policy := map[string]any{"allow": r.Allow}
	if r.Deny != nil {
		policy["deny"] = r.Deny
	}
	config := map[string]any{
		"parser": r.Parser, "policy": policy, "audit": r.Audit, "readonly": r.ReadOnly, "access_log": map[string]any{"envoy": true}, "log": "request",
		"policy_name": cmp.Or(r.Conn.PolicyName, parsertest.Endpoint), "port": parsertest.Port, "proxy_id": r.Conn.ProxyID,
	}
	if r.Config != nil {
		config["parser_config"] = r.Config
	}
	if r.Conn.Egress {
		config["direction"] = "egress"
	}
	source, destination := addresses(r)
	var identities []map[string]any
	for addr, id := range map[string]uint32{source: r.Conn.SrcID, destination: r.Conn.DstID} {
		if id != 0 {
			identities = append(identities, map[string]any{"cidr": addr[:strings.LastIndexByte(addr, ':')], "identity": id})
		}
	}
	config["identities"] = identities
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func addresses(r *parsertest.Recording) (source, destination string) {
	return cmp.Or(r.Conn.SrcAddr, "127.0.0.2:20000"), cmp.Or(r.Conn.DstAddr, fmt.Sprintf("%s:%d", parsertest.Endpoint, parsertest.Port))
}

// play plays a recording through the plugin, and returns the first difference.
func play(t *testing.T, e *emulator, root, stream uint64, r *parsertest.Recording) string {
	source, destination := addresses(r)
	e.messages = nil
	if !e.configure(root, plugin(t, r)) {
		return "the configuration is refused: " + strings.Join(e.messages, "\n")
	}
	e.connect(stream, root, map[string]string{
		"source\x00address": source, "destination\x00address": destination, "connection_id": number(1),
		"connection\x00requested_server_name": r.Conn.ServerName,
	})
	defer func() {
		e.disconnect(stream)
		e.disconnect(root)
	}()
	for i, c := range r.Calls {
		e.log = nil
		out := e.data(stream, c.Reply, c.End, c.Data)
		if !bytes.Equal(out, c.Out) {
			return fmt.Sprintf("call %d: %q becomes %q, want %q; %s", i, c.Data, out, c.Out, strings.Join(e.messages, "\n"))
		}
		e.pass(root)
		var got []string
		for _, line := range e.log {
			got = append(got, parsertest.Timeless(line))
		}
		if want := parsertest.LogLines(t, c.Log); !slices.Equal(got, want) {
			return fmt.Sprintf("call %d: entries\n%s\nwant\n%s", i, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if e.closed != (c.Closed != "") {
			return fmt.Sprintf("call %d: closes: %v, want %q", i, e.closed, c.Closed)
		}
		if c.Closed != "" {
			if got := e.state["proxylib_failure"]; got != "proxylib: "+c.Closed {
				return fmt.Sprintf("call %d: closed because of %q, want proxylib: %q", i, got, c.Closed)
			}
			break
		}
	}
	return ""
}

func TestTranscriptsComeOutTheSameInThePlugin(t *testing.T) {
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	list := parsertest.Recordings(t, root, proxylib.ParserNames()...)
	e := startEmulator(t, filepath.Join(root, "build", "proxylib.wasm"))
	parsers, failures := map[string]int{}, 0
	for i := range list {
		parsers[list[i].Parser]++
		if problem := play(t, e, uint64(2*i+1), uint64(2*i+2), &list[i]); problem != "" {
			failures++
			if failures < 20 {
				t.Errorf("%s: %s", list[i].Name, problem)
			}
		}
	}
	t.Logf("%d recordings: %v; %d bytes of memory", len(list), parsers, e.module.Memory().Size())
	if len(parsers) != len(proxylib.ParserNames()) || failures > 0 {
		t.Errorf("%d of %d recordings come out another way; of each parser there are %v", failures, len(list), parsers)
	}
}
