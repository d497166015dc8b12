//! Uses memcached through the proxy at the given host and port, and ends with an error if anything is unexpected. The
//! client asks for the version of the server on every connection of its pool, which no rule of the policy names.

fn denied<T>(call: &str, refusal: &str, result: Result<T, memcache::MemcacheError>) {
    match result {
        Ok(_) => panic!("{call} was not denied"),
        Err(error) => assert!(error.to_string().contains(refusal), "{call}: {error}"),
    }
}

fn main() {
    let address = std::env::args().nth(1).expect("usage: rust-client HOST:PORT");
    for (protocol, refusal) in [("ascii", "access denied"), ("binary", "code: 8")] {
        let url = format!("memcache://{address}?timeout=20&protocol={protocol}");
        let client = memcache::connect(url).expect("connect");
        client.set("public/a", protocol, 0).expect("set");
        let value: Option<String> = client.get("public/a").expect("get");
        assert_eq!(value.as_deref(), Some(protocol));
        denied("set", refusal, client.set("secret/a", "S", 0));
        denied("delete", refusal, client.delete("public/a"));
        denied("flush", refusal, client.flush());
        let value: Option<String> = client.get("public/a").expect("get after denials");
        assert_eq!(value.as_deref(), Some(protocol));
    }
}
