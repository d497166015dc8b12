"""Uses memcached through the proxy at the given host and port, and ends with an error if anything is unexpected."""

import sys

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheClientError


def denied(call, *args, **kwargs):
    try:
        result = call(*args, **kwargs)
    except MemcacheClientError as error:
        assert "access denied" in str(error), error
    else:
        raise AssertionError(f"{call.__name__}{args} was not denied but gave {result!r}")


client = Client((sys.argv[1], int(sys.argv[2])), timeout=20, connect_timeout=20)
assert client.set("public/a", b"A", noreply=False) is True
assert client.get("public/a") == b"A"
assert client.get("public/none") is None
assert client.get_many(["public/a", "public/none"]) == {"public/a": b"A"}
assert client.set("public/quiet", b"Q", noreply=True) is True
assert client.get("public/quiet") == b"Q"
value, cas = client.gets("public/a")
assert value == b"A" and cas is not None
denied(client.get, "secret/a")
denied(client.get_many, ["public/a", "secret/a"])
denied(client.set, "secret/a", b"S", noreply=False)
denied(client.delete, "public/a", noreply=False)
denied(client.incr, "public/a", 1)
denied(client.flush_all, noreply=False)
client.set("secret/quiet", b"Q", noreply=True)
assert client.get("public/a") == b"A"
assert client.version().startswith(b"1.")
client.quit()
