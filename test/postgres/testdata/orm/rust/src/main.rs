//! Has an object mapper do what applications do with it.

mod diesel_orm;
mod sea;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("diesel") => diesel_orm::run().unwrap(),
        Some("sea_orm") => sea::run().await.unwrap(),
        other => panic!("unknown: {other:?}"),
    }
}

/// url is where the server is.
fn url() -> String {
    let get = |name: &str| std::env::var(name).unwrap();
    format!("postgres://postgres:p@{}:{}/{}?sslmode=disable", get("PGHOST"), get("PGPORT"), get("PGDATABASE"))
}
