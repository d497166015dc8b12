//go:build e2e

package redis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// argument is an argument of a command as COMMAND DOCS describes it.
type argument struct {
	name, kind, token string
	flags             map[string]bool
	arguments         []argument
}

// documented are the commands of a server, by their names in lower case, with subcommands after a bar.
func documented(t *testing.T, c *redis.Client) map[string][]argument {
	reply, err := c.Do(context.Background(), "command", "docs").Result()
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string][]argument{}
	collect(commands, reply)
	return commands
}

func collect(commands map[string][]argument, reply any) {
	for name, doc := range fields(reply) {
		doc := fields(doc)
		if subcommands, some := doc["subcommands"]; some {
			collect(commands, subcommands)
			if name != "command" {
				continue
			}
		}
		commands[strings.ToLower(name)] = argumentsOf(doc["arguments"])
	}
}

func argumentsOf(reply any) []argument {
	list, _ := reply.([]any)
	var arguments []argument
	for _, entry := range list {
		f := fields(entry)
		a := argument{flags: map[string]bool{}, arguments: argumentsOf(f["arguments"])}
		a.name, _ = f["name"].(string)
		a.kind, _ = f["type"].(string)
		a.token, _ = f["token"].(string)
		flags, _ := f["flags"].([]any)
		for _, flag := range flags {
			a.flags[fmt.Sprint(flag)] = true
		}
		arguments = append(arguments, a)
	}
	return arguments
}

// fields makes a map of a reply that is a list of names and values.
func fields(reply any) map[string]any {
	list, _ := reply.([]any)
	m := map[string]any{}
	for n := 0; n+1 < len(list); n += 2 {
		m[fmt.Sprint(list[n])] = list[n+1]
	}
	return m
}

// writer makes requests out of documentation.
type writer struct {
	*rand.Rand
	request []string
	// numkeys is the last number of keys.
	numkeys int
}

// write appends arguments, each as often as it may be there.
func (w *writer) write(arguments []argument) {
	for n := 0; n < len(arguments); n++ {
		a := &arguments[n]
		if counts[a.name] {
			n++
			w.counted(&arguments[n])
			continue
		}
		if a.flags["optional"] && w.IntN(2) == 0 {
			continue
		}
		w.one(a)
		if a.token == "WEIGHTS" {
			for range w.numkeys - 1 {
				w.value(a)
			}
			continue
		}
		for a.flags["multiple"] && w.IntN(3) > 0 {
			if !a.flags["multiple_token"] && a.token != "" {
				w.value(a)
			} else {
				w.one(a)
			}
		}
	}
}

// counts are the names of numbers that say how often the next argument is there.
var counts = map[string]bool{"numkeys": true, "numfields": true, "num-vertices": true}

// counted appends a number, and an argument that often.
func (w *writer) counted(a *argument) {
	n := 1 + w.IntN(3)
	w.numkeys = n
	w.request = append(w.request, strconv.Itoa(n))
	for range n {
		w.one(a)
	}
}

func (w *writer) one(a *argument) {
	if a.token != "" {
		w.request = append(w.request, w.cased(a.token))
	}
	w.value(a)
}

func (w *writer) value(a *argument) {
	switch a.kind {
	case "pure-token":
	case "oneof":
		w.one(&a.arguments[w.IntN(len(a.arguments))])
	case "block":
		w.write(a.arguments)
	case "key":
		w.request = append(w.request, "k"+strconv.Itoa(w.IntN(20)))
	case "integer":
		w.request = append(w.request, strconv.Itoa(w.IntN(4)))
	case "double":
		w.request = append(w.request, "1.5")
	default:
		w.request = append(w.request, "v"+strconv.Itoa(w.IntN(20)))
	}
}

func (w *writer) cased(word string) string {
	switch w.IntN(3) {
	case 0:
		return strings.ToLower(word)
	case 1:
		return word[:1] + strings.ToLower(word[1:])
	}
	return word
}

// words are what mutations put into a request.
var words = []string{"STREAMS", "STORE", "KEYS", "GET", "BY", "COUNT", "LIMIT", "0", "1", "2", "-1", "01", "k7", "", "WEIGHTS", "=", "~",
	"GROUP", "BLOCK", "NOACK", "FIELDS", "ASC", "STOREDIST", "99999999999", "+1", "DB", "AUTH", "MAXLEN", "BYRADIUS", "m"}

// mutate changes some arguments.
func (w *writer) mutate() {
	for range w.IntN(4) {
		at := w.IntN(len(w.request) + 1)
		switch w.IntN(5) {
		case 0:
			w.insert(at, words[w.IntN(len(words))])
		case 1:
			if at < len(w.request) {
				w.request = append(w.request[:at], w.request[at+1:]...)
			}
		case 2:
			if at < len(w.request) {
				w.request[at] = words[w.IntN(len(words))]
			}
		case 3:
			if at < len(w.request) {
				w.insert(w.IntN(len(w.request)+1), w.request[at])
			}
		case 4:
			if at < len(w.request) {
				w.request[at] = strconv.Itoa(w.IntN(4))
			}
		}
	}
}

func (w *writer) insert(at int, word string) {
	w.request = append(w.request[:at], append([]string{word}, w.request[at:]...)...)
}
