//go:build e2e

package redis

import (
	"bytes"
	"context"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

var everyDriver = flag.Bool("drivers", false, "run the clients of all languages, which test/deps/redis-clients brings")

// drivers are the clients of languages that only the long tests run.
var drivers = map[string]func(t *testing.T, address string) string{
	"ioredis, RESP 2": driver("2", ioredis), "ioredis, RESP 3": driver("3", ioredis),
	"Lettuce, RESP 2": driver("2", lettuce), "Lettuce, RESP 3": driver("3", lettuce),
	"redis-rs, RESP 2": driver("2", redisRs), "redis-rs, RESP 3": driver("3", redisRs),
}

// chosenClients are the clients that are at hand, and with the flag drivers those of all languages.
func chosenClients() map[string]func(t *testing.T, address string) string {
	all := maps.Clone(clients)
	if *everyDriver {
		maps.Copy(all, drivers)
	}
	return all
}

// The clients of testdata. They are given an address and a mode: 2 or 3, the version of RESP, or "cluster".

func redisPy(root string) *exec.Cmd {
	return exec.Command("env", "PYTHONPATH="+filepath.Join(root, "build", "python"), "PYTHONDONTWRITEBYTECODE=1",
		"python3", filepath.Join("testdata", "client.py"))
}

func ioredis(root string) *exec.Cmd {
	return exec.Command("env", "NODE_PATH="+filepath.Join(root, "build", "redis-node"), "node", filepath.Join("testdata", "ioredis.js"))
}

func lettuce(root string) *exec.Cmd {
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	return exec.Command(java, "-cp", filepath.Join(root, "build", "redis-java", "*"), filepath.Join("testdata", "Lettuce.java"))
}

func redisRs(root string) *exec.Cmd { return exec.Command(filepath.Join(root, "build", "redis-rust")) }

// driverTime is how long a client may take.
const driverTime = 2 * time.Minute

// driver returns what runs a client, and returns what it prints.
func driver(mode string, command func(root string) *exec.Cmd) func(t *testing.T, address string) string {
	return func(t *testing.T, address string) string {
		t.Helper()
		root, err := envoy.Root()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), driverTime)
		defer cancel()
		client := command(root)
		client = exec.CommandContext(ctx, client.Path, append(client.Args[1:], address, mode)...)
		var out, failure bytes.Buffer
		client.Stdout, client.Stderr = &out, &failure
		if err := client.Run(); err != nil || !strings.HasSuffix(out.String(), "\ndone\n") {
			t.Errorf("%s %s has not come to its end: %v: run test/deps/install and test/deps/redis-clients if something is missing\n%s\n%s",
				client.Args, mode, err, out.String(), failure.String())
		}
		return out.String()
	}
}
