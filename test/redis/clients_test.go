//go:build e2e

package redis

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/valkey-io/valkey-go"

	"github.com/proxylib/proxylib/test/envoy"
)

var envoyVersion = flag.String("envoy", "", "version of Envoy in build/envoy that clients are proxied by")

// proxied starts an Envoy in front of a server, with the rules, each in JSON, and returns its address.
func proxied(t *testing.T, server string, rules ...string) string {
	t.Helper()
	address, _ := logged(t, server, rules...)
	return address
}

// logged is proxied, and returns the file of the access log as well.
func logged(t *testing.T, server string, rules ...string) (address, log string) {
	t.Helper()
	dir := t.TempDir()
	log = filepath.Join(dir, "access.log")
	policy := filepath.Join(dir, "policy.yaml")
	text := "resources:\n- endpoint_ips: [127.0.0.1]\n  ingress_per_port_policies:\n  - port: 6379\n    rules:\n" +
		"    - {name: rules, l7_proto: redis, l7_rules: {l7_allow_rules: [" + strings.Join(rules, ", ") + "]}}\n"
	if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{
		"parser": "redis", "policy_name": "127.0.0.1", "port": 6379, "policy": map[string]string{"file": policy},
		"access_log": map[string]string{"file": log}, "log": "request",
	})
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := envoy.Start(envoy.Config{Version: *envoyVersion, Dir: dir, Upstream: server, FilterConfig: string(config)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proxy.Stop() })
	return proxy.Addr, log
}

// clients are programs that print what a server at an address answers.
var clients = map[string]func(t *testing.T, address string) string{
	"redis-cli": func(t *testing.T, address string) string {
		return redisCLI(t, address, nil,
			"PING", "SET public:a 1", "GET public:a", "GET secret", "INCR public:a", "MGET public:a public:none", "HSET public:h f v",
			"HGETALL public:h", "MULTI", "INCR public:a", "EXEC", "MULTI", "SET secret 1", "EXEC", "SELECT 1", "SELECT 0",
			"FLUSHALL", "LPUSH public:l a b", "LRANGE public:l 0 -1", "NOCOMMAND", "GET")
	},
	"redis-benchmark": func(t *testing.T, address string) string {
		host, port, _ := net.SplitHostPort(address)
		out, err := exec.Command("redis-benchmark", "-h", host, "-p", port, "-q", "-n", "200", "-P", "8", "-c", "4", "GET", "public:a").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "requests per second") {
			t.Fatalf("redis-benchmark: %v\n%s", err, out)
		}
		return ""
	},
	"go-redis, RESP 2": func(_ *testing.T, address string) string { return goRedis(address, 2) },
	"go-redis, RESP 3": func(_ *testing.T, address string) string { return goRedis(address, 3) },
	"redis-py, RESP 2": driver("2", redisPy),
	"redis-py, RESP 3": driver("3", redisPy),
	"valkey-go, RESP 2": func(t *testing.T, address string) string {
		return valkeyGo(t, address, valkey.ClientOption{AlwaysRESP2: true, DisableCache: true})
	},
	"valkey-go, RESP 3": func(t *testing.T, address string) string { return valkeyGo(t, address, valkey.ClientOption{}) },
}

// redisCLI has redis-cli read commands.
func redisCLI(t *testing.T, address string, options []string, commands ...string) string {
	host, port, _ := net.SplitHostPort(address)
	cli := exec.Command("redis-cli", append([]string{"-h", host, "-p", port}, options...)...)
	cli.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	out, err := cli.CombinedOutput()
	if err != nil {
		t.Fatalf("redis-cli: %v\n%s", err, out)
	}
	return string(out)
}

