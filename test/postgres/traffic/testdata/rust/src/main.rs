//! Uses sqlx with a server, and prints what comes of it.
//!
//! Usage: postgres-client HOST PORT MODE, where MODE is "all" or "restricted".

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{Connection, Error, Executor, Row};
use std::env;
use std::fmt::Debug;

/// show prints what has come of a step.
fn show<T: Debug>(what: &str, result: Result<T, Error>) {
    match result {
        Ok(value) => println!("{what}: {value:?}"),
        Err(Error::Database(e)) => println!("{what}: {}", e.code().unwrap_or_default()),
        Err(e) => println!("{what}: {e}"),
    }
}

async fn number(c: &mut PgConnection, text: &str, id: i32) -> Result<i64, Error> {
    let row = sqlx::query(text).bind(id).fetch_one(c).await?;
    row.try_get::<i64, _>(0)
}

async fn copy(c: &mut PgConnection, table: &str) -> Result<u64, Error> {
    let mut copy = c.copy_in_raw(&format!("COPY {table} (id) FROM STDIN")).await?;
    copy.send("700\n701\n".as_bytes()).await?;
    copy.finish().await
}

/// transaction changes two tables, of which the second may be forbidden.
async fn transaction(c: &mut PgConnection, table: &str) -> Result<u64, Error> {
    let mut tx = c.begin().await?;
    tx.execute("INSERT INTO public.item (id, name) VALUES (903, 'partial')").await?;
    let deleted = tx.execute(sqlx::query(&format!("DELETE FROM {table} WHERE id = $1")).bind(903)).await?;
    tx.commit().await?;
    Ok(deleted.rows_affected())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let args: Vec<String> = env::args().collect();
    let options = PgConnectOptions::new()
        .host(&args[1])
        .port(args[2].parse().expect("a port"))
        .username("scram")
        .password("p")
        .database("postgres")
        .ssl_mode(PgSslMode::Disable);
    let mut c = PgConnection::connect_with(&options).await?;
    let table = if args[3] == "all" { "public.item" } else { "public.secret" };
    for id in 1..4 {
        let text = format!("SELECT id::bigint FROM {table} WHERE id = $1");
        show("prepared", number(&mut c, &text, id).await);
    }
    show("simple", c.execute(format!("SELECT count(*) FROM {table}; SELECT 2").as_str()).await.map(|r| r.rows_affected()));
    show("copy", copy(&mut c, table).await);
    show("transaction", transaction(&mut c, table).await);
    show("still", number(&mut c, "SELECT id::bigint FROM public.item WHERE id = $1", 1).await);
    c.close().await
}
