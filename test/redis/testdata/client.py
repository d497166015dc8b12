"""Uses redis-py with a server, and prints what comes of it.

  client.py ADDRESS MODE

MODE is 2 or 3, the version of RESP, or "cluster".
"""
import sys

import redis

host, port = sys.argv[1].split(":")
mode = sys.argv[2]


def say(what, use):
    try:
        print(what, use())
    except redis.exceptions.RedisError as e:
        print(what, type(e).__name__, e)


def values(c):
    """What any connection can do, also one to a cluster."""
    say("set", lambda: c.set("public:a", 1, ex=100))
    say("get", lambda: c.get("public:a"))
    say("get secret", lambda: c.get("secret"))
    say("set secret", lambda: c.set("secret", "x"))
    say("hash", lambda: (c.hset("public:h", mapping={"f": "v", "g": "w"}), c.hgetall("public:h")))
    say("sorted set", lambda: (c.zadd("public:z", {"m": 1.5}), c.zrange("public:z", 0, -1, withscores=True)))
    say("wrong type", lambda: c.lpop("public:a"))


def single(c):
    say("ping", c.ping)
    say("mget", lambda: c.mget("public:a", "public:none"))
    p = c.pipeline(transaction=False)
    p.incr("public:a").get("secret").incr("public:a")
    say("pipeline", lambda: p.execute(raise_on_error=False))
    p = c.pipeline(transaction=True)
    p.incr("public:a").get("public:a")
    say("transaction", p.execute)
    p = c.pipeline(transaction=True)
    p.incr("public:a").set("secret", "x")
    say("transaction with a secret", p.execute)
    say("get", lambda: c.get("public:a"))

    s = c.pubsub()
    say("subscribe", lambda: s.subscribe("public:news"))
    say("subscribed", lambda: s.get_message(timeout=5))
    say("publish", lambda: c.publish("public:news", "hello"))
    say("message", lambda: s.get_message(timeout=5))
    say("keys", lambda: sorted(c.keys("public:*")))
    say("script", lambda: c.eval("return {KEYS[1], ARGV[1]}", 1, "public:a", "x"))
    say("flush", c.flushall)


def cluster(c):
    for i in range(20):
        say(f"key {i}", lambda: (c.set(f"public:{i}", i), c.get(f"public:{i}")))
    say("asked", lambda: (c.set("public:{moving}", "m"), c.get("public:{moving}")))
    say("mget", lambda: c.mget_nonatomic("public:1", "public:2", "public:3", "secret"))
    p = c.pipeline()
    p.incr("public:1").get("secret").incr("public:2")
    say("pipeline", lambda: p.execute(raise_on_error=False))


if mode == "cluster":
    c = redis.RedisCluster(host=host, port=int(port), decode_responses=True)
    values(c)
    cluster(c)
else:
    c = redis.Redis(host=host, port=int(port), protocol=int(mode), decode_responses=True)
    values(c)
    single(c)
print("done")
