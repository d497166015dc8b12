//! Uses redis-rs with a server, and prints what comes of it.
//!
//! Usage: redis-client ADDRESS MODE, where MODE is 2 or 3, the version of RESP, or "cluster".

use redis::{Client, Cmd, Connection, ConnectionLike, ErrorKind, IntoConnectionInfo, Pipeline, ProtocolVersion};
use redis::{RedisConnectionInfo, RedisResult, Script, Value};
use std::{env, thread, time::Duration};

const PATIENCE: Duration = Duration::from_secs(20);

fn show(what: &str, result: RedisResult<Value>) {
    match result {
        Ok(value) => println!("{what} {value:?}"),
        Err(error) => println!("{what} {} {error}", kind(error.kind())),
    }
}

fn kind(kind: ErrorKind) -> String { format!("{kind:?}") }

/// words makes a command of words.
fn words(text: &str) -> Cmd {
    let mut command = Cmd::new();
    for word in text.split(' ') {
        command.arg(word);
    }
    command
}

fn say(c: &mut dyn ConnectionLike, text: &str) { show(text, c.req_command(&words(text))) }

/// values does what any connection can do, also one to a cluster.
fn values(c: &mut dyn ConnectionLike) {
    for text in [
        "SET public:a 1 EX 100", "GET public:a", "GET public:none", "GET secret", "SET secret x", "INCRBY public:a 41",
        "HSET public:h f v", "HGETALL public:h", "HMGET public:h f z", "RPUSH public:l a b c", "LRANGE public:l 0 -1",
        "SADD public:s a", "SMEMBERS public:s", "ZADD public:z 1.5 m 2 n", "ZRANGE public:z 0 -1 WITHSCORES",
        "ZSCORE public:z m", "XADD public:x 1-1 f v", "XGROUP CREATE public:x g 0",
        "XREADGROUP GROUP g STREAMS COUNT 1 STREAMS public:x >", "XREAD COUNT 2 STREAMS public:x 0", "GEOADD public:g 13.4 52.5 berlin",
        "GEOPOS public:g berlin none", "SETBIT public:bits 7 1", "BITFIELD public:bits GET u4 0 SET u4 4 3", "PFADD public:p a b",
        "LPOP public:a", "OBJECT ENCODING public:a", "GET",
    ] {
        say(c, text);
    }
    let mut binary = Cmd::new();
    binary.arg("SET").arg("public:b").arg(b"\0\xff\r\n$1\r\n");
    show("binary", c.req_command(&binary));
    say(c, "GET public:b");
    let long = "x".repeat(1 << 20);
    show("long", c.req_command(Cmd::new().arg("SET").arg("public:long").arg(&long)));
    match c.req_command(&words("GET public:long")) {
        Ok(Value::BulkString(value)) => println!("long {}", value.len()),
        other => show("long", other),
    }
}

fn together(c: &mut Connection) {
    let mut pipe = Pipeline::new();
    pipe.ignore_errors();
    for text in ["INCR public:a", "GET secret", "HGET public:h f", "LPOP public:a"] {
        pipe.add_command(words(text));
    }
    for _ in 0..100 {
        pipe.add_command(words("GET public:a"));
    }
    show("pipeline", pipe.query(c));
    for second in ["GET public:a", "SET secret x"] {
        let mut transaction = Pipeline::new();
        transaction.atomic();
        transaction.add_command(words("INCR public:a"));
        transaction.add_command(words(second));
        show("transaction", transaction.query(c));
    }
    say(c, "GET public:a");
    let script = Script::new("return {KEYS[1], ARGV[1], {1, 2}}");
    show("script", script.key("public:a").arg("x").invoke(c));
}

fn subscriptions(client: &Client, c: &mut Connection) -> RedisResult<()> {
    let mut subscriber = client.get_connection_with_timeout(PATIENCE)?;
    subscriber.set_read_timeout(Some(PATIENCE))?;
    let mut subscriptions = subscriber.as_pubsub();
    subscriptions.subscribe("public:news")?;
    say(c, "PUBLISH public:news hello");
    let message = subscriptions.get_message()?;
    println!("message {} {:?}", message.get_channel_name(), message.get_payload_bytes());
    if let Err(error) = subscriptions.subscribe("secret") {
        println!("subscribe to a secret {} {error}", kind(error.kind()));
    }
    subscriptions.unsubscribe("public:news")
}

fn single(client: &Client) -> RedisResult<()> {
    let c = &mut client.get_connection_with_timeout(PATIENCE)?;
    values(c);
    together(c);
    if let Err(error) = subscriptions(client, c) {
        println!("subscriptions {} {error}", kind(error.kind()));
    }
    let other = &mut client.get_connection_with_timeout(PATIENCE)?;
    say(c, "WATCH public:a");
    say(other, "INCR public:a");
    for text in ["MULTI", "GET public:a", "EXEC"] {
        say(c, text);
    }
    thread::scope(|scope| {
        let blocked = scope.spawn(|| other.req_command(&words("BLPOP public:queue 5")));
        say(c, "RPUSH public:queue job");
        show("blocking", blocked.join().expect("no panic"));
    });
    for text in ["MGET public:a public:none", "SELECT 1", "GET public:a", "SELECT 0", "CONFIG GET maxmemory"] {
        say(c, text);
    }
    let mut scan = Cmd::new();
    scan.arg("SCAN").cursor_arg(0).arg("MATCH").arg("public:*");
    match scan.iter::<String>(c) {
        Ok(keys) => {
            let mut all: Vec<_> = keys.map(|key| key.map_err(|e| e.to_string())).collect();
            all.sort();
            println!("scan {all:?}");
        }
        Err(error) => println!("scan {} {error}", kind(error.kind())),
    }
    say(c, "FLUSHDB");
    Ok(())
}

fn cluster(address: &str) -> RedisResult<()> {
    let client = redis::cluster::ClusterClient::new(vec![format!("redis://{address}")])?;
    let c = &mut client.get_connection()?;
    values(c);
    for i in 0..20 {
        say(c, &format!("SET public:{i} v"));
        say(c, &format!("GET public:{i}"));
    }
    for text in ["SET public:{moving} m", "GET public:{moving}", "MGET public:1 public:2 public:3"] {
        say(c, text);
    }
    Ok(())
}

fn main() -> RedisResult<()> {
    let arguments: Vec<String> = env::args().collect();
    let address = &arguments[1];
    match arguments[2].as_str() {
        "cluster" => cluster(address)?,
        mode => {
            let version = if mode == "2" { ProtocolVersion::RESP2 } else { ProtocolVersion::RESP3 };
            let settings = RedisConnectionInfo::default().set_protocol(version);
            single(&Client::open(format!("redis://{address}").into_connection_info()?.set_redis_settings(settings))?)?;
        }
    }
    println!("done");
    Ok(())
}
