//go:build e2e

package redis

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/valkey-io/valkey-go"
)

// clusterClients find the nodes of a cluster by themselves, and go where they are redirected to.
var clusterClients = map[string]func(t *testing.T, address string) string{
	"go-redis":  func(_ *testing.T, address string) string { return goRedisCluster(address) },
	"redis-py":  driver("cluster", redisPy),
	"valkey-go": func(t *testing.T, address string) string { return valkeyGo(t, address, valkey.ClientOption{}) },
	"redis-cli": func(t *testing.T, address string) string {
		return redisCLI(t, address, []string{"-c"}, "SET public:a 1", "SET public:b 2", "GET public:a", "GET secret", "SET public:{moving} m", "GET public:{moving}")
	},
}

var clusterDrivers = map[string]func(t *testing.T, address string) string{
	"ioredis": driver("cluster", ioredis), "Lettuce": driver("cluster", lettuce), "redis-rs": driver("cluster", redisRs),
}

func chosenClusterClients() map[string]func(t *testing.T, address string) string {
	all := maps.Clone(clusterClients)
	if *everyDriver {
		maps.Copy(all, clusterDrivers)
	}
	return all
}

func goRedisCluster(address string) string {
	ctx := context.Background()
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{address}})
	defer c.Close()
	var b strings.Builder
	for i := range 20 {
		key := fmt.Sprint("public:", i)
		fmt.Fprintln(&b, c.Set(ctx, key, i, 0), c.Get(ctx, key))
	}
	fmt.Fprintln(&b, c.Set(ctx, "public:{moving}", "m", 0), c.Get(ctx, "public:{moving}"), c.Get(ctx, "secret"))
	results, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range 20 {
			p.Incr(ctx, fmt.Sprint("public:", i))
		}
		p.Get(ctx, "secret")
		p.Get(ctx, "public:{moving}")
		return nil
	})
	fmt.Fprintln(&b, results, err)
	return b.String()
}

// cluster is one of two nodes, each with a half of the slots. That of the key {moving} is on its way from one to the other.
type cluster struct {
	t     *testing.T
	nodes [2]*redis.Client
	// addresses are those of the nodes, told those that clients are given for them.
	addresses, told [2]string
	// logs are the access logs of the Envoys before them.
	logs [2]string
}

// slots is the number of slots of a cluster, movingKey has the one that is moved.
const (
	slots     = 16384
	movingKey = "{moving}"
)

func startCluster(t *testing.T, program string) *cluster {
	c := &cluster{t: t}
	for i := range c.nodes {
		c.addresses[i] = startAt(t, program, freeBusPort(t), "--cluster-enabled", "yes", "--cluster-node-timeout", "60000")
		c.nodes[i] = client(t, c.addresses[i])
		if err := c.nodes[i].ClusterAddSlotsRange(context.Background(), i*slots/2, (i+1)*slots/2-1).Err(); err != nil {
			t.Fatal(err)
		}
		c.do(i, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
	}
	host, port, _ := net.SplitHostPort(c.addresses[0])
	c.do(1, "CLUSTER", "MEET", host, port)
	c.until("the cluster is whole", func() bool {
		return strings.Contains(c.do(0, "CLUSTER", "INFO"), "cluster_state:ok") && strings.Contains(c.do(1, "CLUSTER", "INFO"), "cluster_state:ok")
	})
	slot := c.do(0, "CLUSTER", "KEYSLOT", movingKey)
	n, _ := strconv.Atoi(slot)
	from := n / (slots / 2)
	c.do(1-from, "CLUSTER", "SETSLOT", slot, "IMPORTING", c.do(from, "CLUSTER", "MYID"))
	c.do(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", c.do(1-from, "CLUSTER", "MYID"))
	c.told = c.addresses
	return c
}

// freeBusPort returns a free port such that the one 10,000 above it, by which nodes find each other, is free as well.
func freeBusPort(t *testing.T) string {
	for {
		port := freePort(t)
		n, _ := strconv.Atoi(port)
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(n+10_000))); err == nil {
			l.Close()
			return port
		}
	}
}

