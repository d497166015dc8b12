//go:build e2e

package redis

import (
	"context"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/proxylib/proxylib/parsers/redis/command"
)

var (
	requests = flag.Int("requests", 20000, "how many requests are compared with each server")
	seed     = flag.Uint64("seed", 1, "seed of the requests")
)

// find returns the command of a request, and the arguments after its name.
func find(request []string) (*command.Command, []string) {
	c, container := command.Find([]byte(request[0]))
	if container && len(request) > 1 {
		if sub := command.FindSub([]byte(request[0]), []byte(request[1])); sub != nil || c == nil {
			return sub, request[2:]
		}
	}
	return c, request[1:]
}

func TestTheTableHasEveryCommandOfTheServer(t *testing.T) {
	eachServer(t, func(t *testing.T, address string) {
		c := client(t, address)
		for name := range documented(t, c) {
			name, sub, _ := strings.Cut(name, "|")
			request := []string{name}
			if sub != "" {
				request = append(request, sub)
			}
			if known, _ := find(request); known == nil {
				t.Errorf("%s is not in the table", strings.Join(request, " "))
			}
		}
	})
}

func TestTheTableHasEveryCommandOfRedis6(t *testing.T) {
	eachOld(t, func(t *testing.T, address string, _ map[string][]argument) {
		for _, name := range commandNames(t, client(t, address)) {
			// What HTTP begins with is not a command, though the server lists it to close such connections.
			if !command.Known(name) && name != "post" && name != "host:" {
				t.Errorf("%s is not in the table", name)
			}
		}
	})
}

// keys returns the keys that the table finds in a request; ok is false if it refuses the request.
func keys(request []string) (found []string, ok bool) {
	c, arguments := find(request)
	if c == nil {
		return nil, false
	}
	var s command.Scan
	if s.Start(c, len(arguments)) != nil {
		return nil, false
	}
	for _, a := range arguments {
		kind, err := s.Take([]byte(a))
		if err != nil {
			return nil, false
		}
		if kind == command.Key {
			found = append(found, a)
		}
	}
	return found, s.End() == nil
}

func TestTheTableFindsTheKeysThatTheServerFinds(t *testing.T) {
	eachServer(t, func(t *testing.T, address string) {
		c := client(t, address)
		compareKeys(t, c, documented(t, c), "getkeysandflags")
	})
	eachOld(t, func(t *testing.T, address string, commands map[string][]argument) {
		compareKeys(t, client(t, address), commands, "getkeys")
	})
}

// compareKeys compares requests for commands. The server is asked by a subcommand of COMMAND.
func compareKeys(t *testing.T, c *redis.Client, commands map[string][]argument, by string) {
	names := slices.Sorted(maps.Keys(commands))
	w := &writer{Rand: rand.New(rand.NewPCG(*seed, 0))}
	refused, whole := map[string]int{}, 0
	for done := 0; done < *requests; {
		pipe := c.Pipeline()
		var batch [][]string
		var unchanged []bool
		for len(batch) < 500 {
			name := names[w.IntN(len(names))]
			w.request = strings.Split(name, "|")
			w.write(commands[name])
			mutated := w.IntN(2) == 0
			if mutated {
				w.mutate()
			}
			if len(w.request) == 0 {
				continue
			}
			batch, unchanged = append(batch, slices.Clone(w.request)), append(unchanged, !mutated)
			pipe.Do(context.Background(), arguments(w.request, "command", by)...)
		}
		results, _ := pipe.Exec(context.Background())
		for n, r := range results {
			compare(t, batch[n], unchanged[n], r.(*redis.Cmd), refused)
			if unchanged[n] {
				whole++
			}
		}
		done += len(batch)
	}
	t.Logf("of %d requests that follow the documentation, the table refuses those of %v", whole, refused)
}

// compare compares the keys that the table finds with those that the server finds.
func compare(t *testing.T, request []string, unchanged bool, r *redis.Cmd, refused map[string]int) {
	mine, ok := keys(request)
	theirs, valid := keysOf(r)
	if !ok {
		if valid && unchanged && len(theirs) > 0 {
			refused[request[0]]++
		}
		return
	}
	for _, key := range theirs {
		if valid && !slices.Contains(mine, key) {
			t.Errorf("%q: the server finds %q, the table %q", request, theirs, mine)
			return
		}
	}
}

// keysOf returns the keys of a reply; valid is false if the server refuses the request.
func keysOf(r *redis.Cmd) (keys []string, valid bool) {
	list, err := r.Slice()
	if err != nil {
		return nil, strings.Contains(err.Error(), "no key")
	}
	for _, entry := range list {
		if flagged, ok := entry.([]any); ok {
			entry = flagged[0]
		}
		keys = append(keys, entry.(string))
	}
	return keys, true
}
