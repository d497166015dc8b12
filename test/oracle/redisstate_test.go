//go:build e2e

package oracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/test/envoy"
)

// statePolicy allows keys by their first letters: ok: to everybody but eve, d0: and d5: in a database, and others to a
// user. The server has the same permissions for its users, so that what passes is never refused for a key.
const statePolicy = `
	command=@read key_prefix=ok:
	command=@write key_prefix=ok:
	command=watch key_prefix=ok:
	command=@read key_prefix=d0: db=0
	command=@write key_prefix=d0: db=0
	command=@read key_prefix=d5: db=5
	command=@write key_prefix=d5: db=5
	command=@read key_prefix=al: user=alice
	command=@write key_prefix=al: user=alice
	command=@read key_prefix=bo: user=bob
	command=@write key_prefix=bo: user_prefix=bo
	command=@read key_prefix=li: user=limited
	command=@write key_prefix=li: user=limited
	command=@read key_prefix=ev: user=eve
	command=@pubsub channel_glob=c*
	pattern=c*
	command=eval key_prefix=ok: script=trusted
	command=client|reply
	command=monitor
	command=replconf
	deny user=eve key_prefix=ok:
	deny user=eve key_prefix=d0:
	deny user=eve key_prefix=d5:
`

// stateUsers are the users of the server, each with what it may do, as arguments of ACL SETUSER.
var stateUsers = map[string]string{
	"root":    "on >root ~* &* +@all",
	"alice":   "on >a resetchannels ~ok:* ~d0:* ~d5:* ~al:* &c* +@all",
	"bob":     "on >b resetchannels ~ok:* ~d0:* ~d5:* ~bo:* &c* +@all",
	"limited": "on >l resetchannels ~ok:* ~d0:* ~d5:* ~li:* &c* +@all -discard -client",
	"single":  "on >s resetchannels ~ok:* ~d0:* ~d5:* &c* +@all -multi -select",
	"eve":     "on >e resetchannels ~ev:* &c* +@all",
	"default": "resetkeys ~ok:* ~d0:* ~d5:* resetchannels &c* +@all",
}

// redisModes are the ways in which a server is started, as lines of its configuration.
var redisModes = map[string]string{
	"usual":            "",
	"password":         "requirepass secret\n",
	"renamed commands": "rename-command RESET \"\"\nrename-command DISCARD \"\"\nrename-command CONFIG hidden\n",
	"cluster":          "cluster-enabled yes\n",
}

// TestWhatTheServerTakesAClientForIsWhatIsBelieved sends streams that log in, choose databases, turn replies off and the
// like, through a host that can wait and one that cannot.
func TestWhatTheServerTakesAClientForIsWhatIsBelieved(t *testing.T) {
	for n, path := range redisPrograms() {
		for mode, lines := range redisModes {
			t.Run(fmt.Sprint(n, " ", mode), func(t *testing.T) {
				f, err := newFilter("redis", statePolicy)
				if err != nil {
					t.Fatal(err)
				}
				f.cilium, f.tb = &parsertest.Case{Parser: "redis", Policy: statePolicy, CannotWait: true}, t
				f.piece, f.pause, f.shares = 120, 3, len(redisModes)
				hunt(t, "redisstate", f, func() oracle { return startStates(t, path, lines) }, stateStream)
			})
		}
	}
}

// Where everything is allowed, the oracle has to notice each of these.
func TestWhatUsersAndDatabasesForbidIsSeen(t *testing.T) {
	f, err := newFilter("redis", "")
	if err != nil {
		t.Fatal(err)
	}
	for n, path := range redisPrograms() {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := startStates(t, path, "")
			for _, lines := range []string{
				"GET al:x", "AUTH bob b\nGET al:x", "AUTH eve e\nSET ok:x 1", "SELECT 5\nSET d0:x 1", "SET d5:x 1", "GET d5:s",
				"KEYS *", "SELECT 1\nDEL d0:s", "PUBLISH other x", "MULTI\nGET al:x\nEXEC",
			} {
				var stream []byte
				for line := range strings.SplitSeq(lines, "\n") {
					stream = append(stream, multibulk(strings.Fields(line)...)...)
				}
				if err := try(f, s, streamOf{1, stream}); err == nil {
					t.Errorf("%q has gone unnoticed", lines)
				}
			}
			allowed := append(multibulk("AUTH", "alice", "a"), multibulk("SET", "al:x", "1")...)
			if err := try(f, s, streamOf{1, allowed}); err != nil {
				t.Errorf("what is allowed: %v", err)
			}
		})
	}
}

