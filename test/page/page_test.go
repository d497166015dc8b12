//go:build e2e

package page

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"google.golang.org/grpc"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/api/logs"
	"github.com/proxylib/proxylib/cli"
	"github.com/proxylib/proxylib/npds"
	_ "github.com/proxylib/proxylib/parsers/all"
)

var pictures = flag.String("pictures", "", "folder for pictures of the page")

const documents = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cache}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts:
    - ports: [{port: "11211", protocol: TCP}]
      rules: {l7proto: memcache, l7: [{command: get, keyPrefix: public/}]}
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{method: GET, path: "/public/.*", host: shop}]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: cache, labels: {app: cache}}, addresses: [10.0.0.1]}
---
{apiVersion: proxylib/v1, kind: Endpoint, metadata: {name: web, labels: {app: web}}, addresses: [10.0.0.2]}
`

const token = "0123456789abcdef0123"

// output is what the server says.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

var ready = regexp.MustCompile(`policy server is ready" api="\[([^\]]*)\]" xds="\[([^\]]*)\]"`)

func (o *output) addresses() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return ready.FindStringSubmatch(o.text.String())
}

// serve runs "proxylib serve" and returns its addresses.
func serve(t *testing.T, args ...string) (api, xds string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "documents"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "documents", "cache.yaml"), []byte(documents), 0o600); err != nil {
		t.Fatal(err)
	}
	command, said := cli.Command(), &output{}
	command.SetErr(said)
	command.SetArgs(append([]string{"serve", "--state", filepath.Join(folder, "state"), "--directory", filepath.Join(folder, "documents"),
		"--api", "127.0.0.1:0", "--xds", "127.0.0.1:0"}, args...))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- command.ExecuteContext(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if found := said.addresses(); found != nil {
			return found[1], found[2]
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server is not ready: %s", said.text.String())
		}
	}
}

// markup is a key that would be harmful as HTML.
const markup = `<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>`

// send sends entries of a library to a server.
func send(t *testing.T, address string) {
	t.Helper()
	l, err := sink.Open(sink.Config{Server: &sink.ServerConfig{
		Address: address, Library: &logs.Library{NodeId: "edge-1", Version: "v1.2.3", Parsers: []string{"memcache"}},
		Connect: func() (*grpc.ClientConn, error) { return npds.Connect(npds.ClientConfig{Address: address}) },
		Health:  func() *logs.Health { return &logs.Health{PolicySources: 1, PolicySourcesConnected: 1, Panics: 7} },
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	flow := accesslog.NewFlow(accesslog.FlowInfo{
		Connection: 7, Ingress: true, PolicyName: "10.0.0.1", SourceAddress: "10.0.0.2:4711", DestinationAddress: "10.0.0.1:11211",
		Parser: "memcache",
	})
	add := func(kind cilium.EntryType, rule, reason, command, keys string) {
		e := accesslog.Entry{
			Time: time.Now().UnixNano(), Type: kind, Rule: rule, Reason: reason, Flow: &flow,
			L7: accesslog.NewGeneric("textmemcached").Add("command", command).Add("keys", keys),
		}
		if kind == cilium.EntryType_Request {
			e.Exchange = &accesslog.Exchange{
				Status: cilium.ReplyStatus_Succeeded, RequestBytes: 14, ReplyBytes: 37, Latency: 312_000,
				Reply: accesslog.NewGeneric("textmemcached").Add("status", "hit"),
			}
		}
		l.Queue().Log(e)
	}
	for i := range 12 {
		add(cilium.EntryType_Request, "default/cache spec.ingress[0].toPorts[0]", "", "get", fmt.Sprintf("public/%d", i))
	}
	add(cilium.EntryType_Denied, "", "no rule", "get", "public/a, secret/b")
	add(cilium.EntryType_Denied, "", "no rule", "set", markup)
}

// tab is a browser with what it complains of.
type tab struct {
	*testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	foreign    []string
}

// open opens a page.
func open(t *testing.T, address string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1280, 900))
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	browser, cancelBrowser := chromedp.NewContext(allocator)
	b := &tab{T: t, ctx: browser}
	var listening sync.WaitGroup
	t.Cleanup(func() {
		cancelBrowser()
		cancelAllocator()
		listening.Wait()
	})
	b.do(chromedp.Navigate("about:blank"))
	ctx, cancel := context.WithTimeout(browser, 90*time.Second)
	t.Cleanup(cancel)
	b.ctx = ctx
	target := chromedp.FromContext(ctx).Target
	listen(ctx, &listening, target, runtime.ExceptionThrown, func(e runtime.EventExceptionThrown) {
		b.note(&b.complaints, fmt.Sprint(e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description))
	})
	listen(ctx, &listening, target, cdplog.EntryAdded, func(e cdplog.EventEntryAdded) {
		if e.Entry.Level == cdplog.EntryLevelError && e.Entry.Source != cdplog.EntrySourceNetwork {
			b.note(&b.complaints, e.Entry.Text)
		}
	})
	listen(ctx, &listening, target, network.RequestWillBeSent, func(e network.EventRequestWillBeSent) {
		if !strings.HasPrefix(e.Request.URL, "http://"+address+"/") {
			b.note(&b.foreign, e.Request.URL)
		}
	})
	if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := cdp.Call(ctx, target, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate("http://" + address + "/"))
	return b
}

// listen takes events until the context ends.
func listen[E any](ctx context.Context, listening *sync.WaitGroup, target cdp.Session, event cdp.Event[E], take func(E)) {
	events := cdp.Events(ctx, target, event)
	listening.Go(func() {
		for e, err := range events {
			if err != nil {
				return
			}
			take(e)
		}
	})
}

func (b *tab) note(list *[]string, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*list = append(*list, text)
}

type action = chromedp.Action[chromedp.Void]

func (b *tab) do(actions ...action) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// value returns what an expression is.
func value[T any](b *tab, expression string) T {
	b.Helper()
	result, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatal(err)
	}
	return result
}

