-- What the program of this name sends, written by the tests with -capture sequelize -update.
SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE
;
WITH ranges AS (  SELECT pg_range.rngtypid, pg_type.typname AS rngtypname,         pg_type.typarray AS rngtyparray, pg_range.rngsubtype    FROM pg_range LEFT OUTER JOIN pg_type ON pg_type.oid = pg_range.rngtypid)SELECT pg_type.typname, pg_type.typtype, pg_type.oid, pg_type.typarray,       ranges.rngtypname, ranges.rngtypid, ranges.rngtyparray  FROM pg_type LEFT OUTER JOIN ranges ON pg_type.oid = ranges.rngsubtype WHERE (pg_type.typtype IN('b', 'e'))
;
SELECT 1+1 AS result
;
DROP TABLE IF EXISTS "Wishes" CASCADE
;
DROP TABLE IF EXISTS "Sales" CASCADE
;
DROP TABLE IF EXISTS "Items" CASCADE
;
DROP TABLE IF EXISTS "People" CASCADE
;
DROP TYPE IF EXISTS "public"."enum_People_state"
;
SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema, tc.constraint_catalog as constraint_catalog, tc.table_name as table_name,tc.table_schema as table_schema,tc.table_catalog as table_catalog,tc.initially_deferred as initially_deferred,tc.is_deferrable as is_deferrable,kcu.column_name as column_name,ccu.table_schema  AS referenced_table_schema,ccu.table_catalog  AS referenced_table_catalog,ccu.table_name  AS referenced_table_name,ccu.column_name AS referenced_column_name FROM information_schema.table_constraints AS tc JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name WHERE constraint_type = 'FOREIGN KEY' AND tc.table_name = 'People' AND tc.table_catalog = 'sequelize'
;
SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema, tc.constraint_catalog as constraint_catalog, tc.table_name as table_name,tc.table_schema as table_schema,tc.table_catalog as table_catalog,tc.initially_deferred as initially_deferred,tc.is_deferrable as is_deferrable,kcu.column_name as column_name,ccu.table_schema  AS referenced_table_schema,ccu.table_catalog  AS referenced_table_catalog,ccu.table_name  AS referenced_table_name,ccu.column_name AS referenced_column_name FROM information_schema.table_constraints AS tc JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name WHERE constraint_type = 'FOREIGN KEY' AND tc.table_name = 'Items' AND tc.table_catalog = 'sequelize'
;
SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema, tc.constraint_catalog as constraint_catalog, tc.table_name as table_name,tc.table_schema as table_schema,tc.table_catalog as table_catalog,tc.initially_deferred as initially_deferred,tc.is_deferrable as is_deferrable,kcu.column_name as column_name,ccu.table_schema  AS referenced_table_schema,ccu.table_catalog  AS referenced_table_catalog,ccu.table_name  AS referenced_table_name,ccu.column_name AS referenced_column_name FROM information_schema.table_constraints AS tc JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name WHERE constraint_type = 'FOREIGN KEY' AND tc.table_name = 'Sales' AND tc.table_catalog = 'sequelize'
;
SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema, tc.constraint_catalog as constraint_catalog, tc.table_name as table_name,tc.table_schema as table_schema,tc.table_catalog as table_catalog,tc.initially_deferred as initially_deferred,tc.is_deferrable as is_deferrable,kcu.column_name as column_name,ccu.table_schema  AS referenced_table_schema,ccu.table_catalog  AS referenced_table_catalog,ccu.table_name  AS referenced_table_name,ccu.column_name AS referenced_column_name FROM information_schema.table_constraints AS tc JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name WHERE constraint_type = 'FOREIGN KEY' AND tc.table_name = 'Wishes' AND tc.table_catalog = 'sequelize'
;
SELECT t.typname enum_name, array_agg(e.enumlabel ORDER BY enumsortorder) enum_value FROM pg_type t JOIN pg_enum e ON t.oid = e.enumtypid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = 'public' AND t.typname='enum_People_state' GROUP BY 1
;
DROP TYPE IF EXISTS "public"."enum_People_state"; DO 'BEGIN CREATE TYPE "public"."enum_People_state" AS ENUM(''new'', ''old''); EXCEPTION WHEN duplicate_object THEN null; END'
;
CREATE TABLE IF NOT EXISTS "People" ("id"   SERIAL , "name" VARCHAR(255) NOT NULL, "email" VARCHAR(255) UNIQUE, "born" DATE, "state" "public"."enum_People_state", "vip" BOOLEAN DEFAULT false, "createdAt" TIMESTAMP WITH TIME ZONE NOT NULL, "updatedAt" TIMESTAMP WITH TIME ZONE NOT NULL, "deletedAt" TIMESTAMP WITH TIME ZONE, "bossId" INTEGER REFERENCES "People" ("id") ON DELETE SET NULL ON UPDATE CASCADE, PRIMARY KEY ("id"))
;
SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'People' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname
;
CREATE INDEX "people_name" ON "People" ("name")
;
CREATE INDEX "by_email" ON "People" (lower("email"))
;
CREATE TABLE IF NOT EXISTS "Items" ("id" UUID , "name" TEXT, "price" DECIMAL(10,2), "attributes" JSONB, "sizes" INTEGER[], "valid" tstzrange, "createdAt" TIMESTAMP WITH TIME ZONE NOT NULL, "updatedAt" TIMESTAMP WITH TIME ZONE NOT NULL, PRIMARY KEY ("id"))
;
SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'Items' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname
;
CREATE INDEX "items_attributes" ON "Items" USING gin ("attributes")
;
CREATE TABLE IF NOT EXISTS "Sales" ("id"   SERIAL , "quantity" INTEGER, "note" VARCHAR(255), "createdAt" TIMESTAMP WITH TIME ZONE NOT NULL, "updatedAt" TIMESTAMP WITH TIME ZONE NOT NULL, "PersonId" INTEGER REFERENCES "People" ("id") ON DELETE CASCADE ON UPDATE CASCADE, "ItemId" UUID REFERENCES "Items" ("id") ON DELETE SET NULL ON UPDATE CASCADE, PRIMARY KEY ("id"))
;
SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'Sales' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname
;
CREATE TABLE IF NOT EXISTS "Wishes" ("createdAt" TIMESTAMP WITH TIME ZONE NOT NULL, "updatedAt" TIMESTAMP WITH TIME ZONE NOT NULL, "PersonId" INTEGER  REFERENCES "People" ("id") ON DELETE CASCADE ON UPDATE CASCADE, "ItemId" UUID  REFERENCES "Items" ("id") ON DELETE CASCADE ON UPDATE CASCADE, PRIMARY KEY ("PersonId","ItemId"))
;
SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'Wishes' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname
;
INSERT INTO "People" ("id","name","email","state","vip","createdAt","updatedAt") VALUES (DEFAULT,'p0','0@x.org','new',false,'2026-11-27 11:28:17.204 +00:00','2026-11-27 11:28:17.204 +00:00'),(DEFAULT,'p1','1@x.org','new',false,'2026-11-27 11:28:17.204 +00:00','2026-11-27 11:28:17.204 +00:00'),(DEFAULT,'p2','2@x.org','new',false,'2026-11-27 11:28:17.204 +00:00','2026-11-27 11:28:17.204 +00:00'),(DEFAULT,'p3','3@x.org','new',false,'2026-11-27 11:28:17.204 +00:00','2026-11-27 11:28:17.204 +00:00'),(DEFAULT,'p4','4@x.org','new',false,'2026-11-27 11:28:17.204 +00:00','2026-11-27 11:28:17.204 +00:00'),(DEFAULT,'p5','5@x.org','new',false,'2026-11-27 11:28:17.204 +00:00','2026-11-27 11:28:17.204 +00:00') RETURNING "id","name","email","born","state","vip","createdAt","updatedAt","deletedAt","bossId"
;
INSERT INTO "People" ("id","name","email","vip","createdAt","updatedAt") VALUES (DEFAULT,'x','1@x.org',false,'2026-11-27 11:28:17.212 +00:00','2026-11-27 11:28:17.212 +00:00') ON CONFLICT ("email") DO UPDATE SET "name"=EXCLUDED."name" RETURNING "id","name","email","born","state","vip","createdAt","updatedAt","deletedAt","bossId"
;
INSERT INTO "People" ("id","name","email","vip","createdAt","updatedAt") VALUES (DEFAULT,'x','1@x.org',false,'2026-11-27 11:28:17.214 +00:00','2026-11-27 11:28:17.214 +00:00') ON CONFLICT DO NOTHING RETURNING "id","name","email","born","state","vip","createdAt","updatedAt","deletedAt","bossId"
;
INSERT INTO "Items" ("id","name","price","attributes","sizes","valid","createdAt","updatedAt") VALUES ($1,$2,$3,$4,$5,$6,$7,$8) RETURNING "id","name","price","attributes","sizes","valid","createdAt","updatedAt"
;
INSERT INTO "Sales" ("id","quantity","createdAt","updatedAt","PersonId","ItemId") VALUES (DEFAULT,$1,$2,$3,$4,$5) RETURNING "id","quantity","note","createdAt","updatedAt","PersonId","ItemId"
;
SELECT "createdAt", "updatedAt", "PersonId", "ItemId" FROM "Wishes" AS "Wishes" WHERE "Wishes"."PersonId" = 1
;
INSERT INTO "Wishes" ("createdAt","updatedAt","PersonId","ItemId") VALUES ('2026-11-27 11:28:17.233 +00:00','2026-11-27 11:28:17.233 +00:00',1,'b9133876-9484-44c6-928e-60e9da47f72d') RETURNING "createdAt","updatedAt","PersonId","ItemId"
;
SELECT "createdAt", "updatedAt", "PersonId", "ItemId" FROM "Wishes" AS "Wishes" WHERE "Wishes"."PersonId" = 1 AND "Wishes"."ItemId" IN ('b9133876-9484-44c6-928e-60e9da47f72d')
;
SELECT COUNT("Item"."id") AS "count" FROM "Items" AS "Item" INNER JOIN "Wishes" AS "Wishes" ON "Item"."id" = "Wishes"."ItemId" AND "Wishes"."PersonId" = 1
;
SELECT "Item"."id" FROM "Items" AS "Item" INNER JOIN "Wishes" AS "Wishes" ON "Item"."id" = "Wishes"."ItemId" AND "Wishes"."PersonId" = 1 WHERE ((("Item"."id" = 'b9133876-9484-44c6-928e-60e9da47f72d')))
;
DELETE FROM "Wishes" WHERE "PersonId" = 1 AND "ItemId" IN ('b9133876-9484-44c6-928e-60e9da47f72d')
;
UPDATE "People" SET "bossId"=$1,"updatedAt"=$2 WHERE "id" = $3
;
INSERT INTO "People" ("name","email","vip","createdAt","updatedAt") VALUES ($1,$2,$3,$4,$5) ON CONFLICT ("email") DO UPDATE SET "name"=EXCLUDED."name","email"=EXCLUDED."email","updatedAt"=EXCLUDED."updatedAt" RETURNING "id","name","email","born","state","vip","createdAt","updatedAt","deletedAt","bossId"
;
START TRANSACTION
;
SELECT "id", "name", "email", "born", "state", "vip", "createdAt", "updatedAt", "deletedAt", "bossId" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL AND "Person"."email" = 'n@x.org')
;
CREATE OR REPLACE FUNCTION pg_temp.testfunc(OUT response "People", OUT sequelize_caught_exception text) RETURNS RECORD AS $func_4b5f5c7d1a694ffbafed1e91a6c9f7b6$ BEGIN INSERT INTO "People" ("id","name","email","vip","createdAt","updatedAt") VALUES (DEFAULT,'n','n@x.org',false,'2026-11-27 11:28:17.247 +00:00','2026-11-27 11:28:17.247 +00:00') RETURNING * INTO response; EXCEPTION WHEN unique_violation THEN GET STACKED DIAGNOSTICS sequelize_caught_exception = PG_EXCEPTION_DETAIL; END $func_4b5f5c7d1a694ffbafed1e91a6c9f7b6$ LANGUAGE plpgsql; SELECT (testfunc.response)."id", (testfunc.response)."name", (testfunc.response)."email", (testfunc.response)."born", (testfunc.response)."state", (testfunc.response)."vip", (testfunc.response)."createdAt", (testfunc.response)."updatedAt", (testfunc.response)."deletedAt", (testfunc.response)."bossId", testfunc.sequelize_caught_exception FROM pg_temp.testfunc(); DROP FUNCTION IF EXISTS pg_temp.testfunc()
;
COMMIT
;
UPDATE "People" SET "vip"=$1,"name"=upper("name"),"updatedAt"=$2 WHERE ("deletedAt" IS NULL AND "id" > 3) RETURNING "id","name","email","born","state","vip","createdAt","updatedAt","deletedAt","bossId"
;
UPDATE "People" SET "id"="id"+ 0,"updatedAt"='2026-11-27 11:28:17.253 +00:00' WHERE "name" = 'p1' RETURNING *
;
UPDATE "People" SET "id"="id"+ 0,"updatedAt"='2026-11-27 11:28:17.254 +00:00' WHERE "id" = 3 RETURNING *
;
UPDATE "People" SET "name"=$1,"updatedAt"=$2 WHERE "id" = $3
;
SELECT "id", "name", "email", "born", "state", "vip", "createdAt", "updatedAt", "deletedAt", "bossId" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL AND "Person"."id" = 3)
;
UPDATE "People" SET "deletedAt"=$1,"updatedAt"=$2 WHERE "id" = $3
;
DELETE FROM "People" WHERE "id" IN (SELECT "id" FROM "People" WHERE "name" = 'nobody' LIMIT 1)
;
SELECT "id", "name", "email", "born", "state", "vip", "createdAt", "updatedAt", "deletedAt", "bossId" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL AND (("Person"."name" ILIKE 'p%' OR "Person"."name" ~ '^p' OR "Person"."born" IS NULL) AND NOT ("Person"."vip" = true) AND ("Person"."id" BETWEEN 1 AND 9 AND "Person"."id" NOT IN (7)))) ORDER BY "Person"."name" DESC NULLS LAST, length("name") ASC LIMIT 2 OFFSET 1
;
SELECT count(DISTINCT("Person"."id")) AS "count" FROM "People" AS "Person" LEFT OUTER JOIN "Sales" AS "Sales" ON "Person"."id" = "Sales"."PersonId" LEFT OUTER JOIN "Items" AS "Sales->Item" ON "Sales"."ItemId" = "Sales->Item"."id" LEFT OUTER JOIN "People" AS "boss" ON "Person"."bossId" = "boss"."id" AND ("boss"."deletedAt" IS NULL) WHERE ("Person"."deletedAt" IS NULL)
;
SELECT "Person".*, "Sales"."id" AS "Sales.id", "Sales"."quantity" AS "Sales.quantity", "Sales"."note" AS "Sales.note", "Sales"."createdAt" AS "Sales.createdAt", "Sales"."updatedAt" AS "Sales.updatedAt", "Sales"."PersonId" AS "Sales.PersonId", "Sales"."ItemId" AS "Sales.ItemId", "Sales->Item"."id" AS "Sales.Item.id", "Sales->Item"."name" AS "Sales.Item.name", "Sales->Item"."price" AS "Sales.Item.price", "Sales->Item"."attributes" AS "Sales.Item.attributes", "Sales->Item"."sizes" AS "Sales.Item.sizes", "Sales->Item"."valid" AS "Sales.Item.valid", "Sales->Item"."createdAt" AS "Sales.Item.createdAt", "Sales->Item"."updatedAt" AS "Sales.Item.updatedAt", "boss"."id" AS "boss.id", "boss"."name" AS "boss.name", "boss"."email" AS "boss.email", "boss"."born" AS "boss.born", "boss"."state" AS "boss.state", "boss"."vip" AS "boss.vip", "boss"."createdAt" AS "boss.createdAt", "boss"."updatedAt" AS "boss.updatedAt", "boss"."deletedAt" AS "boss.deletedAt", "boss"."bossId" AS "boss.bossId" FROM (SELECT "Person"."id", "Person"."name", "Person"."email", "Person"."born", "Person"."state", "Person"."vip", "Person"."createdAt", "Person"."updatedAt", "Person"."deletedAt", "Person"."bossId" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL) LIMIT 2) AS "Person" LEFT OUTER JOIN "Sales" AS "Sales" ON "Person"."id" = "Sales"."PersonId" LEFT OUTER JOIN "Items" AS "Sales->Item" ON "Sales"."ItemId" = "Sales->Item"."id" LEFT OUTER JOIN "People" AS "boss" ON "Person"."bossId" = "boss"."id" AND ("boss"."deletedAt" IS NULL)
;
SELECT "Person"."id", "Person"."name", "Person"."email", "Person"."born", "Person"."state", "Person"."vip", "Person"."createdAt", "Person"."updatedAt", "Person"."deletedAt", "Person"."bossId", "Items"."id" AS "Items.id", "Items"."name" AS "Items.name", "Items"."price" AS "Items.price", "Items"."attributes" AS "Items.attributes", "Items"."sizes" AS "Items.sizes", "Items"."valid" AS "Items.valid", "Items"."createdAt" AS "Items.createdAt", "Items"."updatedAt" AS "Items.updatedAt" FROM "People" AS "Person" INNER JOIN ( "Wishes" AS "Items->Wishes" INNER JOIN "Items" AS "Items" ON "Items"."id" = "Items->Wishes"."ItemId") ON "Person"."id" = "Items->Wishes"."PersonId" AND "Items"."price" < 9 WHERE ("Person"."deletedAt" IS NULL)
;
SELECT "PersonId", sum("quantity") AS "n", count(*) filter (where quantity > 1) AS "m" FROM "Sales" AS "Sale" GROUP BY "PersonId" HAVING sum("quantity") > 1
;
SELECT "id", "name", "price", "attributes", "sizes", "valid", "createdAt", "updatedAt" FROM "Items" AS "Item" WHERE (("attributes"#>>'{a,b}') = '1' AND "Item"."sizes" @> ARRAY[1]::INTEGER[] AND "Item"."sizes" && ARRAY[2]::INTEGER[] AND "Item"."valid" @> '2026-11-27 11:28:17.282 +00:00'::timestamptz) AND CAST(("Item"."attributes"#>>'{a,b}') AS DOUBLE PRECISION) = 1
;
SELECT "id", "name", "price", "attributes", "sizes", "valid", "createdAt", "updatedAt", rank() over (order by price) AS "r" FROM "Items" AS "Item" WHERE CAST("price" AS TEXT) LIKE ANY (ARRAY['3%'])
;
SELECT "id", "name", "price", "attributes", "sizes", "valid", "createdAt", "updatedAt" FROM "Items" AS "Item" WHERE "Item"."name" @@ to_tsquery('x')
;
SELECT count("Person"."id") AS "count" FROM "People" AS "Person" LEFT OUTER JOIN "Sales" AS "Sales" ON "Person"."id" = "Sales"."PersonId" WHERE ("Person"."deletedAt" IS NULL)
;
SELECT max("id") AS "max" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL)
;
SELECT sum("id") AS "sum" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL AND "Person"."vip" = false)
;
SELECT "id", "name", "email", "born", "state", "vip", "createdAt", "updatedAt", "deletedAt", "bossId" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL AND "Person"."id" = 1)
;
SELECT "id", "name", "email", "born", "state", "vip", "createdAt", "updatedAt", "deletedAt", "bossId" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL AND "Person"."name" = 'a\''b') LIMIT 1
;
SELECT DISTINCT("name") AS "DISTINCT" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL)
;
SELECT DISTINCT("name") AS "name" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL)
;
SELECT "id", "name", "email", "born", "state", "vip", "createdAt", "updatedAt", "deletedAt", "bossId" FROM "People" AS "Person" WHERE "Person"."id" IN (select "PersonId" from "Sales")
;
SELECT * FROM "People" WHERE id = 1
;
SELECT $1::int AS n
;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
;
SELECT "id", "name", "email", "born", "state", "vip", "createdAt", "updatedAt", "deletedAt", "bossId" FROM "People" AS "Person" WHERE ("Person"."deletedAt" IS NULL) FOR UPDATE SKIP LOCKED
;
SELECT "Sale"."id", "Sale"."quantity", "Sale"."note", "Sale"."createdAt", "Sale"."updatedAt", "Sale"."PersonId", "Sale"."ItemId", "Person"."id" AS "Person.id", "Person"."name" AS "Person.name", "Person"."email" AS "Person.email", "Person"."born" AS "Person.born", "Person"."state" AS "Person.state", "Person"."vip" AS "Person.vip", "Person"."createdAt" AS "Person.createdAt", "Person"."updatedAt" AS "Person.updatedAt", "Person"."deletedAt" AS "Person.deletedAt", "Person"."bossId" AS "Person.bossId" FROM "Sales" AS "Sale" LEFT OUTER JOIN "People" AS "Person" ON "Sale"."PersonId" = "Person"."id" AND ("Person"."deletedAt" IS NULL) LIMIT 1 FOR KEY SHARE OF "Sale"
;
SAVEPOINT "1af3c483-aab9-4358-bfd3-bbb45f32a4aa-sp-1"
;
INSERT INTO "Sales" ("id","quantity","createdAt","updatedAt") VALUES (DEFAULT,$1,$2,$3) RETURNING "id","quantity","note","createdAt","updatedAt","PersonId","ItemId"
;
ROLLBACK TO SAVEPOINT "1af3c483-aab9-4358-bfd3-bbb45f32a4aa-sp-1"
;
ALTER TABLE "public"."Sales" ADD COLUMN "extra" INTEGER REFERENCES "People" ("id")
;
ALTER TABLE "Sales" ALTER COLUMN "extra" DROP NOT NULL;ALTER TABLE "Sales" ALTER COLUMN "extra" DROP DEFAULT;ALTER TABLE "Sales" ALTER COLUMN "extra" TYPE BIGINT
;
SELECT pk.constraint_type as "Constraint",c.column_name as "Field", c.column_default as "Default",c.is_nullable as "Null", (CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END) || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END) as "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON t.oid=e.enumtypid WHERE t.typname=c.udt_name) AS "special", (SELECT pgd.description FROM pg_catalog.pg_statio_all_tables AS st INNER JOIN pg_catalog.pg_description pgd on (pgd.objoid=st.relid) WHERE c.ordinal_position=pgd.objsubid AND c.table_name=st.relname) AS "Comment" FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type FROM information_schema.TABLE_CONSTRAINTS tc JOIN information_schema.KEY_COLUMN_USAGE  cu ON tc.table_schema=cu.table_schema and tc.table_name=cu.table_name and tc.constraint_name=cu.constraint_name and tc.constraint_type='PRIMARY KEY') pk ON pk.table_schema=c.table_schema AND pk.table_name=c.table_name AND pk.column_name=c.column_name WHERE c.table_name = 'Sales' AND c.table_schema = 'public'
;
ALTER TABLE "Sales" RENAME COLUMN "extra" TO "more"
;
CREATE INDEX "sales_quantity" ON "Sales" ("quantity") WHERE "quantity" > 1
;
ALTER TABLE "Sales" ADD CONSTRAINT "Sales_quantity_ck" CHECK ("quantity" >= 0)
;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE '%TABLE' AND table_name != 'spatial_ref_sys'
;
SELECT schema_name FROM information_schema.schemata WHERE schema_name <> 'information_schema' AND schema_name != 'public' AND schema_name !~ E'^pg_'
;
ALTER TABLE "public"."Sales" DROP COLUMN "more"
;
CREATE FUNCTION twice(n integer) RETURNS integer AS $func$  BEGIN RETURN n * 2; END; $func$ language 'plpgsql'IMMUTABLE
;
DROP FUNCTION twice(n integer) RESTRICT
;
TRUNCATE "Sales" RESTART IDENTITY CASCADE
;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'People'
;
SELECT pk.constraint_type as "Constraint",c.column_name as "Field", c.column_default as "Default",c.is_nullable as "Null", (CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END) || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END) as "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON t.oid=e.enumtypid WHERE t.typname=c.udt_name) AS "special", (SELECT pgd.description FROM pg_catalog.pg_statio_all_tables AS st INNER JOIN pg_catalog.pg_description pgd on (pgd.objoid=st.relid) WHERE c.ordinal_position=pgd.objsubid AND c.table_name=st.relname) AS "Comment" FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type FROM information_schema.TABLE_CONSTRAINTS tc JOIN information_schema.KEY_COLUMN_USAGE  cu ON tc.table_schema=cu.table_schema and tc.table_name=cu.table_name and tc.constraint_name=cu.constraint_name and tc.constraint_type='PRIMARY KEY') pk ON pk.table_schema=c.table_schema AND pk.table_name=c.table_name AND pk.column_name=c.column_name WHERE c.table_name = 'People' AND c.table_schema = 'public'
;
ALTER TABLE "People" ALTER COLUMN "name" SET NOT NULL;ALTER TABLE "People" ALTER COLUMN "name" DROP DEFAULT;ALTER TABLE "People" ALTER COLUMN "name" TYPE VARCHAR(255)
;
ALTER TABLE "People" ALTER COLUMN "email" DROP NOT NULL;ALTER TABLE "People" ALTER COLUMN "email" DROP DEFAULT;ALTER TABLE "People"  ADD UNIQUE ("email");ALTER TABLE "People" ALTER COLUMN "email" TYPE VARCHAR(255)
;
ALTER TABLE "People" ALTER COLUMN "born" DROP NOT NULL;ALTER TABLE "People" ALTER COLUMN "born" DROP DEFAULT;ALTER TABLE "People" ALTER COLUMN "born" TYPE DATE
;
ALTER TABLE "People" ALTER COLUMN "state" DROP NOT NULL;ALTER TABLE "People" ALTER COLUMN "state" DROP DEFAULT;DO 'BEGIN CREATE TYPE "public"."enum_People_state" AS ENUM(''new'', ''old''); EXCEPTION WHEN duplicate_object THEN null; END';ALTER TABLE "People" ALTER COLUMN "state" TYPE "public"."enum_People_state" USING ("state"::"public"."enum_People_state")
;
ALTER TABLE "People" ALTER COLUMN "vip" DROP NOT NULL;ALTER TABLE "People" ALTER COLUMN "vip" SET DEFAULT false;ALTER TABLE "People" ALTER COLUMN "vip" TYPE BOOLEAN
;
ALTER TABLE "People" ALTER COLUMN "createdAt" SET NOT NULL;ALTER TABLE "People" ALTER COLUMN "createdAt" DROP DEFAULT;ALTER TABLE "People" ALTER COLUMN "createdAt" TYPE TIMESTAMP WITH TIME ZONE
;
ALTER TABLE "People" ALTER COLUMN "updatedAt" SET NOT NULL;ALTER TABLE "People" ALTER COLUMN "updatedAt" DROP DEFAULT;ALTER TABLE "People" ALTER COLUMN "updatedAt" TYPE TIMESTAMP WITH TIME ZONE
;
ALTER TABLE "People" ALTER COLUMN "deletedAt" DROP NOT NULL;ALTER TABLE "People" ALTER COLUMN "deletedAt" DROP DEFAULT;ALTER TABLE "People" ALTER COLUMN "deletedAt" TYPE TIMESTAMP WITH TIME ZONE
;
ALTER TABLE "People" DROP CONSTRAINT "People_bossId_fkey"
;
ALTER TABLE "People"  ADD FOREIGN KEY ("bossId") REFERENCES "People" ("id") ON DELETE SET NULL ON UPDATE CASCADE
;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'Items'
;
SELECT pk.constraint_type as "Constraint",c.column_name as "Field", c.column_default as "Default",c.is_nullable as "Null", (CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END) || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END) as "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON t.oid=e.enumtypid WHERE t.typname=c.udt_name) AS "special", (SELECT pgd.description FROM pg_catalog.pg_statio_all_tables AS st INNER JOIN pg_catalog.pg_description pgd on (pgd.objoid=st.relid) WHERE c.ordinal_position=pgd.objsubid AND c.table_name=st.relname) AS "Comment" FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type FROM information_schema.TABLE_CONSTRAINTS tc JOIN information_schema.KEY_COLUMN_USAGE  cu ON tc.table_schema=cu.table_schema and tc.table_name=cu.table_name and tc.constraint_name=cu.constraint_name and tc.constraint_type='PRIMARY KEY') pk ON pk.table_schema=c.table_schema AND pk.table_name=c.table_name AND pk.column_name=c.column_name WHERE c.table_name = 'Items' AND c.table_schema = 'public'
;
ALTER TABLE "Items" ALTER COLUMN "name" DROP NOT NULL;ALTER TABLE "Items" ALTER COLUMN "name" DROP DEFAULT;ALTER TABLE "Items" ALTER COLUMN "name" TYPE TEXT
;
ALTER TABLE "Items" ALTER COLUMN "price" DROP NOT NULL;ALTER TABLE "Items" ALTER COLUMN "price" DROP DEFAULT;ALTER TABLE "Items" ALTER COLUMN "price" TYPE DECIMAL(10,2)
;
ALTER TABLE "Items" ALTER COLUMN "attributes" DROP NOT NULL;ALTER TABLE "Items" ALTER COLUMN "attributes" DROP DEFAULT;ALTER TABLE "Items" ALTER COLUMN "attributes" TYPE JSONB
;
ALTER TABLE "Items" ALTER COLUMN "sizes" DROP NOT NULL;ALTER TABLE "Items" ALTER COLUMN "sizes" DROP DEFAULT;ALTER TABLE "Items" ALTER COLUMN "sizes" TYPE INTEGER[]
;
ALTER TABLE "Items" ALTER COLUMN "valid" DROP NOT NULL;ALTER TABLE "Items" ALTER COLUMN "valid" DROP DEFAULT;ALTER TABLE "Items" ALTER COLUMN "valid" TYPE tstzrange
;
ALTER TABLE "Items" ALTER COLUMN "createdAt" SET NOT NULL;ALTER TABLE "Items" ALTER COLUMN "createdAt" DROP DEFAULT;ALTER TABLE "Items" ALTER COLUMN "createdAt" TYPE TIMESTAMP WITH TIME ZONE
;
ALTER TABLE "Items" ALTER COLUMN "updatedAt" SET NOT NULL;ALTER TABLE "Items" ALTER COLUMN "updatedAt" DROP DEFAULT;ALTER TABLE "Items" ALTER COLUMN "updatedAt" TYPE TIMESTAMP WITH TIME ZONE
;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'Sales'
;
ALTER TABLE "Sales" ALTER COLUMN "quantity" DROP NOT NULL;ALTER TABLE "Sales" ALTER COLUMN "quantity" DROP DEFAULT;ALTER TABLE "Sales" ALTER COLUMN "quantity" TYPE INTEGER
;
ALTER TABLE "Sales" ALTER COLUMN "note" DROP NOT NULL;ALTER TABLE "Sales" ALTER COLUMN "note" DROP DEFAULT;ALTER TABLE "Sales" ALTER COLUMN "note" TYPE VARCHAR(255)
;
ALTER TABLE "Sales" ALTER COLUMN "createdAt" SET NOT NULL;ALTER TABLE "Sales" ALTER COLUMN "createdAt" DROP DEFAULT;ALTER TABLE "Sales" ALTER COLUMN "createdAt" TYPE TIMESTAMP WITH TIME ZONE
;
ALTER TABLE "Sales" ALTER COLUMN "updatedAt" SET NOT NULL;ALTER TABLE "Sales" ALTER COLUMN "updatedAt" DROP DEFAULT;ALTER TABLE "Sales" ALTER COLUMN "updatedAt" TYPE TIMESTAMP WITH TIME ZONE
;
ALTER TABLE "Sales" DROP CONSTRAINT "Sales_PersonId_fkey"
;
ALTER TABLE "Sales"  ADD FOREIGN KEY ("PersonId") REFERENCES "People" ("id") ON DELETE CASCADE ON UPDATE CASCADE
;
ALTER TABLE "Sales" DROP CONSTRAINT "Sales_ItemId_fkey"
;
ALTER TABLE "Sales"  ADD FOREIGN KEY ("ItemId") REFERENCES "Items" ("id") ON DELETE SET NULL ON UPDATE CASCADE
;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'Wishes'
;
SELECT pk.constraint_type as "Constraint",c.column_name as "Field", c.column_default as "Default",c.is_nullable as "Null", (CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END) || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END) as "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON t.oid=e.enumtypid WHERE t.typname=c.udt_name) AS "special", (SELECT pgd.description FROM pg_catalog.pg_statio_all_tables AS st INNER JOIN pg_catalog.pg_description pgd on (pgd.objoid=st.relid) WHERE c.ordinal_position=pgd.objsubid AND c.table_name=st.relname) AS "Comment" FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type FROM information_schema.TABLE_CONSTRAINTS tc JOIN information_schema.KEY_COLUMN_USAGE  cu ON tc.table_schema=cu.table_schema and tc.table_name=cu.table_name and tc.constraint_name=cu.constraint_name and tc.constraint_type='PRIMARY KEY') pk ON pk.table_schema=c.table_schema AND pk.table_name=c.table_name AND pk.column_name=c.column_name WHERE c.table_name = 'Wishes' AND c.table_schema = 'public'
;
ALTER TABLE "Wishes" ALTER COLUMN "createdAt" SET NOT NULL;ALTER TABLE "Wishes" ALTER COLUMN "createdAt" DROP DEFAULT;ALTER TABLE "Wishes" ALTER COLUMN "createdAt" TYPE TIMESTAMP WITH TIME ZONE
;
ALTER TABLE "Wishes" ALTER COLUMN "updatedAt" SET NOT NULL;ALTER TABLE "Wishes" ALTER COLUMN "updatedAt" DROP DEFAULT;ALTER TABLE "Wishes" ALTER COLUMN "updatedAt" TYPE TIMESTAMP WITH TIME ZONE
;
SHOW SERVER_VERSION
;
SELECT conname as constraint_name, pg_catalog.pg_get_constraintdef(r.oid, true) as condef FROM pg_catalog.pg_constraint r WHERE r.conrelid = (SELECT oid FROM pg_class WHERE relname = 'People' LIMIT 1) AND r.contype = 'f' ORDER BY 1
;
SELECT conname as constraint_name, pg_catalog.pg_get_constraintdef(r.oid, true) as condef FROM pg_catalog.pg_constraint r WHERE r.conrelid = (SELECT oid FROM pg_class WHERE relname = 'Items' LIMIT 1) AND r.contype = 'f' ORDER BY 1
;
SELECT conname as constraint_name, pg_catalog.pg_get_constraintdef(r.oid, true) as condef FROM pg_catalog.pg_constraint r WHERE r.conrelid = (SELECT oid FROM pg_class WHERE relname = 'Wishes' LIMIT 1) AND r.contype = 'f' ORDER BY 1
;
SELECT conname as constraint_name, pg_catalog.pg_get_constraintdef(r.oid, true) as condef FROM pg_catalog.pg_constraint r WHERE r.conrelid = (SELECT oid FROM pg_class WHERE relname = 'Sales' LIMIT 1) AND r.contype = 'f' ORDER BY 1
;
ALTER TABLE "People" DROP CONSTRAINT "People_bossId_fkey"
;
ALTER TABLE "Wishes" DROP CONSTRAINT "Wishes_ItemId_fkey"
;
ALTER TABLE "Wishes" DROP CONSTRAINT "Wishes_PersonId_fkey"
;
ALTER TABLE "Sales" DROP CONSTRAINT "Sales_ItemId_fkey"
;
ALTER TABLE "Sales" DROP CONSTRAINT "Sales_PersonId_fkey"
;