// stateServer is a server with users, and with secrets in the keys of another database.
type stateServer struct {
	address string
	cluster bool
	// hidden are the keys that are not for their database, with their values, of each database.
	hidden map[int]map[string]string
}

func startStates(t *testing.T, path, lines string) *stateServer {
	t.Helper()
	free, err := envoy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "server.conf")
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\nsave \"\"\ndir %s\nacllog-max-len 1000\n%s", free, dir, lines)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(path, file)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	s := &stateServer{address: net.JoinHostPort("127.0.0.1", fmt.Sprint(free)), cluster: strings.Contains(lines, "cluster")}
	if err := s.prepare(strings.Contains(lines, "requirepass")); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}

// prepare makes the users, once the server serves.
func (s *stateServer) prepare(password bool) error {
	ctx := context.Background()
	options := &redis.Options{Addr: s.address, Protocol: 2, DisableIdentity: true, PoolSize: 1}
	if password {
		options.Password = "secret"
	}
	c := redis.NewClient(options)
	defer c.Close()
	for end := time.Now().Add(patience); c.Ping(ctx).Err() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return errors.New("does not serve")
		}
	}
	if s.cluster {
		arguments := []any{"cluster", "addslots"}
		for slot := range 16384 {
			arguments = append(arguments, slot)
		}
		if err := c.Do(ctx, arguments...).Err(); err != nil {
			return err
		}
		for c.Set(ctx, "ok:up", "1", 0).Err() != nil {
			time.Sleep(10 * time.Millisecond)
		}
	}
	for _, name := range []string{"root", "alice", "bob", "limited", "single", "eve", "default"} {
		arguments := []any{"acl", "setuser", name}
		for _, word := range strings.Fields(stateUsers[name]) {
			arguments = append(arguments, word)
		}
		if err := c.Do(ctx, arguments...).Err(); err != nil {
			return fmt.Errorf("user %s: %w", name, err)
		}
	}
	return nil
}

func (s *stateServer) dial(database int) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: s.address, DB: database, Username: "root", Password: "root", Protocol: 2, DisableIdentity: true, PoolSize: 1,
	})
}

func (s *stateServer) addr() string   { return s.address }
func (s *stateServer) secret() []byte { return []byte(secretValue) }

// databases are those that streams choose.
func (s *stateServer) databases() []int {
	if s.cluster {
		return []int{0}
	}
	return []int{0, 1, 5}
}

// belongs reports whether what is in a key of a database may be read and changed by somebody.
func belongs(key string, database int) bool {
	prefix, _, _ := strings.Cut(key, ":")
	switch prefix {
	case "d0":
		return database == 0
	case "d5":
		return database == 5
	}
	return slices.Contains([]string{"ok", "al", "bo", "li", "ev"}, prefix)
}

func (s *stateServer) reset() error {
	ctx := context.Background()
	s.hidden = map[int]map[string]string{}
	root := s.dial(0)
	defer root.Close()
	if err := root.FlushAll(ctx).Err(); err != nil {
		return err
	}
	for _, database := range s.databases() {
		c := s.dial(database)
		defer c.Close()
		for _, key := range []string{"d0:s", "d0:a", "d5:s", "d5:a", "no:s"} {
			if belongs(key, database) {
				continue
			}
			if err := c.Set(ctx, key, secretValue, 0).Err(); err != nil {
				return err
			}
		}
		var err error
		if s.hidden[database], err = hiddenDumps(ctx, c, database); err != nil {
			return err
		}
	}
	if err := root.Do(ctx, "acl", "log", "reset").Err(); err != nil {
		return err
	}
	if err := root.Do(ctx, "hidden", "resetstat").Err(); err == nil {
		return nil
	}
	return root.Do(ctx, "config", "resetstat").Err()
}

// hiddenDumps returns the keys that do not belong to their database, and their values as the server keeps them.
func hiddenDumps(ctx context.Context, c *redis.Client, database int) (map[string]string, error) {
	names, err := c.Keys(ctx, "*").Result()
	if err != nil {
		return nil, fmt.Errorf("the server is gone: %w", err)
	}
	hidden := map[string]string{}
	for _, name := range names {
		if belongs(name, database) {
			continue
		}
		if hidden[name], err = c.Dump(ctx, name).Result(); err != nil {
			return nil, err
		}
	}
	return hidden, nil
}

