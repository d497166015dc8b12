"""Uses redis-py with a server at the address of the first two arguments, and prints what comes of it."""
import sys

import redis

host, port, protocol = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
c = redis.Redis(host=host, port=port, protocol=protocol, decode_responses=True)


def say(what, use):
    try:
        print(what, use())
    except redis.exceptions.RedisError as e:
        print(what, type(e).__name__, e)


say("ping", c.ping)
say("set", lambda: c.set("public:a", 1, ex=100))
say("get", lambda: c.get("public:a"))
say("get secret", lambda: c.get("secret"))
say("set secret", lambda: c.set("secret", "x"))
say("mget", lambda: c.mget("public:a", "public:none"))
say("hash", lambda: (c.hset("public:h", mapping={"f": "v", "g": "w"}), c.hgetall("public:h")))
say("sorted set", lambda: (c.zadd("public:z", {"m": 1.5}), c.zrange("public:z", 0, -1, withscores=True)))
say("wrong type", lambda: c.lpop("public:a"))

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