// expect waits until an expression is true.
func (b *tab) expect(expression string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(15*time.Second))); err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
}

func (b *tab) view(name string) {
	b.Helper()
	b.do(chromedp.Click(`nav a[href="#`+name+`"]`), chromedp.WaitVisible("#"+name))
}

// contrast are the texts whose contrast is below that which WCAG 2.2 asks for (1.4.3).
const contrast = `(() => {
  const rgb = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4); return .2126 * x + .7152 * y + .0722 * z; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return rgb(getComputedStyle(document.body).backgroundColor); };
  const poor = [];
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility() || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) poor.push(e.tagName + " " + e.className + " " + e.textContent.slice(0, 30));
  }
  return poor;
})()`

func TestThePageIsUsableOnEveryScreen(t *testing.T) {
	api, xds := serve(t)
	send(t, xds)
	b := open(t, api)
	b.expect(`document.querySelectorAll("#entries tr").length === 14`)
	for _, screen := range []struct {
		name          string
		width, height int64
	}{{"phone", 360, 740}, {"desktop", 1280, 900}} {
		for _, scheme := range []string{"light", "dark"} {
			b.screen(screen.width, screen.height, screen.name == "phone", scheme)
			for _, view := range []string{"requests", "explain", "policies", "endpoints", "libraries"} {
				b.view(view)
				if view == "policies" {
					b.expect(`document.querySelectorAll("#policy-list details").length === 1`)
				}
				if view == "libraries" {
					b.expect(`document.querySelector("#library-list dd") !== null`)
				}
				time.Sleep(200 * time.Millisecond)
				name := fmt.Sprintf("%s-%s-%s", view, screen.name, scheme)
				if wide := value[int](b, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
					t.Errorf("%s: the page is %d pixels too wide", name, wide)
				}
				if poor := value[[]string](b, contrast); len(poor) > 0 {
					t.Errorf("%s: too little contrast: %q", name, poor)
				}
				b.accessible(name)
				b.picture(name)
			}
		}
	}
	b.nothingBad()
}