// effects asks the server for commands that no rule allows, for keys that it has refused, and for changes in keys that
// are not for their database.
func (s *stateServer) effects() error {
	ctx := context.Background()
	root := s.dial(0)
	defer root.Close()
	if err := forbiddenCalls(ctx, root, stateRuns...); err != nil {
		return err
	}
	log, err := root.Do(ctx, "acl", "log", "1000").Slice()
	if err != nil {
		return fmt.Errorf("the server is gone: %w", err)
	}
	for _, entry := range log {
		fields, _ := entry.([]any)
		if reason := reasonOf(fields); reason == "key" || reason == "channel" {
			return fmt.Errorf("the server has refused a %s that was passed: %v", reason, fields)
		}
	}
	for _, database := range s.databases() {
		c := s.dial(database)
		defer c.Close()
		now, err := hiddenDumps(ctx, c, database)
		if err != nil {
			return err
		}
		for key, dump := range s.hidden[database] {
			if now[key] != dump {
				return fmt.Errorf("key %s of database %d has changed", key, database)
			}
		}
		if len(now) != len(s.hidden[database]) {
			return fmt.Errorf("database %d has new keys: %q", database, now)
		}
	}
	return nil
}

// reasonOf returns the reason of an entry of the server's ACL LOG.
func reasonOf(fields []any) string {
	for n := 0; n+1 < len(fields); n += 2 {
		if fields[n] == "reason" {
			return fmt.Sprint(fields[n+1])
		}
	}
	return ""
}

// stateRuns are the commands that the policy allows by name, and those that the oracle itself sends.
var stateRuns = []string{"hidden", "eval", "monitor", "replconf", "client|reply", "cluster"}

// stateStream makes what a client sends that wants to be taken for another one: any requests, or a few of them again and
// again with what it is after at the end.
func stateStream(r *rand.Rand) []byte {
	var stream []byte
	if r.IntN(3) > 0 {
		return focusedStream(r)
	}
	if r.IntN(2) == 0 {
		stream = multibulk("HELLO", "3")
	}
	for range 2 + r.IntN(14) {
		request := stateRequest(r)
		if r.IntN(20) == 0 {
			request = []byte(strings.Join(words(request), " ") + "\r\n")
		}
		stream = append(stream, request...)
	}
	if r.IntN(10) == 0 {
		stream = damageRedis(r, stream)
	}
	return stream
}

// focusedStream begins with a few requests that may bring replies out of step, and goes on with a login that fails, or a
// choice of a database, and requests for keys that only its success would allow.
func focusedStream(r *rand.Rand) []byte {
	var stream []byte
	if r.IntN(3) > 0 {
		stream = multibulk("HELLO", "3")
	}
	moves := [][]byte{stateRequest(r), stateRequest(r), stateRequest(r), multibulk("SET", "ok:a", "v")}
	if r.IntN(3) == 0 {
		moves = append(moves, multibulk("SUBSCRIBE", "c"))
	}
	for range 2 + r.IntN(8) {
		stream = append(stream, pick(r, moves...)...)
	}
	claim, key := multibulk("AUTH", "alice", "wrong"), "al:a"
	switch r.IntN(4) {
	case 0:
		claim, key = multibulk("HELLO", "3", "AUTH", "bob", "wrong"), "bo:a"
	case 1:
		claim, key = multibulk("SELECT", pick(r, "5", "99")), "d5:s"
	case 2:
		claim, key = multibulk("RESET"), "d0:s"
	}
	stream = append(stream, claim...)
	for range r.IntN(4) {
		stream = append(stream, pick(r, multibulk("SET", "ok:a", "v"), multibulk("PING"), multibulk("EXEC"), pick(r, moves...))...)
	}
	return append(stream, bytes.Repeat(multibulk("GET", key), 3)...)
}

// words returns the words of an encoded request.
func words(request []byte) []string {
	var words []string
	for n, line := range strings.Split(string(request), "\r\n") {
		if n > 0 && n%2 == 0 && line != "" {
			words = append(words, line)
		}
	}
	return words
}

