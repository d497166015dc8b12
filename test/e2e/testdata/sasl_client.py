"""Uses memcached through the proxy in the binary protocol, with SASL, and ends with an error if anything is unexpected."""

import sys

import bmemcached
from bmemcached.exceptions import MemcachedException

address = f"{sys.argv[1]}:{sys.argv[2]}"


def denied(call, *args):
    try:
        result = call(*args)
    except MemcachedException as error:
        assert "access denied" in str(error), error
    else:
        assert not result, f"{call.__name__}{args} was not denied but gave {result!r}"


client = bmemcached.Client((address,), "user@test.local", "hush-hush")
assert client.set("public/a", "A")
assert client.get("public/a") == "A"
assert client.get("public/none") is None
assert client.get_multi(["public/a", "public/none"]) == {"public/a": "A"}
denied(client.get, "secret/a")
denied(client.set, "secret/a", "S")
denied(client.delete, "public/a")
denied(client.incr, "public/n", 1)
denied(client.flush_all)
assert client.get("public/a") == "A"

try:
    bmemcached.Client((address,), "user@test.local", "wrong").get("public/a")
except MemcachedException as error:
    assert "Auth failure" in str(error), error
else:
    raise AssertionError("a wrong password was accepted")
