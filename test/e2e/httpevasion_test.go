//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/url"
	stdpath "path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// normalisations are what a connection manager may do with paths.
var normalisations = map[string]string{
	"none": "",
	"some": "normalize_path: true",
	"all":  "{normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD}",
}

// spellings are paths that some servers take for ones that webPolicy does not allow.
var spellings = []string{
	"/public/../private", "/public/./../private", "/public/%2e%2e/private", "/public/.%2E/private", "/public%2f..%2fprivate", "/public/..%2fprivate",
	`/public/..\private`, "/public/..%5cprivate", "/public/..;/private", "/public/..;x=1/private", "/public//../../private", "/public/%2e%2e%2fprivate",
	"/public/%73ecret/x", "/public//secret/x", "/public/x/../secret/y", "/public/;a/secret", "/public/secre%74", "/public%2fsecret", "/public/secret%00.png",
	"/./public/../private", "/public/x/..//../private", "/%2e/private", "//private", "/public/../public/../private?a=/public", "/public/%5c../secret",
	"/public/\xff/../secret/x", "/public/%ff/../secret/x", "/public/%252e%252e/private", "/public/%2e%2e;/private", "/public/.//secret/", "/public/secret%2fx",
	"/public/%53ecret/../secret", "/public/%00/../secret", "/public/../PRIVATE", "/public/x/%2e%2e/secret?y", "/public/%2e/secret#x", "/public/secret;x=1/y",
}

// harmlessPaths are paths that every server takes for ones which webPolicy allows.
var harmlessPaths = []string{
	"/public/a//b", "/public/caf%C3%A9", "/public/a%20b", "/public/a;v=1", "/public/x/../y", "/public?a=../../private", "/public/%ff", "/public/SECRET",
}

// forbiddenToAsk reports whether webPolicy forbids a path that a server has read.
func forbiddenToAsk(path string) bool {
	return !strings.HasPrefix(path, "/public") || strings.HasPrefix(path, "/public/secret")
}

// forbiddenTarget reports whether some server would serve what the policy forbids for a request target.
func forbiddenTarget(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return true
	}
	decoded, _, _ = strings.Cut(strings.ReplaceAll(decoded, "\\", "/"), "\x00")
	segments := strings.Split(decoded, "/")
	for i := range segments {
		segments[i], _, _ = strings.Cut(segments[i], ";")
	}
	return slices.ContainsFunc([]string{decoded, stdpath.Clean("/" + decoded), stdpath.Clean("/" + strings.Join(segments, "/"))}, forbiddenToAsk)
}

func getTo(target, host string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"
}

// startNormalising starts Envoy with what a connection manager may do with paths.
func (s *fixture) startNormalising(upstream string, filter config, options string) {
	s.t.Helper()
	s.startHTTP(upstream, filter, strings.Trim(strings.ReplaceAll(options, ", ", "\n      "), "{}"))
}

// The origin is asked what it has served. It reads paths in every way that servers do.
func TestNoSpellingReachesAForbiddenPath(t *testing.T) {
	for name, options := range normalisations {
		t.Run(name, func(t *testing.T) {
			s, o := newFixture(t), startOrigin(t)
			s.writePolicy(webPolicy)
			s.startNormalising(o.address(), s.httpConfig(), options)
			for _, path := range spellings {
				for _, form := range []string{"", "http://a"} {
					before := o.served()
					got := s.raw(getTo(form+path, "a"))
					if o.served() > before && forbiddenTarget(o.last().RequestURI) {
						t.Errorf("%s%s: %s, the origin served %s", form, path, got, o.last().RequestURI)
					}
				}
				before := o.served()
				got := s.rawHTTP2(":method", "GET", ":scheme", "http", ":path", path, ":authority", "a")
				if o.served() > before && forbiddenTarget(o.last().RequestURI) {
					t.Errorf("HTTP/2 %s: %s, the origin served %s", path, got, o.last().RequestURI)
				}
			}
			for _, path := range harmlessPaths {
				if got := s.raw(getTo(path, "a")); got != "HTTP/1.1 200 OK" {
					t.Errorf("%s: %s", path, got)
				}
				if got := s.rawHTTP2(":method", "GET", ":scheme", "http", ":path", path, ":authority", "a"); got != "200" {
					t.Errorf("HTTP/2 %s: %s", path, got)
				}
			}
		})
	}
}

