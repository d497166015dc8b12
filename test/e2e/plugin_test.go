//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/xdstest"
	"github.com/proxylib/proxylib/test/envoy"
)

var plugin = flag.Bool("plugin", false, "run the scenarios with the Proxy-Wasm plugin in the place of the library")

// libraryOnly are the tests of what a plugin does not have; docs/wasm.md says why.
var libraryOnly = map[string][]string{
	"HTTP is the business of another filter": {
		"HTTP$|HTTP3|HTTPFilter|OfHTTPA|OfHTTPPass|HeaderMatches|ThatAnotherFilterHasRefused|WhatIsDeniedPasses|ObserveHTTP|StatusOfAReply|CallOfGRPC|InOtherForms",
		"ThatGoAway|NoSpelling|MetadataHaveTheVerdicts|EachOfPipelined|WaitsToContinue|WebSockets|Tunnels|Trailers|UnderWayEnd|OfItsCertificate|OfItsName",
	},
	"files": {
		"PolicyFolder|WrittenSlowly|MayHoldManifests|AParserInAFile|AParserOfMemcachedInC|AFileThatIsNotAParser|FromAFile|TheExample|TheExamples|CanNotBeUsed",
	},
	"sockets and connections of its own":            {"AtTheSocket|ACollector|EveryReader|WithAToken"},
	"requests that wait for the server":             {"NoLoginToAServer|UnderWayAreHeldBack/of_two"},
	"denials without a reply to replace":            {"ASlowReader|DoesNotReadItsDenials|AreNoRequest/payload_longer"},
	"state of a connection before its end":          {"WrittenAtIntervals"},
	"the command line and the demo run the library": {"TheDemo|RunAndProxy|RunFails|ThePrinted"},
}

func TestMain(m *testing.M) {
	flag.Parse()
	if *plugin {
		skip := flag.Lookup("test.skip").Value
		names := skip.String()
		for _, patterns := range libraryOnly {
			names += "|" + strings.Join(patterns, "|")
		}
		if err := skip.Set(strings.TrimPrefix(names, "|")); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if shared != nil {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.RemoveAll(sharedDir)
	}
	os.Exit(code)
}

// shared is an Envoy that tests share one after another, as it takes long to compile the plugin.
var (
	shared    *envoy.Proxy
	sharedDir string
)

// share gives the shared Envoy the configuration of the test.
func (s *fixture) share(config envoy.Config) {
	s.t.Helper()
	config.Watched, config.Renewable = true, true
	var err error
	if shared != nil {
		s.proxy, err = shared.Renew(config)
	} else if sharedDir, err = os.MkdirTemp("", "plugin"); err == nil {
		first := config
		first.Dir, first.Args = sharedDir, []string{"--drain-time-s", "1"}
		s.proxy, err = envoy.Start(first)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	shared = s.proxy
	s.t.Cleanup(s.showLogs)
	s.served.wait(s.t)
}

// entryText finds the lines of the access log in Envoy's log.
var entryText = regexp.MustCompile(`(?m)\{"time":.*\}$`)

// ofPlugin returns the configuration of a plugin that does what a filter_config says: policies come from a server, and the access log
// goes to Envoy's.
func (s *fixture) ofPlugin(c *envoy.Config, filter config) config {
	s.t.Helper()
	root, err := envoy.Root()
	if err != nil {
		s.t.Fatal(err)
	}
	c.Wasm = filepath.Join(root, "build", "proxylib.wasm")
	filter = maps.Clone(filter)
	if filter["parser"] == "memcache" && filter["parser_config"] == nil {
		// Without it, some requests wait until the server is known, for which a plugin has no way.
		filter["parser_config"] = config{"protocols": []string{"text", "binary"}, "meta": true, "auth": "none"}
	}
	if log, is := filter["access_log"].(config); is && log["file"] != nil {
		filter["access_log"] = config{"envoy": true}
	}
	policy, _ := filter["policy"].(config)
	socket, _ := policy["xds"].(string)
	if policy["file"] != nil {
		socket = s.startServing()
	}
	if socket == "" {
		return filter
	}
	// The name is one of its own, as plugins of tests before are there for a while in a shared Envoy.
	c.PolicySocket, c.PolicyCluster = socket, "npds"+strings.ReplaceAll(socket, "/", "-")
	policy = maps.Clone(policy)
	delete(policy, "file")
	policy["xds"] = c.PolicyCluster
	filter["policy"] = policy
	return filter
}

// resources are policies that a server has.
type resources struct {
	socket, document string
	server           *xdstest.Server
}

// serve has a document served in the place of the one before, if there is a server.
func (s *fixture) serve(document string) {
	s.t.Helper()
	if !*plugin {
		return
	}
	if s.served == nil {
		s.served = &resources{}
	}
	s.served.document = document
	if s.served.server == nil {
		return
	}
	s.served.server.Stop()
	os.Remove(s.served.socket)
	s.served.server = xdstest.Serve(s.t, s.served.socket, document)
}

// startServing starts the server, if it is not there, and returns its socket, whose path has to be short.
func (s *fixture) startServing() string {
	s.t.Helper()
	if s.served.server == nil {
		dir, err := os.MkdirTemp("", "npds")
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { os.RemoveAll(dir) })
		s.served.socket = filepath.Join(dir, "xds")
		s.served.server = xdstest.Serve(s.t, s.served.socket, s.served.document)
	}
	return s.served.socket
}

// wait waits until the policies are in force, if there is a server.
func (r *resources) wait(t *testing.T) {
	t.Helper()
	if r != nil && r.server != nil {
		r.server.Accepted(t)
		followed()
	}
}

// followed waits until all threads of Envoy have what one of them has from the server. They look at intervals of a tenth of a second.
func followed() {
	if *plugin {
		time.Sleep(time.Second)
	}
}
