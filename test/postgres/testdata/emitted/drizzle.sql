-- What the program of this name sends, written by the tests with -capture drizzle -update.
CREATE SCHEMA "shop"
;
CREATE TABLE "shop"."person" ("id" serial PRIMARY KEY NOT NULL, "name" varchar(100) NOT NULL, "email" text, "boss" integer, "at" timestamp with time zone DEFAULT now(), CONSTRAINT "person_email_unique" UNIQUE("email"))
;
CREATE TABLE "item" ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, "name" text, "price" numeric, "attributes" jsonb, "sizes" integer[], "spot" point)
;
CREATE TABLE "sale" ("id" bigserial PRIMARY KEY NOT NULL, "person" integer, "item" uuid, "quantity" integer DEFAULT 1)
;
ALTER TABLE "sale" ADD CONSTRAINT "sale_person_fk" FOREIGN KEY ("person") REFERENCES "shop"."person"("id") ON DELETE no action ON UPDATE no action
;
insert into "shop"."person" ("id", "name", "email", "boss", "at") values (default, $1, $2, default, default), (default, $3, default, default, default), (default, $4, default, $5, default) returning "id", "name", "email", "boss", "at"
;
insert into "item" ("id", "name", "price", "attributes", "sizes", "spot") values (default, $1, $2, $3, $4, $5) returning "id"
;
insert into "sale" ("id", "person", "item", "quantity") values (default, $1, $2, $3), (default, $4, $5, default)
;
insert into "shop"."person" ("id", "name", "email", "boss", "at") values (default, $1, $2, default, default) on conflict ("email") do update set "name" = excluded.name where "shop"."person"."name" <> 'x'
;
insert into "shop"."person" ("id", "name", "email", "boss", "at") values (default, $1, $2, default, default) on conflict do nothing
;
insert into "shop"."person" ("id", "name", "email", "boss", "at") select id + 100 as "id", "name", null as "email", "boss", "at" from "shop"."person"
;
update "shop"."person" set "name" = upper("shop"."person"."name") where "shop"."person"."id" = $1 returning "name"
;
update "sale" set "quantity" = "sale"."quantity" + 1 from "shop"."person" where "sale"."person" = "shop"."person"."id"
;
delete from "shop"."person" where ("shop"."person"."id" > $1 and not "shop"."person"."name" = $2) returning "id", "name", "email", "boss", "at"
;
with "changed" as (update "sale" set "quantity" = $1 where "sale"."id" = $2 returning "id", "person", "item", "quantity") select "id", "person", "item", "quantity" from "changed"
;
select "id", "name", "email", "boss", "at" from "shop"."person" where ("shop"."person"."name" ilike $1 or "shop"."person"."email" is null or "shop"."person"."id" between $2 and $3 or "shop"."person"."id" in ($4, $5)) order by "shop"."person"."name" desc, "shop"."person"."id" asc limit $6 offset $7
;
select "shop"."person"."name", "boss"."name" from "shop"."person" left join "shop"."person" "boss" on "shop"."person"."boss" = "boss"."id" right join "sale" on "sale"."person" = "shop"."person"."id" full join "item" on "item"."id" = "sale"."item"
;
select "person", count(*), sum("quantity"), avg("quantity"), max("id"), count(distinct "item") from "sale" group by "sale"."person" having count(*) > $1
;
select distinct "name" from "shop"."person"
;
select distinct on ("shop"."person"."name") "id", "name", "email", "boss", "at" from "shop"."person" order by "shop"."person"."name"
;
select count(*) as count from "shop"."person" where "shop"."person"."id" > $1
;
with "dear" as (select "id", rank() over (partition by "name" order by "price" desc) as "r" from "item") select "id", "r" from "dear" where "r" = $1
;
select "shop"."person"."id", "shop"."person"."name", "shop"."person"."email", "shop"."person"."boss", "shop"."person"."at", "sub"."person" from "shop"."person" inner join (select "person" from "sale") "sub" on "sub"."person" = "shop"."person"."id"
;
select "shop"."person"."id", "shop"."person"."name", "shop"."person"."email", "shop"."person"."boss", "shop"."person"."at", "l"."quantity" from "shop"."person" inner join lateral (select "quantity" from "sale" where "sale"."person" = "shop"."person"."id" limit $1) "l" on true
;
select "id", "name", "email", "boss", "at" from "shop"."person" where exists (select 1 from "sale" where "sale"."person" = "shop"."person"."id")
;
(select "id" from "shop"."person") union (select "boss" from "shop"."person") order by 1  limit $1
;
(select "id" from "shop"."person") union all (select "id" from "shop"."person")
;
(select "id" from "shop"."person") except (select "boss" from "shop"."person")
;
(select "id" from "shop"."person") intersect all (select "boss" from "shop"."person")
;
select "attributes"->>'a' from "item" where ("item"."sizes" @> $1 and "item"."sizes" && $2 and "item"."attributes" @> $3 and to_tsvector('english', "item"."name") @@ to_tsquery('english', $4))
;
select "person"."id", lower("person"."name") as "low", "person_sales"."data" as "sales", "person_boss"."data" as "boss" from "shop"."person" "person" left join lateral (select coalesce(json_agg(json_build_array("person_sales"."id", "person_sales"."person", "person_sales"."item", "person_sales"."quantity", "person_sales_item"."data") order by "person_sales"."id" desc), '[]'::json) as "data" from (select * from "sale" "person_sales" where ("person_sales"."person" = "person"."id" and "person_sales"."quantity" > $1) order by "person_sales"."id" desc limit $2) "person_sales" left join lateral (select json_build_array("person_sales_item"."id", "person_sales_item"."name", "person_sales_item"."price", "person_sales_item"."attributes", "person_sales_item"."sizes", "person_sales_item"."spot") as "data" from (select * from "item" "person_sales_item" where "person_sales_item"."id" = "person_sales"."item" limit $3) "person_sales_item") "person_sales_item" on true) "person_sales" on true left join lateral (select json_build_array("person_boss"."id", "person_boss"."name", "person_boss"."email", "person_boss"."boss", "person_boss"."at") as "data" from (select * from "shop"."person" "person_boss" where "person_boss"."id" = "person"."boss" limit $4) "person_boss") "person_boss" on true
;
select "sale"."id", "sale"."person", "sale"."item", "sale"."quantity", "sale_person"."data" as "person" from "sale" "sale" left join lateral (select json_build_array("sale_person"."id", "sale_person"."name", "sale_person"."email", "sale_person"."boss", "sale_person"."at", "sale_person_sales"."data") as "data" from (select * from "shop"."person" "sale_person" where "sale_person"."id" = "sale"."person" limit $1) "sale_person" left join lateral (select coalesce(json_agg(json_build_array("sale_person_sales"."id", "sale_person_sales"."person", "sale_person_sales"."item", "sale_person_sales"."quantity")), '[]'::json) as "data" from "sale" "sale_person_sales" where "sale_person_sales"."person" = "sale_person"."id") "sale_person_sales" on true) "sale_person" on true limit $2
;
select "id", "name", "email", "boss", "at" from "shop"."person" where "shop"."person"."id" = $1
;
begin isolation level repeatable read read write deferrable
;
select "id", "name", "email", "boss", "at" from "shop"."person" for update skip locked
;
select "sale"."id", "sale"."person", "sale"."item", "sale"."quantity", "shop"."person"."id", "shop"."person"."name", "shop"."person"."email", "shop"."person"."boss", "shop"."person"."at" from "sale" inner join "shop"."person" on "sale"."person" = "shop"."person"."id" for no key update of "sale" nowait
;
select "id", "name", "price", "attributes", "sizes", "spot" from "item" for share
;
savepoint sp1
;
insert into "shop"."person" ("id", "name", "email", "boss", "at") values (default, $1, default, default, default)
;
rollback to savepoint sp1
;
commit
;
select $1::int as n
;
refresh materialized view concurrently "totals"
;
