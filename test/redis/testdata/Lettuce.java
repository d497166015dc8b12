import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Uses Lettuce with a server, and prints what comes of it.
 *
 * <pre>java -cp LETTUCE Lettuce.java ADDRESS MODE</pre>
 *
 * MODE is 2 or 3, the version of RESP, or "cluster".
 */
class Lettuce {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    public static void main(String[] arguments) throws Exception {
        String[] address = arguments[0].split(":");
        RedisURI uri = RedisURI.builder().withHost(address[0]).withPort(Integer.parseInt(address[1])).withTimeout(PATIENCE).build();
        if (arguments[1].equals("cluster")) {
            cluster(uri);
        } else {
            single(uri, arguments[1].equals("2") ? ProtocolVersion.RESP2 : ProtocolVersion.RESP3);
        }
        System.out.println("done");
        System.exit(0);
    }

    static void say(String what, Callable<Object> use) {
        try {
            System.out.println(what + " " + text(use.call()));
        } catch (Exception e) {
            System.out.println(what + " " + failure(e));
        }
    }

    static String failure(Throwable e) {
        return e instanceof ExecutionException ? failure(e.getCause()) : e.getClass().getSimpleName() + " " + e.getMessage();
    }

    static String text(Object value) {
        return value instanceof Object[] several ? text(List.of(several)) : String.valueOf(value);
    }

    /** What any connection can do, also one to a cluster. */
    static void values(RedisClusterCommands<String, String> c) {
        say("set", () -> c.set("public:a", "1", SetArgs.Builder.ex(100)));
        say("get", () -> c.get("public:a"));
        say("get none", () -> c.get("public:none"));
        say("get secret", () -> c.get("secret"));
        say("set secret", () -> c.set("secret", "x"));
        say("incr", () -> c.incrby("public:a", 41));
        say("binary", () -> c.set("public:b", "\0\377\r\n$1\r\n") + c.get("public:b").length());
        say("long", () -> c.set("public:long", "x".repeat(1 << 20)) + c.get("public:long").length());
        say("hash", () -> List.of(c.hset("public:h", new TreeMap<>(java.util.Map.of("f", "v", "g", "w"))),
            new TreeMap<>(c.hgetall("public:h")), c.hmget("public:h", "f", "z")));
        say("list", () -> List.of(c.rpush("public:l", "a", "b", "c"), c.lrange("public:l", 0, -1), c.lpos("public:l", "b")));
        say("set of words", () -> List.of(c.sadd("public:s", "a", "b"), new TreeSet<>(c.smembers("public:s"))));
        say("sorted set", () -> List.of(c.zadd("public:z", 1.5, "m"), c.zrangeWithScores("public:z", 0, -1), c.zscore("public:z", "m")));
        say("stream", () -> List.of(c.xadd("public:x", new XAddArgs().id("1-1"), "f", "v"),
            c.xgroupCreate(XReadArgs.StreamOffset.from("public:x", "0"), "g"),
            c.xreadgroup(io.lettuce.core.Consumer.from("g", "STREAMS"), XReadArgs.Builder.count(1), XReadArgs.StreamOffset.lastConsumed("public:x")),
            c.xack("public:x", "g", "1-1")));
        say("place", () -> List.of(c.geoadd("public:g", 13.4, 52.5, "berlin"), c.geohash("public:g", "berlin")));
        say("estimate", () -> List.of(c.pfadd("public:p", "a", "b"), c.pfcount("public:p")));
        say("wrong type", () -> c.lpop("public:a"));
        say("script", () -> c.eval("return {KEYS[1], ARGV[1]}", ScriptOutputType.MULTI, new String[] {"public:a"}, "x"));
        say("script by its digest", () -> {
            String script = "return redis.call('INCR', KEYS[1])";
            return List.of(c.scriptLoad(script), (Object) c.evalsha(c.digest(script), ScriptOutputType.INTEGER, "public:a"));
        });
    }