// accessible has axe-core look for what people cannot perceive or use: the criteria of WCAG 2.2, levels A and AA, and good practice.
func (b *tab) accessible(name string) {
	b.Helper()
	const check = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(({violations, passes}) => {
  window.checked = [passes.length, ...violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.map((n) => n.html).join(" "))];
})`
	if value[bool](b, `window.axe === undefined`) {
		source, err := os.ReadFile(filepath.Join("..", "..", "build", "axe", "axe-core", "axe.min.js"))
		if err != nil {
			b.Fatalf("%v: run test/deps/page", err)
		}
		b.do(chromedp.Evaluate[chromedp.Void](string(source)))
	}
	b.do(chromedp.Evaluate[chromedp.Void](`window.checked = undefined; ` + check + `; undefined`))
	b.expect(`window.checked !== undefined`)
	if rules := value[int](b, `window.checked[0]`); rules < 10 {
		b.Errorf("%s: only %d rules apply", name, rules)
	}
	for _, violation := range value[[]string](b, `window.checked.slice(1)`) {
		b.Errorf("%s: %s", name, violation)
	}
}

// screen makes the screen another one.
func (b *tab) screen(width, height int64, mobile bool, scheme string) {
	b.Helper()
	target := chromedp.FromContext(b.ctx).Target
	_, err := cdp.Call(b.ctx, target, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: mobile,
	})
	if err == nil {
		_, err = cdp.Call(b.ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
	}
	if err != nil {
		b.Fatal(err)
	}
}

// picture saves a picture of the page, if somebody wants to look at it.
func (b *tab) picture(name string) {
	b.Helper()
	if *pictures == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), png, 0o600); err != nil {
		b.Fatal(err)
	}
}

// nothingBad checks that the browser has not complained, and has asked nobody else.
func (b *tab) nothingBad() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints)+len(b.foreign) > 0 {
		b.Errorf("complaints: %q, requests to others: %q", b.complaints, b.foreign)
	}
}

func TestRequestsAreFilteredAndExplained(t *testing.T) {
	api, xds := serve(t)
	send(t, xds)
	b := open(t, api)
	b.expect(`document.querySelectorAll("#entries tr").length === 14`)
	if value[bool](b, `window.harmed === 1`) || !strings.Contains(value[string](b, `document.getElementById("entries").textContent`), "<img src=x") {
		t.Error("a text is taken for HTML")
	}
	b.do(chromedp.SetValue("#filter-verdict", "denied"), chromedp.Evaluate[chromedp.Void](`document.getElementById("filter-verdict").dispatchEvent(new Event("input"))`))
	b.expect(`document.querySelectorAll("#entries tr").length === 2`)
	b.do(chromedp.SendKeys("#filter-text", "SECRET/b"))
	b.expect(`document.querySelectorAll("#entries tr").length === 1`)
	b.do(chromedp.Click("#entries button"))
	b.expect(`document.getElementById("details-why").textContent.includes("ingress of default/cache")`)
	why := value[string](b, `document.getElementById("details").textContent`)
	for _, want := range []string{"denied", "no rule", "public/a, secret/b", "nearest", "default/cache spec.ingress[0].toPorts[0]"} {
		if !strings.Contains(why, want) {
			t.Errorf("%q is not in %s", want, why)
		}
	}
	b.accessible("why")
	b.picture("why")
	b.do(chromedp.KeyEvent(kb.Escape), chromedp.SetValue("#filter-verdict", "allowed"), chromedp.SetValue("#filter-text", "public/3"),
		chromedp.Evaluate[chromedp.Void](`document.getElementById("filter-verdict").dispatchEvent(new Event("input"))`))
	b.expect(`document.querySelectorAll("#entries tr").length === 1`)
	b.do(chromedp.Click("#entries button"))
	b.expect(`document.getElementById("details-why").textContent.includes("ingress of default/cache")`)
	if got := value[string](b, `document.getElementById("details-fields").innerText`); !strings.Contains(got, "312 µs ok") ||
		!strings.Contains(got, "14 and 37") || !strings.Contains(got, "reply status\nhit") {
		t.Errorf("not all that the entry says is in %q", got)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	b.expect(`!document.getElementById("details").open && document.activeElement.textContent === "Why?"`)
	b.nothingBad()
}

// sendHTTP sends an entry of a request that passed with its reply, one of a denied request, and one of a reply.
func sendHTTP(t *testing.T, address string) {
	t.Helper()
	l, err := sink.Open(sink.Config{Server: &sink.ServerConfig{
		Address: address, Library: &logs.Library{NodeId: "edge-2", Version: "v1.2.3"},
		Connect: func() (*grpc.ClientConn, error) { return npds.Connect(npds.ClientConfig{Address: address}) },
		Health:  func() *logs.Health { return &logs.Health{} },
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	flow := accesslog.NewFlow(accesslog.FlowInfo{
		Connection: 8, Ingress: true, PolicyName: "10.0.0.1", SourceAddress: "10.0.0.2:4712", DestinationAddress: "10.0.0.1:80",
	})
	add := func(kind cilium.EntryType, path string, status uint32, exchange *accesslog.Exchange) {
		l.Queue().Log(accesslog.Entry{
			Time: time.Now().UnixNano(), Type: kind, Flow: &flow, Exchange: exchange,
			L7: &accesslog.HTTP{Protocol: cilium.HttpProtocol_HTTP2, Scheme: "https", Host: "shop", Path: path, Method: "GET", Status: status},
		})
	}
	add(cilium.EntryType_Request, "/public/1?a=b", 404, &accesslog.Exchange{
		Status: cilium.ReplyStatus_Failed, Latency: 2_500_000, Reply: accesslog.NewGeneric("http").Add("x-cache", "miss"),
	})
	add(cilium.EntryType_Denied, "/public/../"+markup, 0, nil)
	add(cilium.EntryType_Response, "", 200, nil)
}

func TestRequestsOfHTTPAreShownAndExplained(t *testing.T) {
	api, xds := serve(t)
	sendHTTP(t, xds)
	b := open(t, api)
	b.expect(`document.querySelectorAll("#entries tr").length === 3`)
	b.do(chromedp.SetValue("#filter-parser", "http"), chromedp.SetValue("#filter-verdict", "allowed"),
		chromedp.Evaluate[chromedp.Void](`document.getElementById("filter-verdict").dispatchEvent(new Event("input"))`))
	b.expect(`document.querySelectorAll("#entries tr").length === 1`)
	if got := value[string](b, `document.getElementById("entries").innerText`); !strings.Contains(got, "method=GET path=/public/1?a=b host=shop") ||
		!strings.Contains(got, "status=404") || !strings.Contains(got, "2.5 ms error") {
		t.Errorf("the row says %q", got)
	}
	b.do(chromedp.Click("#entries button"))
	b.expect(`document.getElementById("details-why").textContent.includes("default/cache spec.ingress[0].toPorts[1]")`)
	if got := value[string](b, `document.getElementById("details-fields").innerText`); !strings.Contains(got, "reply x-cache\nmiss") {
		t.Errorf("the details say %q", got)
	}
	b.accessible("http")
	b.picture("http")
	b.do(chromedp.KeyEvent(kb.Escape), chromedp.SetValue("#filter-verdict", "denied"),
		chromedp.Evaluate[chromedp.Void](`document.getElementById("filter-verdict").dispatchEvent(new Event("input"))`))
	b.expect(`document.querySelectorAll("#entries tr").length === 1`)
	if got := value[string](b, `document.getElementById("entries").innerText`); !strings.Contains(got, "<img src=x") || strings.Contains(got, "status=") {
		t.Errorf("the row of a denial says %q", got)
	}
	b.view("explain")
	ask := func(request, want string) {
		t.Helper()
		b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("explanation").replaceChildren()`),
			chromedp.SetValue("input[name=from]", "10.0.0.2"), chromedp.SetValue("input[name=to]", "default/cache"), chromedp.SetValue("input[name=port]", "80"),
			chromedp.SetValue("input[name=parser]", "http"), chromedp.SetValue("input[name=request]", request), chromedp.Click("#question button"))
		b.expect(`document.getElementById("explanation").textContent.includes("` + want + `")`)
	}
	ask("GET /public/x host=shop", "default/cache spec.ingress[0].toPorts[1]")
	ask("GET /public/../x host=shop", "servers may take the path for /x")
	ask("GET /public/x host=other", "nearest")
	ask("GET", "want METHOD PATH")
	b.accessible("explained")
	b.nothingBad()
}

