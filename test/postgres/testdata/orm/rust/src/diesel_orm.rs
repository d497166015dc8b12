//! Diesel.

use diesel::connection::SimpleConnection;
use diesel::dsl::{avg, count, count_star, delete, exists, insert_into, max, not, now, sum, update};
use diesel::pg::upsert::excluded;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Integer, Text};

diesel::table! {
    shop.person (id) {
        id -> Integer,
        name -> Varchar,
        email -> Nullable<Text>,
        boss -> Nullable<Integer>,
        tags -> Array<Text>,
    }
}

diesel::table! {
    sale (id) {
        id -> BigInt,
        person -> Integer,
        quantity -> Integer,
        at -> Timestamp,
    }
}

diesel::joinable!(sale -> person (person));
diesel::allow_tables_to_appear_in_same_query!(person, sale);

#[derive(Queryable, Selectable, Identifiable, AsChangeset, Debug)]
#[diesel(table_name = person)]
struct Person {
    id: i32,
    name: String,
    email: Option<String>,
    boss: Option<i32>,
}

#[derive(Insertable)]
#[diesel(table_name = person)]
struct New<'a> {
    name: &'a str,
    email: Option<&'a str>,
    tags: Vec<&'a str>,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Debug)]
#[diesel(table_name = sale, belongs_to(Person, foreign_key = person))]
struct Sale {
    id: i64,
    person: i32,
    quantity: i32,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Integer)]
    n: i32,
}

diesel::define_sql_function! { fn lower(x: Text) -> Text; }

const SCHEMA: &str = "CREATE SCHEMA shop;
    CREATE TABLE shop.person (id SERIAL PRIMARY KEY, name VARCHAR NOT NULL, email TEXT UNIQUE, boss INTEGER REFERENCES shop.person, tags TEXT[] NOT NULL DEFAULT '{}');
    CREATE TABLE sale (id BIGSERIAL PRIMARY KEY, person INTEGER NOT NULL REFERENCES shop.person (id), quantity INTEGER NOT NULL, at TIMESTAMP NOT NULL DEFAULT now())";

pub fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut c = PgConnection::establish(&crate::url())?;
    c.batch_execute(SCHEMA)?;
    rows(&mut c)?;
    queries(&mut c)?;
    transactions(&mut c)?;
    Ok(())
}

fn rows(c: &mut PgConnection) -> QueryResult<()> {
    use person::{boss, email, id, name, table as people};
    let first: Person = insert_into(people)
        .values(New { name: "it's", email: Some("a@x.org"), tags: vec!["a", "b"] })
        .returning(Person::as_returning())
        .get_result(c)?;
    insert_into(people)
        .values(vec![New { name: "b", email: None, tags: vec![] }, New { name: "c", email: Some("c@x.org"), tags: vec!["c"] }])
        .execute(c)?;
    insert_into(people).values((name.eq("d"), boss.eq(first.id))).on_conflict_do_nothing().execute(c)?;
    let changed = insert_into(people)
        .values((name.eq("e"), email.eq("c@x.org")))
        .on_conflict(email)
        .do_update()
        .set((name.eq(excluded(name)), boss.eq(1)));
    diesel::query_dsl::methods::FilterDsl::filter(changed, name.ne("q")).execute(c)?;
    insert_into(people).values(people.select(name).filter(id.lt(2))).into_columns(name).execute(c)?;
    insert_into(sale::table).default_values().execute(c).unwrap_err();
    insert_into(sale::table)
        .values(&vec![(sale::person.eq(1), sale::quantity.eq(2)), (sale::person.eq(1), sale::quantity.eq(3))])
        .execute(c)?;
    update(people.find(1)).set((name.eq("z"), boss.eq(None::<i32>))).get_result::<(i32, String, Option<String>, Option<i32>, Vec<String>)>(c)?;
    update(sale::table).filter(sale::quantity.gt(2)).set(sale::quantity.eq(sale::quantity + 1)).execute(c)?;
    update(people.find(first.id)).set(&Person { name: "y".into(), ..first }).execute(c)?;
    delete(people.filter(name.like("q%").and(not(email.is_null())))).returning(id).get_results::<i32>(c)?;
    delete(sale::table.find(99i64)).execute(c)?;
    Ok(())
}

