//go:build e2e

package oracle

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/test/envoy"
)

var redisServers = flag.String("redis", "redis-server", "programs of Redis and Valkey servers, with commas between them")

func redisPrograms() []string {
	return strings.FieldsFunc(*redisServers, func(c rune) bool { return c == ',' })
}

// redisPolicy allows everything with a key, for keys and channels that begin with ok:, in database 0.
const redisPolicy = `
	command=@read key_prefix=ok: db=0
	command=@write key_prefix=ok: db=0
	command=@transaction key_prefix=ok:
	command=@pubsub channel_glob=ok:*
`

// hiddenKeys are keys that the policy hides, in different places for different mistakes.
var hiddenKeys = []string{"no:a", "no:b", "STREAMS", "STORE", "ok", "0", "1", "GET", "x"}

func TestNoForbiddenRequestReachesRedis(t *testing.T) {
	for n, path := range redisPrograms() {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			f, err := newFilter("redis", redisPolicy)
			if err != nil {
				t.Fatal(err)
			}
			hunt(t, "redis", f, func() oracle { return startRedis(t, path) }, redisStream)
		})
	}
}

// Without a policy the oracle has to notice each of these.
func TestForbiddenEffectsOnRedisAreSeen(t *testing.T) {
	f, err := newFilter("redis", "")
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(*redisServers, ",")
	r := startRedis(t, path)
	for _, request := range []string{
		"GET no:a", "SET no:a x", "SET new x", "DEL x", "FLUSHALL", "KEYS *", "CONFIG SET maxmemory 1000000000", "EVAL return 0",
		"SELECT 1\nSET ok:a x", "SCRIPT FLUSH", "ACL SETUSER other", "PUBLISH no:a x\nCONFIG GET x", "RPUSH ok:l a\nSORT ok:l BY nosort GET no:*", "SET ok:moved x\nMOVE ok:moved 1",
	} {
		var stream []byte
		for line := range strings.SplitSeq(request, "\n") {
			stream = append(stream, multibulk(strings.Fields(line)...)...)
		}
		if err := try(f, r, streamOf{1, stream}); err == nil {
			t.Errorf("%q has gone unnoticed", request)
		}
	}
	if err := try(f, startRedis(t, path), streamOf{1, append(multibulk("SET", "ok:a", "x"), multibulk("GET", "ok:a")...)}); err != nil {
		t.Errorf("requests that are allowed: %v", err)
	}
}

// redisServer is a server with forbidden keys, and settings that forbidden commands would change.
type redisServer struct {
	address string
	// keys are the dumps of the keys of databases 0 and 1, as they were after reset, and settings those of the server.
	keys     [2]map[string]string
	settings string
}

func startRedis(t *testing.T, path string) *redisServer {
	t.Helper()
	free, err := envoy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(free)
	server := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	r := &redisServer{address: net.JoinHostPort("127.0.0.1", port)}
	c := r.dial(0)
	defer c.Close()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := c.Ping(context.Background()).Err()
		if err == nil {
			return r
		}
		if time.Now().After(end) {
			t.Fatalf("%s does not serve: %v", path, err)
		}
	}
}

func (r *redisServer) dial(database int) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: r.address, DB: database, Protocol: 2, DisableIdentity: true, PoolSize: 1})
}

func (r *redisServer) addr() string   { return r.address }
func (r *redisServer) secret() []byte { return []byte(secretValue) }

func (r *redisServer) reset() error {
	ctx := context.Background()
	for database := range r.keys {
		c := r.dial(database)
		defer c.Close()
		if database == 0 {
			if err := c.FlushAll(ctx).Err(); err != nil {
				return err
			}
		}
		for _, key := range hiddenKeys {
			if err := c.Set(ctx, key, secretValue, 0).Err(); err != nil {
				return err
			}
		}
		var err error
		if r.keys[database], err = dumps(ctx, c); err != nil {
			return err
		}
	}
	c := r.dial(0)
	defer c.Close()
	var err error
	if r.settings, err = settings(ctx, c); err != nil {
		return err
	}
	return c.Do(ctx, "config", "resetstat").Err()
}