func TestNoSpellingReachesAForbiddenPathOfNginx(t *testing.T) {
	for name, options := range normalisations {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			n := startNginx(t, s.dir)
			// Without the filter they do reach what is forbidden: it is the filter that the test is about.
			for _, path := range spellings {
				rawTo(t, n.addr, getTo(path, "a"))
			}
			direct := n.served()
			if forbidden := countForbidden(direct); forbidden < 15 {
				t.Fatalf("nginx takes only %d of %d spellings for what is forbidden: %q", forbidden, len(spellings), direct)
			}
			s.writePolicy(webPolicy)
			s.startNormalising(n.addr, s.httpConfig(), options)
			for _, path := range spellings {
				s.raw(getTo(path, "a"))
				s.raw(getTo("http://a"+path, "b"))
				s.rawHTTP2(":method", "GET", ":scheme", "http", ":path", path, ":authority", "a")
			}
			for _, path := range harmlessPaths {
				if got := s.raw(getTo(path, "a")); got != "HTTP/1.1 200 OK" {
					t.Errorf("%s: %s", path, got)
				}
			}
			through := n.served()[len(direct):]
			for _, r := range through {
				if forbiddenToAsk(r.Path) {
					t.Errorf("nginx served %s for the target %s", r.Path, r.Target)
				}
			}
			if len(through) < len(harmlessPaths) {
				t.Errorf("nginx served %d requests", len(through))
			}
		})
	}
}

func countForbidden(list []served) (n int) {
	for _, r := range list {
		if forbiddenToAsk(r.Path) {
			n++
		}
	}
	return n
}

// hostSpellings are lines of Host that some servers take for admin.example.
var hostSpellings = []string{
	"Host: admin.example", "Host: ADMIN.example", "Host: Admin.Example:80", "Host: admin.example.", "Host: admin.example.:80", "Host: admin.example:80",
	"Host: admin.example:8080", "Host: shop.example\r\nHost: admin.example", "Host: admin.example\r\nHost: shop.example", "Host: user@admin.example",
	"Host: shop.example:80@admin.example", "Host: admin.example,shop.example", "Host: \tadmin.example \t", "Host: admin.example\xff", "Host: admin.example\\x",
	"Host: shop.example\r\n admin.example", "hOST: admin.example", "Host: admin.example:", "Host: admin.example:99999", "Host: admin%2eexample", "Host: ",
}

// hostPolicies allow all but admin.example, by a rule that denies it, and by one that allows the other host alone.
var hostPolicies = map[string]config{
	"deny":  {"allow": []config{{}}, "deny": []config{{"host": "admin[.]example"}}},
	"allow": {"allow": []config{{"host": "shop[.]example(:[0-9]+)?"}}},
}

func TestNoSpellingReachesAForbiddenHostOfNginx(t *testing.T) {
	for name, policy := range hostPolicies {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t)
			n := startNginx(t, s.dir)
			ask := func(addr string) {
				for _, line := range hostSpellings {
					rawTo(t, addr, "GET /x HTTP/1.1\r\n"+line+"\r\nConnection: close\r\n\r\n")
					rawTo(t, addr, "GET http://"+strings.TrimPrefix(line, "Host: ")+"/x HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")
				}
			}
			admin := func(list []served) (n int) {
				for _, r := range list {
					if r.Host == "admin.example" {
						n++
					}
				}
				return n
			}
			ask(n.addr)
			direct := n.served()
			if found := admin(direct); found < 10 {
				t.Fatalf("nginx takes only %d for the host that is forbidden", found)
			}
			s.startHTTP(n.addr, config{"policy": policy, "access_log": config{"file": s.accessLog}}, "")
			ask(s.proxy.Addr)
			// Of what the codec refuses Envoy closes the connection after a second.
			var wg sync.WaitGroup
			for _, line := range hostSpellings {
				host := strings.TrimPrefix(line, "Host: ")
				for _, fields := range [][]string{{":authority", host}, {":authority", "shop.example", "host", host}, {"host", host}} {
					wg.Go(func() { s.rawHTTP2(append([]string{":method", "GET", ":scheme", "http", ":path", "/x"}, fields...)...) })
				}
			}
			wg.Wait()
			for _, host := range []string{"shop.example", "shop.example:80"} {
				if got := s.raw(getTo("/x", host)); got != "HTTP/1.1 200 OK" {
					t.Errorf("%s: %s", host, got)
				}
			}
			through := n.served()[len(direct):]
			if found := admin(through); found > 0 || len(through) < 2 {
				t.Errorf("nginx served %d requests, %d of the host that is forbidden:\n%s", len(through), found, s.logText(func(string) bool { return true }))
			}
		})
	}
}

// rawTo sends bytes on a connection of its own, and returns the status line of the reply; what the other side does without one.
func rawTo(t *testing.T, addr, request string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		return err.Error()
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(line)
}

// rawHTTP2 sends a head as it is, without a body, on a connection of its own, and returns the status, or what is there in its place.
func (s *fixture) rawHTTP2(fields ...string) string {
	conn, err := net.DialTimeout("tcp", s.proxy.Addr, patience)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for i := 0; i+1 < len(fields); i += 2 {
		encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	io.WriteString(conn, http2.ClientPreface)
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	framer.WriteSettings()
	framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true})
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return err.Error()
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			return frame.PseudoValue("status")
		case *http2.RSTStreamFrame:
			return frame.ErrCode.String()
		case *http2.GoAwayFrame:
			return frame.ErrCode.String()
		}
	}
}