// do sends a command to a node, and returns the reply.
func (c *cluster) do(node int, words ...any) string {
	c.t.Helper()
	reply, err := c.nodes[node].Do(context.Background(), words...).Result()
	if err != nil {
		c.t.Fatalf("%v: %v", words, err)
	}
	return fmt.Sprint(reply)
}

func (c *cluster) until(what string, condition func() bool) {
	c.t.Helper()
	for end := time.Now().Add(30 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("%s: not yet: %s", what, c.do(0, "CLUSTER", "NODES"))
		}
	}
}

// proxied puts an Envoy before each node, and has the nodes give clients its address instead of their own, as an operator
// does with cluster-announce-port.
func (c *cluster) proxied(rules ...string) {
	c.t.Helper()
	for i, address := range c.addresses {
		c.told[i], c.logs[i] = logged(c.t, address, rules...)
		_, port, _ := net.SplitHostPort(c.told[i])
		c.do(i, "CONFIG", "SET", "cluster-announce-port", port)
	}
	c.until("nodes give the addresses of Envoys, and are connected again", func() bool {
		for i := range c.nodes {
			for _, address := range c.told {
				_, port, _ := net.SplitHostPort(address)
				if !strings.Contains(c.do(i, "CLUSTER", "SLOTS"), " "+port+" ") {
					return false
				}
			}
			if strings.Contains(c.do(i, "CLUSTER", "NODES"), "disconnected") {
				return false
			}
		}
		return true
	})
}

// run runs a client with the empty cluster, but for the secret, and returns what it prints, with names for addresses.
func (c *cluster) run(use func(t *testing.T, address string) string) string {
	c.t.Helper()
	for i := range c.nodes {
		c.do(i, "FLUSHALL")
		c.do(i, "SCRIPT", "FLUSH")
	}
	secret, _ := strconv.Atoi(c.do(0, "CLUSTER", "KEYSLOT", "secret"))
	c.do(secret/(slots/2), "SET", "secret", "hidden")
	return strings.NewReplacer(c.told[0], "NODE0", c.told[1], "NODE1").Replace(use(c.t, c.told[0]))
}

// stored counts what the Envoys have logged of SET.
func (c *cluster) stored() (counts [2]int) {
	c.t.Helper()
	for i, log := range c.logs {
		text, err := os.ReadFile(log)
		if err != nil {
			c.t.Fatal(err)
		}
		counts[i] = bytes.Count(text, []byte(`"command":"set"`))
	}
	return counts
}

func eachClusterServer(t *testing.T, test func(t *testing.T, c *cluster)) {
	for n, program := range strings.Split(*servers, ",") {
		t.Run(fmt.Sprint(n), func(t *testing.T) { test(t, startCluster(t, program)) })
	}
}

func TestClientsOfAClusterGetTheSameThroughUs(t *testing.T) {
	eachClusterServer(t, func(t *testing.T, c *cluster) {
		want := map[string]string{}
		for name, use := range chosenClusterClients() {
			want[name] = c.run(use)
		}
		c.proxied("{}")
		for name, use := range chosenClusterClients() {
			before := c.stored()
			requireSame(t, name, c.run(use), want[name])
			c.until("each Envoy logs SET of "+name, func() bool {
				after := c.stored()
				return after[0] > before[0] && after[1] > before[1]
			})
		}
	})
}

func TestClientsOfAClusterSeeDenialsAndGoOn(t *testing.T) {
	eachClusterServer(t, func(t *testing.T, c *cluster) {
		c.proxied(`{rule: {command: "@all", key_prefix: "public:"}}`, `{rule: {command: "@pubsub", channel: "public:news"}}`,
			`{rule: {command: "client|tracking"}}`)
		for _, name := range slices.Sorted(maps.Keys(chosenClusterClients())) {
			out := c.run(chosenClusterClients()[name])
			if !denied.MatchString(out) || strings.Contains(out, "hidden") {
				t.Errorf("%s: must be denied, and must not see the secret:\n%s", name, out)
			}
			t.Logf("%s:\n%s", name, out)
		}
	})
}
