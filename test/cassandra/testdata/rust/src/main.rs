//! Does what applications do with Cassandra and prints the results.
//!
//! Usage: cassandra-client ADDRESS 4/COMPRESSION, where the compression is none, lz4 or snappy.

use futures::{future::join_all, StreamExt};
use scylla::client::{session::Session, session_builder::SessionBuilder, Compression};
use scylla::response::{query_result::QueryResult, PagingState};
use scylla::statement::{batch::{Batch, BatchType}, unprepared::Statement, Consistency, SerialConsistency};
use scylla::value::{CqlTimestamp, MaybeUnset, Row};
use std::{error::Error, fmt::Debug, ops::ControlFlow, time::Duration};

type Outcome<T> = Result<T, Box<dyn Error>>;

const LIMIT: Duration = Duration::from_secs(60);

/// rows prints a result, or the error.
fn rows<E: Debug>(name: &str, result: Result<QueryResult, E>) {
    let result = match result {
        Ok(result) => result,
        Err(error) => return println!("error of {name} {error:?}"),
    };
    println!("rows of {name} {:?}", result.warnings().collect::<Vec<_>>());
    if let Ok(result) = result.into_rows_result() {
        for row in result.rows::<Row>().expect("rows") {
            println!("{:?}", row.expect("row").columns);
        }
    }
}

async fn show(session: &Session, query: &str) {
    rows(query, session.query_unpaged(query, ()).await);
}

async fn definitions(session: &Session) {
    for query in [
        "DROP KEYSPACE IF EXISTS drivers",
        "CREATE KEYSPACE drivers WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TYPE drivers.point (x int, y text)",
        "CREATE TABLE drivers.t (k int, c int, v text, PRIMARY KEY (k, c))",
        "CREATE TABLE drivers.counted (k int PRIMARY KEY, n counter)",
        "CREATE TABLE drivers.\"Quoted\" (k int PRIMARY KEY, v text)",
        "CREATE TABLE drivers.kinds (k int PRIMARY KEY, p frozen<point>, m map<text, int>, l list<int>, b blob, ts timestamp)",
    ] {
        show(session, query).await;
    }
}

async fn values(session: &Session) -> Outcome<()> {
    session.use_keyspace("drivers", false).await?;
    let insert = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)").await?;
    for i in 0..20 {
        session.execute_unpaged(&insert, (1, i, "x".repeat(i as usize))).await?;
    }
    session.execute_unpaged(&insert, (1, 21, None::<String>)).await?;
    session.execute_unpaged(&insert, (1, 22, MaybeUnset::<String>::Unset)).await?;
    session.query_unpaged("INSERT INTO t (k, c, v) VALUES (?, ?, ?)", (1, 23, "a'b")).await?;
    show(session, "SELECT JSON * FROM t WHERE k = 1").await;
    let select = session.prepare("SELECT * FROM t WHERE k = ? AND c > ?").await?;
    rows("prepared", session.execute_unpaged(&select, (1, 10)).await);
    show(session, "INSERT INTO \"Quoted\" (k, v) VALUES (1, $$a'b$$)").await;
    show(session, "SELECT v FROM drivers.\"Quoted\" /* FROM hidden.t */").await;
    let named = session.prepare("INSERT INTO kinds (k, l, b, ts) VALUES (:k, :l, :b, :ts)").await?;
    let values = (1, vec![1, 2, 3], vec![0u8, 1, 255], CqlTimestamp(0));
    rows("kinds", session.execute_unpaged(&named, values).await);
    show(session, "INSERT INTO kinds (k, p, m) VALUES (2, {x: 7, y: 'seven'}, {'one': 1})").await;
    show(session, "SELECT * FROM kinds").await;
    Ok(())
}

async fn paging(session: &Session) -> Outcome<()> {
    let mut select = session.prepare("SELECT c FROM t WHERE k = 1").await?;
    select.set_page_size(7);
    let mut state = PagingState::start();
    loop {
        let (result, next) = session.execute_single_page(&select, (), state).await?;
        rows("page", Ok::<_, std::fmt::Error>(result));
        match next.into_paging_control_flow() {
            ControlFlow::Break(()) => break,
            ControlFlow::Continue(next) => state = next,
        }
    }
    let mut stream = session.execute_iter(select, ()).await?.rows_stream::<(i32,)>()?;
    while let Some(row) = stream.next().await {
        println!("streamed {:?}", row?);
    }
    Ok(())
}

async fn long_values(session: &Session) -> Outcome<()> {
    show(session, "CREATE TABLE wide (k int PRIMARY KEY, v text)").await;
    let insert = session.prepare("INSERT INTO wide (k, v) VALUES (?, ?)").await?;
    session.execute_unpaged(&insert, (1, "y".repeat(3_000_000))).await?;
    session.query_unpaged(format!("INSERT INTO wide (k, v) VALUES (2, '{}')", "z".repeat(2_000_000)), ()).await?;
    let result = session.query_unpaged("SELECT k, v FROM wide", ()).await?.into_rows_result()?;
    for row in result.rows::<(i32, String)>()? {
        let (k, v) = row?;
        println!("long value {k} {}", v.len());
    }
    Ok(())
}