fn queries(c: &mut PgConnection) -> QueryResult<()> {
    use person::{boss, email, id, name, table as people, tags};
    let all = people.select(Person::as_select()).filter(name.ilike("%a%").or(email.is_null()).or(id.eq_any([1, 2]))).order((name.desc(), id.asc())).limit(5).offset(0).load(c)?;
    let sales = Sale::belonging_to(&all).select(Sale::as_select()).load(c)?;
    assert!(sales.iter().map(|s| s.quantity).sum::<i32>() > 0);
    people.inner_join(sale::table).select((name, sale::quantity)).filter(sale::at.lt(now)).load::<(String, i32)>(c)?;
    people.left_join(sale::table.on(sale::person.eq(id).and(sale::quantity.between(1, 9)))).select((id, sale::id.nullable())).load::<(i32, Option<i64>)>(c)?;
    sale::table.group_by(sale::person).select((sale::person, sum(sale::quantity), count_star())).having(count(sale::id).gt(0)).load::<(i32, Option<i64>, i64)>(c)?;
    sale::table.select((max(sale::quantity), count(sale::id).aggregate_distinct())).first::<(Option<i32>, i64)>(c)?;
    people.filter(exists(sale::table.filter(sale::person.eq(id)))).count().get_result::<i64>(c)?;
    people.filter(id.eq_any(sale::table.select(sale::person))).filter(tags.contains(vec!["a"])).select(lower(name)).distinct().load::<String>(c)?;
    people.distinct_on(name).select((name, id)).order(name).load::<(String, i32)>(c)?;
    people.select(id).union(sale::table.select(sale::person)).load::<i32>(c)?;
    people.select(id).intersect(sale::table.select(sale::person)).load::<i32>(c)?;
    let (boss_of, worker) = diesel::alias!(person as boss_of, person as worker);
    worker.inner_join(boss_of.on(boss_of.field(id).nullable().eq(worker.field(boss)))).select((worker.field(name), boss_of.field(name))).load::<(String, String)>(c)?;
    let mut boxed = people.select(id).into_boxed();
    boxed = boxed.filter(name.ne_all(vec!["x", "y"])).filter(tags.overlaps_with(vec!["c"]));
    boxed.load::<i32>(c)?;
    diesel::select(exists(people.filter(name.similar_to("(a|b)%")))).get_result::<bool>(c)?;
    people.filter(name.is_distinct_from("x")).filter(diesel::dsl::sql::<diesel::sql_types::Bool>("length(name) > ").bind::<Integer, _>(1)).select(id).load::<i32>(c)?;
    diesel::sql_query("SELECT $1::int AS n FROM shop.person WHERE name = $2").bind::<Integer, _>(1).bind::<Text, _>("z").load::<Count>(c)?.iter().for_each(|x| assert!(x.n == 1));
    sale::table.select(avg(sale::id)).filter(sale::quantity.gt(99)).execute(c).ok();
    Ok(())
}

fn transactions(c: &mut PgConnection) -> QueryResult<()> {
    use person::{id, name, table as people};
    c.build_transaction().serializable().deferrable().read_write().run(|c| {
        people.select(id).for_update().skip_locked().load::<i32>(c)?;
        people.select(id).for_no_key_update().no_wait().load::<i32>(c)?;
        people.select(id).for_share().load::<i32>(c)?;
        c.transaction(|c| {
            update(people).set(name.eq("undone")).execute(c)?;
            Err::<(), _>(Error::RollbackTransaction)
        })
        .unwrap_err();
        Ok(())
    })
}
