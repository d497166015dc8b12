//go:build e2e

package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/valkey-io/valkey-go"
)

// valkeyGo uses valkey-go: with RESP 3 it asks the server to be notified of changes (CLIENT TRACKING), unless cache is off.
func valkeyGo(t *testing.T, address string, option valkey.ClientOption) string {
	option.InitAddress, option.DisableRetry, option.ConnWriteTimeout = []string{address}, true, 20*time.Second
	c, err := valkey.NewClient(option)
	if err != nil {
		return fmt.Sprintf("connect: %v\n", err)
	}
	defer c.Close()
	var b strings.Builder
	say := func(what string, results ...valkey.ValkeyResult) {
		fmt.Fprint(&b, what, ":")
		for _, r := range results {
			value, err := r.ToAny()
			fmt.Fprintf(&b, " %v", value)
			if err != nil && !valkey.IsValkeyNil(err) {
				fmt.Fprintf(&b, "(%v)", err)
			}
		}
		fmt.Fprintln(&b)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	do := func(words ...string) valkey.ValkeyResult {
		return c.Do(ctx, c.B().Arbitrary(words[0]).Keys(words[1]).Args(words[2:]...).Build())
	}
	for _, line := range []string{
		"SET public:a 1 EX 100", "GET public:a", "GET public:none", "GET secret", "SET secret x", "INCRBY public:a 41",
		"HSET public:h f v", "HGETALL public:h", "RPUSH public:l a b c", "LRANGE public:l 0 -1", "SADD public:s a", "SMEMBERS public:s",
		"ZADD public:z 1.5 m 2 n", "ZRANGE public:z 0 -1 WITHSCORES", "ZSCORE public:z m", "XADD public:x 1-1 f v", "XRANGE public:x - +",
		"LPOP public:a", "GETEX public:a PERSIST", "COPY public:a public:a",
	} {
		say(line, do(strings.Fields(line)...))
	}
	long := strings.Repeat("x", 1<<20)
	say("set a long value", do("SET", "public:long", long))
	got, err := do("GET", "public:long").ToString()
	fmt.Fprintln(&b, "get a long value:", got == long, err)
	say("pipeline", c.DoMulti(ctx,
		c.B().Incr().Key("public:a").Build(), c.B().Get().Key("secret").Build(), c.B().Hget().Key("public:h").Field("f").Build(),
		c.B().Lpop().Key("public:a").Build())...)
	if !option.DisableCache {
		for range 2 {
			say("cached", c.DoCache(ctx, c.B().Get().Key("public:a").Cache(), time.Minute))
		}
		say("cached secret", c.DoCache(ctx, c.B().Get().Key("secret").Cache(), time.Minute))
	}
	script := valkey.NewLuaScript("return {KEYS[1], ARGV[1], {1, 2}}")
	for range 2 {
		say("script", script.Exec(ctx, c, []string{"public:a"}, []string{"x"}))
	}
	_ = c.Dedicated(func(d valkey.DedicatedClient) error {
		for _, second := range []valkey.Completed{d.B().Get().Key("public:a").Build(), d.B().Set().Key("public:a").Value("x").Build()} {
			say("transaction", d.DoMulti(ctx, d.B().Watch().Key("public:a").Build(), d.B().Multi().Build(), d.B().Incr().Key("public:a").Build(),
				second, d.B().Exec().Build())...)
		}
		return nil
	})
	valkeyGoSubscribe(ctx, c, &b, say)
	return b.String()
}

var errHeard = errors.New("heard")

func valkeyGoSubscribe(ctx context.Context, c valkey.Client, b *strings.Builder, say func(string, ...valkey.ValkeyResult)) {
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Second, errHeard)
	defer cancel()
	for _, channel := range []string{"public:news", "secret"} {
		heard, stop := context.WithCancelCause(ctx)
		subscribed := valkey.WithOnSubscriptionHook(heard, func(s valkey.PubSubSubscription) {
			fmt.Fprintln(b, "subscription:", s.Kind, s.Channel)
			if s.Kind == "subscribe" {
				go publishUntil(heard, c, channel)
			}
		})
		err := c.Receive(subscribed, c.B().Subscribe().Channel(channel).Build(), func(m valkey.PubSubMessage) {
			if heard.Err() == nil {
				fmt.Fprintln(b, "message:", m.Channel, m.Message)
			}
			stop(errHeard)
		})
		fmt.Fprintln(b, "received:", channel, err)
	}
	say("ping", c.Do(ctx, c.B().Ping().Build()))
}

// publishUntil publishes a message again and again until it is heard: the nodes of a cluster hand it on at most once, and lose it
// while a link between them is renewed.
func publishUntil(heard context.Context, c valkey.Client, channel string) {
	for heard.Err() == nil {
		c.Do(heard, c.B().Publish().Channel(channel).Message("hello").Build())
		select {
		case <-heard.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}
