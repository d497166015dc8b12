"""Uses memcached through the proxy with meta commands, and ends with an error if anything is unexpected."""

import sys

from meta_memcache import CacheClient, ServerAddress, connection_pool_factory_builder
from meta_memcache.errors import MemcacheServerError


def denied(call, *args, **kwargs):
    try:
        result = call(*args, **kwargs)
    except MemcacheServerError:
        pass
    else:
        raise AssertionError(f"{call.__name__}{args} was not denied but gave {result!r}")


client = CacheClient.cache_client_from_servers(
    servers=[ServerAddress(host=sys.argv[1], port=int(sys.argv[2]))],
    connection_pool_factory_fn=connection_pool_factory_builder(),
)
assert client.set("public/a", "A", ttl=100)
assert client.get("public/a") == "A"
assert client.get("public/none") is None
several = {key.key: value for key, value in client.multi_get(["public/a", "public/none"]).items()}
assert several == {"public/a": "A", "public/none": None}, several
denied(client.get, "secret/a")
denied(client.set, "secret/a", "S", ttl=100)
denied(client.delete, "public/a")
assert client.get("public/a") == "A"