async fn in_flight(session: &Session) -> Outcome<()> {
    let insert = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)").await?;
    let written = join_all((0..1000).map(|i| session.execute_unpaged(&insert, (3, i, format!("c{i}"))))).await;
    let select = session.prepare("SELECT v FROM t WHERE k = 3 AND c = ?").await?;
    let read = join_all((0..1000).map(|i| session.execute_unpaged(&select, (i,)))).await;
    println!("written {}", written.iter().filter(|result| result.is_ok()).count());
    for result in read {
        println!("read {:?}", result?.into_rows_result()?.single_row::<(String,)>()?);
    }
    Ok(())
}

async fn batches(session: &Session) -> Outcome<()> {
    let insert = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)").await?;
    let mut batch = Batch::new(BatchType::Logged);
    batch.append_statement(insert.clone());
    batch.append_statement("DELETE FROM t WHERE k = 3");
    rows("batch", session.batch(&batch, ((4, 1, "a"), ())).await);
    let mut counters = Batch::new(BatchType::Counter);
    counters.append_statement("UPDATE counted SET n = n + 2 WHERE k = 1");
    rows("counters", session.batch(&counters, ((),)).await);
    let mut many = Batch::new(BatchType::Unlogged);
    let mut values = Vec::new();
    for i in 0..100 {
        many.append_statement(insert.clone());
        values.push((100 + i, i, "v".repeat(100)));
    }
    rows("many", session.batch(&many, values).await);
    show(session, "SELECT * FROM t WHERE k IN (3, 4)").await;
    show(session, "SELECT * FROM counted").await;
    Ok(())
}

async fn transactions(session: &Session) -> Outcome<()> {
    for _ in 0..2 {
        show(session, "INSERT INTO t (k, c, v) VALUES (6, 1, 'once') IF NOT EXISTS").await;
    }
    let mut update = session.prepare("UPDATE t SET v = 'twice' WHERE k = 6 AND c = 1 IF v = ?").await?;
    update.set_serial_consistency(Some(SerialConsistency::LocalSerial));
    rows("conditional", session.execute_unpaged(&update, ("once",)).await);
    let mut select = Statement::new("SELECT * FROM t WHERE k = 6");
    select.set_consistency(Consistency::Serial);
    rows("serial", session.query_unpaged(select, ()).await);
    Ok(())
}

async fn options(session: &Session) -> Outcome<()> {
    for consistency in [Consistency::One, Consistency::Quorum, Consistency::All, Consistency::Two, Consistency::LocalOne] {
        let mut select = Statement::new("SELECT v FROM t WHERE k = 4");
        select.set_consistency(consistency);
        match session.query_unpaged(select, ()).await {
            Ok(result) => rows("consistency", Ok::<_, std::fmt::Error>(result)),
            Err(_) => println!("error at {consistency:?}"),
        }
    }
    let mut insert = Statement::new("INSERT INTO t (k, c, v) VALUES (7, 1, 'timed')");
    insert.set_timestamp(Some(12345));
    session.query_unpaged(insert, ()).await?;
    show(session, "SELECT v, writetime(v) FROM t WHERE k = 7").await;
    let mut traced = Statement::new("SELECT * FROM t WHERE k = 4");
    traced.set_tracing(true);
    let result = session.query_unpaged(traced, ()).await?;
    let trace = session.get_tracing_info(&result.tracing_id().ok_or("no trace")?).await?;
    println!("trace of {:?} {:?} {}", trace.command, trace.request, !trace.events.is_empty());
    Ok(())
}

async fn failures(session: &Session) {
    for query in ["SELECT * FROM nosuch", "SELEC 1", "CREATE TABLE t (k int PRIMARY KEY)", "SELECT * FROM t WHERE c = 1", "",
        "GRANT SELECT ON t TO nobody", "LIST ROLES", "DESCRIBE TABLE drivers.counted"] {
        show(session, query).await;
    }
    println!("error of prepare {:?}", session.prepare("SELECT nothing FROM t").await.err().is_some());
    println!("error of use {:?}", session.use_keyspace("nosuch", false).await.err().is_some());
    let state = session.get_cluster_state();
    let keyspace = state.get_keyspace("drivers").expect("drivers");
    let mut tables: Vec<_> = keyspace.tables.keys().collect();
    tables.sort();
    println!("tables {tables:?}");
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let compression = match arguments[2].as_str() {
        "4/none" => None,
        "4/lz4" => Some(Compression::Lz4),
        "4/snappy" => Some(Compression::Snappy),
        form => return Err(format!("no such form: {form}").into()),
    };
    let session = SessionBuilder::new().known_node(&arguments[1]).compression(compression)
        .connection_timeout(LIMIT).build().await?;
    definitions(&session).await;
    values(&session).await?;
    paging(&session).await?;
    long_values(&session).await?;
    in_flight(&session).await?;
    batches(&session).await?;
    transactions(&session).await?;
    options(&session).await?;
    session.refresh_metadata().await?;
    failures(&session).await;
    println!("done");
    Ok(())
}