    static void single(RedisURI uri, ProtocolVersion version) throws Exception {
        RedisClient client = RedisClient.create(uri);
        client.setOptions(ClientOptions.builder().protocolVersion(version).autoReconnect(false).build());
        StatefulRedisConnection<String, String> connection = client.connect(new StringCodec(StandardCharsets.ISO_8859_1));
        RedisCommands<String, String> c = connection.sync();
        values(c);
        together(connection);
        say("transaction", () -> {
            c.multi();
            c.incr("public:a");
            c.get("public:a");
            return c.exec().stream().toList();
        });
        say("transaction with a secret", () -> {
            c.multi();
            RedisFuture<String> secret = connection.async().set("secret", "x");
            c.incr("public:a");
            try {
                return c.exec().stream().toList() + secret.get();
            } catch (RedisException e) {
                return failure(e) + " " + secret.getError();
            }
        });
        say("get", () -> c.get("public:a"));
        subscriptions(client, c);
        say("watch", () -> {
            c.watch("public:a");
            try (StatefulRedisConnection<String, String> other = client.connect()) {
                other.sync().incr("public:a");
            }
            c.multi();
            c.get("public:a");
            return c.exec().wasDiscarded();
        });
        say("blocking", () -> {
            try (StatefulRedisConnection<String, String> other = client.connect()) {
                RedisFuture<KeyValue<String, String>> popped = other.async().blpop(5, "public:queue");
                c.rpush("public:queue", "job");
                return popped.get();
            }
        });
        say("mget", () -> c.mget("public:a", "public:none"));
        say("database", () -> List.of(c.select(1), c.dbsize() >= 0, c.select(0)));
        say("scan", () -> {
            TreeSet<String> keys = new TreeSet<>();
            ScanIterator.scan(c, ScanArgs.Builder.matches("public:*")).forEachRemaining(keys::add);
            return keys;
        });
        say("config", () -> c.configGet("maxmemory"));
        say("flush", c::flushdb);
        connection.close();
    }

    /** Many requests before the first reply is read. */
    static void together(StatefulRedisConnection<String, String> connection) {
        RedisAsyncCommands<String, String> c = connection.async();
        connection.setAutoFlushCommands(false);
        List<RedisFuture<?>> futures = new ArrayList<>(List.of(c.incr("public:a"), c.get("secret"), c.hget("public:h", "f"), c.lpop("public:a")));
        for (int i = 0; i < 100; i++) {
            futures.add(c.get("public:a"));
        }
        connection.flushCommands();
        connection.setAutoFlushCommands(true);
        for (int i = 0; i < futures.size(); i++) {
            RedisFuture<?> future = futures.get(i);
            say("pipeline " + i, future::get);
        }
    }

    static void subscriptions(RedisClient client, RedisCommands<String, String> c) {
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        StatefulRedisPubSubConnection<String, String> s = client.connectPubSub();
        s.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(String channel, String message) {
                messages.add(channel + " " + message);
            }
        });
        say("subscribe", () -> {
            s.sync().subscribe("public:news");
            return c.publish("public:news", "hello");
        });
        say("message", () -> messages.poll(1, TimeUnit.SECONDS));
        say("subscribe to a secret", () -> {
            s.sync().subscribe("secret");
            return "";
        });
        say("unsubscribe", () -> {
            s.sync().unsubscribe("public:news");
            return s.sync().ping();
        });
        s.close();
    }

    static void cluster(RedisURI uri) {
        RedisClusterClient client = RedisClusterClient.create(uri);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect(new StringCodec(StandardCharsets.ISO_8859_1))) {
            RedisClusterCommands<String, String> c = connection.sync();
            values(c);
            for (int i = 0; i < 20; i++) {
                String key = "public:" + i;
                say(key, () -> c.set(key, "v") + c.get(key));
            }
            say("asked", () -> c.set("public:{moving}", "m") + c.get("public:{moving}"));
            say("mget", () -> c.mget("public:1", "public:2", "public:3", "secret"));
        }
    }
}