// goRedis uses pipelines, transactions, subscriptions, scans, scripts and blocking commands.
func goRedis(address string, protocol int) string {
	ctx := context.Background()
	c := redis.NewClient(&redis.Options{Addr: address, Protocol: protocol, MaxRetries: -1})
	defer c.Close()
	var b strings.Builder
	say := func(what string, value any, err error) { fmt.Fprintf(&b, "%s: %v %v\n", what, value, err) }
	all := func(what string, results []redis.Cmder, err error) {
		say(what, len(results), err)
		for _, r := range results {
			fmt.Fprintf(&b, "  %v\n", r)
		}
	}
	set, err := c.Set(ctx, "public:a", "1", 0).Result()
	say("set", set, err)
	for _, key := range []string{"public:a", "public:none", "secret"} {
		value, err := c.Get(ctx, key).Result()
		say("get "+key, value, err)
	}
	results, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Incr(ctx, "public:a")
		p.Get(ctx, "secret")
		p.HSet(ctx, "public:h", "f", "v", "g", "w")
		p.HGetAll(ctx, "public:h")
		p.LPop(ctx, "public:a")
		return nil
	})
	all("pipeline", results, err)
	results, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Incr(ctx, "public:a")
		p.ZAdd(ctx, "public:z", redis.Z{Score: 1.5, Member: "m"})
		return nil
	})
	all("transaction", results, err)
	results, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Incr(ctx, "public:a")
		p.Set(ctx, "secret", "x", 0)
		return nil
	})
	all("transaction with a secret", results, err)
	value, err := c.Get(ctx, "public:a").Result()
	say("get", value, err)
	long := strings.Repeat("x", 1<<20)
	set, err = c.Set(ctx, "public:long", long, 0).Result()
	say("set a long value", set, err)
	value, err = c.Get(ctx, "public:long").Result()
	say("get a long value", value == long, err)
	script, err := c.Eval(ctx, "return {KEYS[1], ARGV[1], {1, 2}}", []string{"public:a"}, "x").Result()
	say("script", script, err)
	keys, cursor, err := c.Scan(ctx, 0, "public:*", 100).Result()
	say("scan", fmt.Sprint(len(keys), cursor), err)
	pop, err := c.BLPop(ctx, 0, "public:a").Result()
	say("blocking", pop, err)
	goRedisSubscribe(ctx, c, say)
	flush, err := c.FlushDB(ctx).Result()
	say("flush", flush, err)
	return b.String()
}

func goRedisSubscribe(ctx context.Context, c *redis.Client, say func(string, any, error)) {
	s := c.Subscribe(ctx, "public:news")
	defer s.Close()
	message, err := s.Receive(ctx)
	say("subscribe", message, err)
	if err != nil {
		return
	}
	sent, err := c.Publish(ctx, "public:news", "hello").Result()
	say("publish", sent, err)
	published, err := s.ReceiveMessage(ctx)
	say("message", published, err)
}

func TestClientsGetTheSameThroughUs(t *testing.T) {
	eachServer(t, func(t *testing.T, address string) {
		through := proxied(t, address, "{}")
		for name, use := range chosenClients() {
			clear := func() {
				if err := client(t, address).FlushAll(context.Background()).Err(); err != nil {
					t.Fatal(err)
				}
			}
			clear()
			want := use(t, address)
			clear()
			requireSame(t, name, use(t, through), want)
		}
	})
}

// requireSame requires that a client has printed the same lines.
func requireSame(t *testing.T, name, got, want string) {
	t.Helper()
	through, without := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(through), len(without)) {
		if i >= len(through) || i >= len(without) || through[i] != without[i] {
			t.Errorf("%s: line %d and after: through us\n%.2000s\nwithout us\n%.2000s", name, i+1,
				strings.Join(through[min(i, len(through)):], "\n"), strings.Join(without[min(i, len(without)):], "\n"))
			return
		}
	}
}

// denied finds what clients make of the reply NOPERM.
var denied = regexp.MustCompile("NOPERM|NoPermissionError|NoPerm")

// What clients make of denials is in the README of the parser.
func TestClientsSeeDenialsAndGoOn(t *testing.T) {
	eachServer(t, func(t *testing.T, address string) {
		through := proxied(t, address,
			`{rule: {command: "@all", key_prefix: "public:"}}`, `{rule: {command: "@pubsub", channel: "public:news"}}`,
			`{rule: {command: "client|tracking"}}`)
		if err := client(t, address).Set(context.Background(), "secret", "hidden", 0).Err(); err != nil {
			t.Fatal(err)
		}
		for name, use := range chosenClients() {
			out := use(t, through)
			if name != "redis-benchmark" && !denied.MatchString(out) || strings.Contains(out, "hidden") {
				t.Errorf("%s: must be denied, and must not see the secret:\n%s", name, out)
			}
			t.Logf("%s:\n%s", name, out)
		}
		if value, err := client(t, address).Get(context.Background(), "secret").Result(); value != "hidden" {
			t.Errorf("the secret is %q: %v", value, err)
		}
	})
}