// effects looks at the commands that have been carried out, and for changed keys and settings.
func (r *redisServer) effects() error {
	ctx := context.Background()
	for database := range r.keys {
		c := r.dial(database)
		defer c.Close()
		if database == 0 {
			if err := forbiddenCalls(ctx, c); err != nil {
				return err
			}
		}
		now, err := dumps(ctx, c)
		if err != nil {
			return fmt.Errorf("the server is gone: %w", err)
		}
		for key, dump := range r.keys[database] {
			if now[key] != dump {
				return fmt.Errorf("key %s of database %d has changed", key, database)
			}
		}
		for key := range now {
			if _, known := r.keys[database][key]; !known && (database > 0 || !strings.HasPrefix(key, "ok:")) {
				return fmt.Errorf("there is a new key %q in database %d", key, database)
			}
		}
	}
	c := r.dial(0)
	defer c.Close()
	now, err := settings(ctx, c)
	if err == nil && now != r.settings {
		err = errors.New("settings have changed")
	}
	return err
}

// dumps returns all keys of a database, and their values as the server keeps them.
func dumps(ctx context.Context, c *redis.Client) (map[string]string, error) {
	names, err := c.Keys(ctx, "*").Result()
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(name, "ok:") {
			all[name] = ""
			continue
		}
		if all[name], err = c.Dump(ctx, name).Result(); err != nil {
			return nil, err
		}
	}
	maps.DeleteFunc(all, func(name, _ string) bool { return strings.HasPrefix(name, "ok:") && c.Options().DB == 0 })
	return all, nil
}

// settings returns what administrators set.
func settings(ctx context.Context, c *redis.Client) (string, error) {
	var b strings.Builder
	for _, ask := range [][]any{{"config", "get", "*"}, {"acl", "list"}, {"function", "list"}} {
		reply, err := c.Do(ctx, ask...).Result()
		if err != nil && !strings.Contains(err.Error(), "unknown command") {
			return "", err
		}
		fmt.Fprintln(&b, reply)
	}
	return b.String(), nil
}

// forbiddenCalls looks for commands that have been carried out and that no rule allows, but for some.
func forbiddenCalls(ctx context.Context, c *redis.Client, but ...string) error {
	info, err := c.Info(ctx, "commandstats").Result()
	if err != nil {
		return fmt.Errorf("the server is gone: %w", err)
	}
	for line := range strings.Lines(info) {
		name, stats, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		if !ok || strings.HasPrefix(stats, "0,") || ownCall(name, stats) || slices.Contains(but, name) || mayRun(name) {
			continue
		}
		return fmt.Errorf("%s has been carried out: %s", name, strings.TrimSpace(stats))
	}
	return nil
}

// ownCall reports whether a call is the one that the oracle itself makes, as Redis 6.2 and later call it.
func ownCall(name, stats string) bool {
	return name == "config|resetstat" || name == "config" && strings.HasPrefix(stats, "1,")
}

// mayRun reports whether the policy can allow a command; of one with subcommands, which Redis 6.2 does not tell apart, some.
func mayRun(name string) bool {
	if known := command.Named(name); known != nil {
		return known.Basic || allowed(known)
	}
	return slices.ContainsFunc(command.Names(), func(other string) bool {
		container, _, some := strings.Cut(other, "|")
		return some && container == name && mayRun(other)
	})
}

// allowed reports whether the policy can allow a command.
func allowed(c *command.Command) bool {
	return c.Effect != command.Whole && c.Effect != command.Everywhere && c.Effect != command.Script && slices.ContainsFunc(c.Categories, func(category string) bool {
		return slices.Contains([]string{"read", "write", "transaction", "pubsub"}, category)
	})
}