func TestRulesForHTTPAreValidated(t *testing.T) {
	api, _ := serve(t)
	b := open(t, api)
	b.view("policies")
	other := strings.Replace(strings.Split(documents, "---")[0], "name: cache", "name: other", 1)
	validate := func(text, outcome, want string) {
		t.Helper()
		b.do(chromedp.SetValue("textarea", text), chromedp.Click(`button[value=validate]`))
		b.expect(`document.querySelector("#outcome .` + outcome + `")?.textContent.includes("` + want + `")`)
	}
	validate(strings.Replace(other, `path: "/public/.*"`, `path: "/public/(.*"`, 1), "bad", "path")
	validate(strings.Replace(other, "host: shop", "hosts: shop", 1), "bad", "hosts")
	validate(other, "good", "Valid: 1 policies")
	b.nothingBad()
}

func TestPoliciesAreValidatedImportedAndDeleted(t *testing.T) {
	api, _ := serve(t)
	b := open(t, api)
	b.view("policies")
	other := strings.NewReplacer("name: cache", "name: other", "command", "commando").Replace(strings.Split(documents, "---")[0])
	fill := func(text string) action { return chromedp.SetValue("textarea", text) }
	b.do(fill(other), chromedp.Click(`button[value=validate]`))
	b.expect(`document.querySelector("#outcome .bad")?.textContent.includes("line 9")`)
	b.accessible("refused")
	other = strings.Replace(other, "commando", "command", 1)
	b.do(fill(other), chromedp.Click(`button[value=validate]`))
	b.expect(`document.querySelector("#outcome .good")?.textContent.includes("Valid: 1 policies")`)
	b.expect(`document.querySelectorAll("#policy-list details").length === 1`)
	b.do(chromedp.Click(`button[value=import]`))
	b.expect(`document.querySelectorAll("#policy-list details").length === 2`)
	b.do(chromedp.Evaluate[chromedp.Void](`window.confirm = (question) => (window.asked = question, true)`))
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("#policy-list details").forEach((d) => d.open = true)`), chromedp.Click(`[aria-label="Delete default/other"]`))
	b.expect(`document.querySelectorAll("#policy-list details").length === 1`)
	b.nothingBad()
}

func TestThePageAsksForTheToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	api, _ := serve(t, "--token-file", path)
	b := open(t, api)
	b.expect(`document.getElementById("login").open`)
	b.accessible("login")
	b.do(chromedp.SendKeys(`input[name=token]`, "wrong-wrong-wrong"+kb.Enter))
	b.expect(`document.getElementById("login-problem").textContent.includes("not accepted")`)
	b.do(chromedp.SendKeys(`input[name=token]`, token+kb.Enter))
	b.expect(`!document.getElementById("login").open && document.getElementById("live").textContent.startsWith("Live")`)
	b.view("endpoints")
	b.expect(`document.querySelectorAll("#endpoint-list details").length === 2`)
	b.nothingBad()
}

func TestKeyboardAndScreenReaderReachEverything(t *testing.T) {
	api, xds := serve(t)
	send(t, xds)
	b := open(t, api)
	b.expect(`document.querySelectorAll("#entries tr").length === 14`)
	b.do(chromedp.KeyEvent(kb.Tab))
	b.expect(`document.activeElement.className === "skip"`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.expect(`document.activeElement.id === "main"`)
	for _, want := range []string{"filter-verdict", "filter-parser", "filter-text", "pause", "clear"} {
		b.do(chromedp.KeyEvent(kb.Tab))
		if got := value[string](b, `document.activeElement.id`); got != want {
			t.Errorf("got to %q, want %q", got, want)
		}
	}
	for _, view := range []string{"requests", "explain", "policies", "libraries"} {
		b.view(view)
		b.named(view)
	}
	if got := value[string](b, `document.querySelector("nav [aria-current=page]").textContent`); got != "Libraries" {
		t.Errorf("the current view is %q", got)
	}
	b.nothingBad()
}

// named checks that what can be used has a name for those who do not see it.
func (b *tab) named(view string) {
	b.Helper()
	tree, err := cdp.Call(b.ctx, chromedp.FromContext(b.ctx).Target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.Fatal(err)
	}
	counted := 0
	for _, n := range tree.Nodes {
		role := text(n.Role)
		switch role {
		case "button", "link", "textbox", "searchbox", "combobox", "navigation", "region", "form":
		default:
			continue
		}
		counted++
		if text(n.Name) == "" && !n.Ignored {
			b.Errorf("%s: something of role %s has no name", view, role)
		}
	}
	if counted < 8 {
		b.Errorf("%s: only %d elements are found", view, counted)
	}
}

func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}