func stateKey(r *rand.Rand) string {
	return pick(r, "ok:", "ok:", "ok:", "d0:", "d5:", "al:", "bo:", "li:", "ev:", "no:") + pick(r, "a", "l", "s")
}

func stateRequest(r *rand.Rand) []byte {
	users := map[string]string{"alice": "a", "bob": "b", "limited": "l", "single": "s", "eve": "e", "default": "secret", "nobody": "n", "": ""}
	user := pick(r, "alice", "bob", "limited", "single", "eve", "default", "nobody", "")
	secret := pick(r, users[user], users[user], "wrong")
	word := func(words ...string) string { return cased(r, pick(r, words...)) }
	switch r.IntN(32) {
	case 0, 1, 2:
		return multibulk(word("AUTH"), user, secret)
	case 3:
		return multibulk(word("AUTH"), pick(r, "secret", "wrong"))
	case 4:
		return multibulk(word("HELLO"), pick(r, "2", "3"), "AUTH", user, secret)
	case 5:
		return multibulk(word("HELLO"), pick(r, "2", "3"), "AUTH", user, secret, pick(r, "SETNAME", "AUTH"), pick(r, "n", "a b", "bob"), pick(r, "b", "x"))
	case 6:
		return multibulk(word("HELLO"), pick(r, "2", "3", "3", "4"))
	case 7:
		return multibulk(word("HELLO"), "3", "AUTH", user, secret, "SETNAME", pick(r, "n", "a b"))
	case 8:
		return multibulk(word("RESET"))
	case 9, 10, 11:
		return multibulk(word("SELECT"), pick(r, "0", "5", "1", "99", "x"))
	case 12, 13:
		return multibulk(word("MULTI"))
	case 14, 15:
		return multibulk(word("EXEC", "EXEC", "DISCARD"))
	case 16, 17:
		return multibulk("CLIENT", "REPLY", word("ON", "OFF", "SKIP", "SKIP"))
	case 18:
		return multibulk(word("SUBSCRIBE", "UNSUBSCRIBE", "SSUBSCRIBE"), pick(r, "c", "c2", "other"))
	case 19:
		return multibulk(word("SUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "PSUBSCRIBE"), "c*", pick(r, "c", "c*"))
	case 20:
		return multibulk(word("UNSUBSCRIBE", "PUNSUBSCRIBE"))
	case 21:
		return multibulk(word("PUBLISH"), pick(r, "c", "c2", "other"), "x")
	case 22:
		return multibulk("RPUSH", "ok:q", pick(r, "message", "subscribe", "unsubscribe", "QUEUED"), "c", pick(r, "x", "1"))
	case 23:
		return multibulk("LRANGE", pick(r, "ok:q", "ok:q", stateKey(r)), "0", pick(r, "-1", "2", "2"))
	case 24:
		return multibulk("EVAL", pick(r, stateScripts...), "1", "ok:a")
	case 25:
		return multibulk(pick(r, "KEYS", "FLUSHALL", "PSYNC", "SYNC", "CONFIG"), "*", "-1")
	case 26:
		return multibulk(pick(r, "MONITOR", "REPLCONF", "PING", "WATCH", "UNWATCH"), pick(r, "ACK", "ok:a"), "0")
	case 27:
		return multibulk(pick(r, "MONITOR", "PING", "PING", "PING", "UNWATCH", "QUIT"))
	case 28:
		return multibulk("COPY", stateKey(r), stateKey(r), "DB", pick(r, "0", "5"))
	case 29:
		return multibulk(pick(r, "MOVE", "BLPOP"), stateKey(r), pick(r, "5", "0.01"))
	case 30:
		return multibulk("MGET", stateKey(r), stateKey(r))
	}
	return multibulk(word("SET", "GETSET", "APPEND"), stateKey(r), "v")
}

// stateScripts reach no key, and have replies that look like others.
var stateScripts = []string{
	"return redis.status_reply('QUEUED')", "return redis.status_reply('OK')", "return redis.status_reply('RESET')",
	"return {'message', 'c', 'x'}", "return {'subscribe', 'c', 3}", "return redis.error_reply('NOAUTH x')", "return {{{}, {1, {2}}}, 3}",
	"redis.call('publish', 'c', 'x') return 1", "redis.setresp(3) return {map={a=1}}", "redis.setresp(3) return {set={a=true}}",
	"redis.setresp(3) return {double=1.5}", "return false", "redis.call('select', 5) return 1",
}
