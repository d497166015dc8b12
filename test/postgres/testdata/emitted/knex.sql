-- What the program of this name sends, written by the tests with -capture knex -update.
select version()
;
create schema if not exists "shop"
;
create type "shop"."state" as enum ('new', 'old')
;
create table "shop"."person" ("id" serial primary key, "name" varchar(255) not null, "email" varchar(255), "boss_id" integer, "state" "shop"."state", "created_at" timestamptz not null default CURRENT_TIMESTAMP, "updated_at" timestamptz not null default CURRENT_TIMESTAMP)
;
create index "person_name_index" on "shop"."person" ("name")
;
alter table "shop"."person" add constraint "person_email_unique" unique ("email")
;
alter table "shop"."person" add constraint "person_boss_id_foreign" foreign key ("boss_id") references "shop"."person" ("id") on delete SET NULL
;
create table "item" ("id" uuid default gen_random_uuid(), "name" text, "price" decimal(10, 2) check ("price" > 0), "attributes" jsonb default '{}', "sizes" integer[], constraint "item_pkey" primary key ("id"))
;
comment on table "item" is 'what is sold'
;
create index "item_name_price" on "item" ("name", "price")
;
alter table "item" add column "sold" boolean default '0'
;
alter table "item" alter column "name" drop default
;
alter table "item" alter column "name" drop not null
;
alter table "item" alter column "name" type text using ("name"::text)
;
alter table "item" alter column "name" set not null
;
alter table "item" drop column "sold"
;
alter table "item" rename "name" to "title"
;
alter table "item" add constraint "item_title_unique" unique ("title")
;
select * from information_schema.tables where table_name = $1 and table_schema = current_schema()
;
select * from information_schema.columns where table_name = $1 and column_name = $2 and table_schema = current_schema()
;
select * from information_schema.columns where table_name = $1 and table_catalog = current_database() and table_schema = current_schema()
;
create or replace view "cheap" ("id") as select "id" from "item" where "price" < 5
;
create table "knex_migrations" ("id" serial primary key, "name" varchar(255), "batch" integer, "migration_time" timestamptz)
;
create table "knex_migrations_lock" ("index" serial primary key, "is_locked" integer)
;
select * from "knex_migrations_lock"
;
insert into "knex_migrations_lock" ("is_locked") values ($1)
;
select "name" from "knex_migrations" order by "id" asc
;
BEGIN
;
update "knex_migrations_lock" set "is_locked" = $1 where "is_locked" = $2
;
select max("batch") as "max_batch" from "knex_migrations"
;
create table "one" ("id" bigserial primary key)
;
insert into "knex_migrations" ("batch", "migration_time", "name") values ($1, $2, $3)
;
create table "two" ("id" bigserial primary key)
;
update "knex_migrations_lock" set "is_locked" = $1
;
COMMIT
;
select * from "knex_migrations" where "batch" = (select max("batch") from "knex_migrations") order by "id" desc
;
drop table "two"
;
delete from "knex_migrations" where "name" = $1
;
drop table "one"
;
insert into "shop"."person" ("boss_id", "email", "name") values (DEFAULT, $1, $2), ($3, $4, $5) returning "id", "name"
;
insert into "shop"."person" ("email", "name") values ($1, $2) on conflict ("email") do update set "name" = excluded."name" where "person"."id" > $3
;
insert into "shop"."person" ("email", "name") values ($1, $2) on conflict ("email") do nothing
;
insert into "item" ("attributes", "price", "sizes", "title") values ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12)
;
insert into "item" ("attributes", "price", "sizes", "title") values ($1, $2, $3, $4)
;
update "shop"."person" set "name" = $1, "updated_at" = CURRENT_TIMESTAMP where "name" = $2 or "id" > $3 or "boss_id" is null returning *
;
update "shop"."person" set "boss_id" = "boss_id" + $1, "id" = "id" + $2 where "id" = $3
;
delete from "shop"."person" where "id" in ($1, $2) and not "name" = $3
;
select "name" from "shop"."person" where "id" between $1 and $2 and "name" ilike $3 order by "name" desc nulls last limit $4 offset $5
;
select "id" from "shop"."person" where exists (select 1 from "item" where price > $1) limit $2
;
select distinct on ("name") * from "shop"."person" order by "name" asc
;
select "p"."id", "b"."name" as "boss" from "shop"."person" as "p" left join "shop"."person" as "b" on "p"."boss_id" = "b"."id"
;
select "size" from "item" cross join lateral unnest(sizes) as s(size) full outer join "shop"."person" on "person"."name" = "title" and "person"."id" in ($1)
;
select count(*) as "n", count(distinct "title"), max("price") from "item" group by "price" having "price" > $1 and "price" in ($2, $3) order by 1
;
select "title", sum("price") from "item" group by rollup(title, price)
;
select "title", rank() over (partition by "price" order by "title") as "r", row_number() over (order by "title") as "n", dense_rank() over (partition by "price" order by "title") as "d" from "item"
;
with recursive "dear" as (select * from "item" where "price" > $1), "tree" as (select "id", "boss_id" from "shop"."person" union all select "p"."id", "p"."boss_id" from "shop"."person" as "p" inner join "tree" on "tree"."id" = "p"."boss_id" where false) select * from "dear" where "id" in (select "id" from "dear")
;
with "m" as materialized (select "id" from "item") select * from "m"
;
(select "id" from "item") union (select "id" from "item") intersect select "id" from "item" except select "id" from "item"
;
select jsonb_path_query("attributes", $1) as "a", jsonb_set("attributes", $2, $3) as "b", "attributes" #- $4 as "c" from "item" where "attributes" = $5 or jsonb_path_query_first("attributes", $6)::int > $7 or "attributes" @> $8
;
select "i"."title", $1::text, "i"."price" as "p" from (select * from "item") as "i"
;
select to_tsvector(title) @@ plainto_tsquery($1) as found from "item"
;
BEGIN TRANSACTION ISOLATION LEVEL repeatable read
;
select * from "item" limit $1 for update nowait
;
select * from "item" for share of "item" skip locked
;
select "id" from "item" for key share
;
SAVEPOINT trx8
;
insert into "item" ("price", "title") values ($1, $2)
;
ROLLBACK TO SAVEPOINT trx8
;
select 1
;
update "item" set "price" = $1 from "shop"."person" where person.name = item.title
;
truncate "item" restart identity
;
insert into "shop"."person" ("name") values ($1) returning "id"
;
insert into "shop"."person" ("boss_id", "name") values ($1, $2), ($3, $4) returning "id"
;
select "shop"."person".* from "shop"."person"
;
select "shop"."person".* from "shop"."person" where "shop"."person"."boss_id" in ($1, $2, $3, $4, $5) and "name" = $6
;
select "shop"."person".* from "shop"."person" where "shop"."person"."id" in ($1, $2)
;
select "shop"."person".* from "shop"."person" where "shop"."person"."id" in ($1)
;
select * from information_schema.columns where table_name = $1 and table_catalog = current_database() and table_schema = $2
;
select "shop"."person"."id" as "id", "shop"."person"."name" as "name", "shop"."person"."email" as "email", "shop"."person"."boss_id" as "boss_id", "shop"."person"."state" as "state", "shop"."person"."created_at" as "created_at", "shop"."person"."updated_at" as "updated_at", "team"."id" as "team:id", "team"."name" as "team:name", "team"."email" as "team:email", "team"."boss_id" as "team:boss_id", "team"."state" as "team:state", "team"."created_at" as "team:created_at", "team"."updated_at" as "team:updated_at", "boss"."id" as "boss:id", "boss"."name" as "boss:name", "boss"."email" as "boss:email", "boss"."boss_id" as "boss:boss_id", "boss"."state" as "boss:state", "boss"."created_at" as "boss:created_at", "boss"."updated_at" as "boss:updated_at" from "shop"."person" left join "shop"."person" as "team" on "team"."boss_id" = "shop"."person"."id" left join "shop"."person" as "boss" on "boss"."id" = "shop"."person"."boss_id" where "team"."name" = $1
;
select "shop"."person"."id" from "shop"."person" where "shop"."person"."id" in ($1)
;
select "shop"."person"."boss_id", "shop"."person"."name", "shop"."person"."id" from "shop"."person" where "shop"."person"."boss_id" in ($1)
;
delete from "shop"."person" where "shop"."person"."id" in ($1, $2) and "shop"."person"."boss_id" in ($3)
;
insert into "shop"."person" ("boss_id", "name") values ($1, $2) returning "id"
;
update "shop"."person" set "name" = upper(name) where "shop"."person"."id" = $1
;
select count(*) as "count" from (select "shop"."person".* from "shop"."person" where "shop"."person"."boss_id" in ($1)) as "temp"
;
select "shop"."person".* from "shop"."person" limit $1
;
select count(*) as "count" from (select "shop"."person".* from "shop"."person") as "temp"
;
select "shop"."person".* from "shop"."person" where "shop"."person"."id" = $1
;
select "shop"."person".* from "shop"."person" where "shop"."person"."boss_id" in ($1)
;
update "shop"."person" set "name" = $1 where "shop"."person"."id" = $2
;
update "shop"."person" set "boss_id" = $1 where "shop"."person"."boss_id" in ($2)
;
delete from "shop"."person" where "shop"."person"."id" = $1
;
drop view "cheap"
;
drop table if exists "item"
;
drop schema shop cascade
;
