//go:build e2e

package redis

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// servers are the programs to test with.
var servers = flag.String("servers", "redis-server", "paths of redis-server and valkey-server programs, separated by commas")

// old is a server without COMMAND DOCS.
var old = flag.String("old", "", "path of the redis-server program of Redis 6.2; empty leaves it out")

// eachOld runs a test with the old server, and those of its commands that the first of the other servers documents.
func eachOld(t *testing.T, test func(t *testing.T, address string, commands map[string][]argument)) {
	if *old == "" {
		return
	}
	newer, _, _ := strings.Cut(*servers, ",")
	documents := documented(t, client(t, start(t, newer)))
	address := start(t, *old)
	names := commandNames(t, client(t, address))
	maps.DeleteFunc(documents, func(name string, _ []argument) bool {
		name, _, _ = strings.Cut(name, "|")
		return !slices.Contains(names, name)
	})
	test(t, address, documents)
}

// commandNames returns the names of a server's commands, without their subcommands.
func commandNames(t *testing.T, c *redis.Client) (names []string) {
	t.Helper()
	list, err := c.Do(context.Background(), "command").Slice()
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		names = append(names, entry.([]any)[0].(string))
	}
	return names
}

// eachServer runs a test with each server, on loopback and with an empty data folder.
func eachServer(t *testing.T, test func(t *testing.T, address string)) {
	for n, path := range strings.Split(*servers, ",") {
		t.Run(fmt.Sprint(n), func(t *testing.T) { test(t, start(t, path)) })
	}
}

// start starts a server, which the end of the test stops, and returns its address.
func start(t *testing.T, path string, args ...string) string {
	t.Helper()
	return startAt(t, path, freePort(t), args...)
}

// startAt is start with a port.
func startAt(t *testing.T, path, port string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	options := []string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", dir}
	server := exec.Command(path, append(options, args...)...)
	server.Stdout, server.Stderr = os.Stderr, os.Stderr
	if testing.Verbose() == false {
		server.Stdout, server.Stderr = nil, nil
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	address := net.JoinHostPort("127.0.0.1", port)
	c := client(t, address)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if err := c.Ping(context.Background()).Err(); err == nil {
			return address
		} else if time.Now().After(end) {
			t.Fatalf("%s does not serve: %v", path, err)
		}
	}
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func client(t *testing.T, address string) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: address, Protocol: 2, DisableIdentity: true, ReadTimeout: time.Minute})
	t.Cleanup(func() { _ = c.Close() })
	return c
}
