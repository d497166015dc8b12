//! SeaORM.

use sea_orm::sea_query::{Alias, CommonTableExpression, Expr, ExprTrait, Func, LockBehavior, LockType, OnConflict, PostgresQueryBuilder, Query, WindowStatement, WithClause};
use sea_orm::*;

mod person {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "person", schema_name = "shop")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(unique)]
        pub email: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::sale::Entity")]
        Sale,
    }

    impl Related<super::sale::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Sale.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod sale {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sale")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub person: i32,
        pub quantity: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::person::Entity", from = "Column::Person", to = "super::person::Column::Id", on_delete = "Cascade")]
        Person,
    }

    impl Related<super::person::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Person.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use person::Entity as Person;
use sale::Entity as Sale;

pub async fn run() -> Result<(), DbErr> {
    let mut options = ConnectOptions::new(crate::url());
    options.max_connections(2).sqlx_logging(false).set_schema_search_path("shop");
    let db = Database::connect(options).await?;
    db.execute_unprepared("CREATE SCHEMA shop").await?;
    let (backend, schema) = (db.get_database_backend(), Schema::new(db.get_database_backend()));
    db.execute(backend.build(&schema.create_table_from_entity(Person))).await?;
    db.execute(backend.build(schema.create_table_from_entity(Sale).if_not_exists())).await?;
    rows(&db).await?;
    queries(&db).await?;
    transactions(&db).await
}

async fn rows(db: &DatabaseConnection) -> Result<(), DbErr> {
    let person = |name: &str, email: Option<&str>| person::ActiveModel { name: Set(name.into()), email: Set(email.map(Into::into)), ..Default::default() };
    let first = person("it's", Some("a@x.org")).insert(db).await?;
    Person::insert_many([person("b", None), person("c", Some("c@x.org"))]).exec(db).await?;
    Person::insert(person("d", Some("c@x.org")))
        .on_conflict(OnConflict::column(person::Column::Email).update_column(person::Column::Name).to_owned())
        .exec_with_returning(db)
        .await?;
    Person::insert(person("e", Some("c@x.org")))
        .on_conflict(OnConflict::column(person::Column::Email).do_nothing().to_owned())
        .do_nothing()
        .exec(db)
        .await?;
    for quantity in 1..4 {
        sale::ActiveModel { person: Set(first.id), quantity: Set(quantity), ..Default::default() }.save(db).await?;
    }
    let mut changed: person::ActiveModel = first.clone().into();
    changed.name = Set("z".into());
    changed.update(db).await?;
    Sale::update_many().col_expr(sale::Column::Quantity, Expr::col(sale::Column::Quantity).add(1)).filter(sale::Column::Quantity.gt(1)).exec(db).await?;
    Sale::delete_many().filter(sale::Column::Quantity.eq(99)).exec(db).await?;
    Person::delete_by_id(77).exec(db).await?;
    person("gone", None).insert(db).await?.delete(db).await?;
    Ok(())
}

async fn queries(db: &DatabaseConnection) -> Result<(), DbErr> {
    Person::find_by_id(1).one(db).await?;
    Person::find()
        .filter(Condition::any().add(person::Column::Name.contains("a")).add(person::Column::Email.is_null()).add(person::Column::Id.is_in([1, 2])))
        .order_by_desc(person::Column::Name)
        .limit(5)
        .offset(0)
        .all(db)
        .await?;
    Person::find().find_with_related(Sale).all(db).await?;
    Sale::find().find_also_related(Person).filter(sale::Column::Quantity.between(1, 9)).all(db).await?;
    let people = Person::find().all(db).await?;
    people.load_many(Sale, db).await?;
    people[0].find_related(Sale).count(db).await?;
    let pages = Person::find().order_by_asc(person::Column::Id).paginate(db, 2);
    (pages.num_items_and_pages().await?, pages.fetch_page(1).await?);
    Sale::find()
        .select_only()
        .column(sale::Column::Person)
        .column_as(sale::Column::Quantity.sum(), "total")
        .group_by(sale::Column::Person)
        .having(sale::Column::Quantity.max().gt(0))
        .into_tuple::<(i32, i64)>()
        .all(db)
        .await?;
    Person::find().join(JoinType::InnerJoin, person::Relation::Sale.def()).distinct().filter(Expr::expr(Func::lower(Expr::col((person::Entity, person::Column::Name)))).like("z%")).all(db).await?;
    Person::find().filter(person::Column::Id.in_subquery(Query::select().column(sale::Column::Person).from(Sale).to_owned())).all(db).await?;
    Person::find().from_raw_sql(Statement::from_sql_and_values(DbBackend::Postgres, "SELECT * FROM shop.person WHERE name = $1", ["z".into()])).all(db).await?;
    db.query_all(Statement::from_string(DbBackend::Postgres, windows())).await?;
    Ok(())
}

/// windows is what the builder makes of a common table expression and a window.
fn windows() -> String {
    let ranked = Query::select()
        .column(sale::Column::Person)
        .expr_window_as(Func::cust(Alias::new("row_number")), WindowStatement::partition_by(sale::Column::Person).order_by(sale::Column::Id, Order::Desc).to_owned(), Alias::new("r"))
        .from(Sale)
        .to_owned();
    let cte = CommonTableExpression::new().query(ranked).table_name(Alias::new("ranked")).to_owned();
    let top = Query::select().column(Alias::new("person")).from(Alias::new("ranked")).and_where(Expr::col(Alias::new("r")).eq(1)).to_owned();
    top.with(WithClause::new().cte(cte).to_owned()).to_string(PostgresQueryBuilder)
}

async fn transactions(db: &DatabaseConnection) -> Result<(), DbErr> {
    let tx = db.begin_with_config(Some(IsolationLevel::Serializable), Some(AccessMode::ReadWrite)).await?;
    Person::find().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&tx).await?;
    Person::find().lock_shared().all(&tx).await?;
    let inner = tx.begin().await?;
    Sale::delete_many().exec(&inner).await?;
    inner.rollback().await?;
    tx.commit().await
}
