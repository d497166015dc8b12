-- What the program of this name sends, written by the tests with -capture active_record -update.
SET client_min_messages TO 'warning'
;
SET standard_conforming_strings = on
;
SET intervalstyle = iso_8601
;
SET SESSION timezone TO 'UTC'
;
SELECT t.oid, t.typname
FROM pg_type as t
WHERE t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'bool', 'timestamp', 'timestamptz')
;
SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype
FROM pg_type as t
LEFT JOIN pg_range as r ON oid = rngtypid
WHERE
  t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'text', 'varchar', 'char', 'name', 'bpchar', 'bool', 'bit', 'varbit', 'timestamptz', 'date', 'money', 'bytea', 'point', 'hstore', 'json', 'jsonb', 'cidr', 'inet', 'uuid', 'xml', 'tsvector', 'macaddr', 'citext', 'ltree', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', 'time', 'timestamp', 'numeric', 'interval')
  OR t.typtype IN ('r', 'e', 'd')
  OR t.typinput = 'array_in(cstring,oid,integer)'::regprocedure
  OR t.typelem != 0
;
SHOW TIME ZONE
;
SELECT 1
;
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'schema_migrations' AND c.relkind IN ('r','p')
;
CREATE TABLE "schema_migrations" ("version" character varying NOT NULL PRIMARY KEY)
;
CREATE EXTENSION IF NOT EXISTS "pgcrypto"
;
SELECT 'character varying'::regtype::oid
;
SELECT 'integer'::regtype::oid
;
CREATE TABLE "people" ("id" bigserial primary key, "name" character varying NOT NULL, "state" character varying DEFAULT 'fresh', "sales_count" integer DEFAULT 0, "boss_id" bigint, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL, CONSTRAINT "fk_rails_9e04b174c0"
FOREIGN KEY ("boss_id")
  REFERENCES "people" ("id")
)
;
SHOW max_identifier_length
;
CREATE UNIQUE INDEX "index_people_on_name" ON "people" ("name")
;
CREATE INDEX "index_people_on_boss_id" ON "people" ("boss_id")
;
CREATE TABLE "tags" ("id" bigserial primary key, "word" text)
;
COMMENT ON COLUMN "tags"."word" IS 'a word'
;
CREATE TABLE "people_tags" ("person_id" bigint NOT NULL, "tag_id" bigint NOT NULL)
;
CREATE INDEX "index_people_tags_on_person_id_and_tag_id" ON "people_tags" ("person_id", "tag_id")
;
SELECT 'jsonb'::regtype::oid
;
SELECT 'integer[]'::regtype::oid
;
CREATE TABLE "items" ("id" uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY, "price" decimal(10,2), "attributes_" jsonb DEFAULT '{}', "sizes" integer[] DEFAULT '{}', "ages" int4range, CONSTRAINT positive CHECK (price >= 0))
;
CREATE INDEX "index_items_on_attributes_" ON "items" USING gin ("attributes_")
;
CREATE INDEX "by_text" ON "items" (lower(price::text)) WHERE price > 1
;
CREATE TABLE "sales" ("id" bigserial primary key, "person_id" bigint, "item_id" uuid, "quantity" integer DEFAULT 1, "at" timestamp, CONSTRAINT "fk_rails_f78aff6a90"
FOREIGN KEY ("person_id")
  REFERENCES "people" ("id")
 ON DELETE CASCADE)
;
CREATE INDEX "index_sales_on_person_id" ON "sales" ("person_id")
;
CREATE INDEX "index_sales_on_item_id" ON "sales" ("item_id")
;
ALTER TABLE "sales" ADD "note" character varying
;
ALTER TABLE "sales" ALTER COLUMN "note" TYPE text
;
ALTER TABLE "sales" RENAME COLUMN "note" TO "remark"
;
SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'sales'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname
;
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16807
AND a.attnum IN (3)
;
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16807
AND a.attnum IN (2)
;
CREATE INDEX "index_sales_on_at" ON "sales" ("at" DESC)
;
ALTER TABLE "sales" DROP COLUMN "remark"
;
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"tags"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
;
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','v','m','p','f')
;
SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"tags"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx
;
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"people"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
;
SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"people"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx
;
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"people_tags"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
;
SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"people_tags"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx
;
BEGIN
;
SELECT 1 AS one FROM "people" WHERE "people"."name" = $1 LIMIT $2
;
INSERT INTO "people" ("name", "created_at", "updated_at") VALUES ($1, $2, $3) RETURNING "id"
;
INSERT INTO "tags" ("word") VALUES ($1) RETURNING "id"
;
INSERT INTO "people_tags" ("person_id", "tag_id") VALUES ($1, $2)
;
COMMIT
;
INSERT INTO "people" ("name", "boss_id", "created_at", "updated_at") VALUES ($1, $2, $3, $4) RETURNING "id"
;
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"items"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
;
SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"items"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx
;
INSERT INTO "items" ("price", "attributes_", "sizes", "ages") VALUES ($1, $2, $3, $4) RETURNING "id"
;
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"sales"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
;
SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"sales"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx
;
INSERT INTO "sales" ("person_id", "item_id", "quantity", "at") VALUES ($1, $2, $3, $4) RETURNING "id"
;
UPDATE "people" SET "sales_count" = COALESCE("sales_count", 0) + $1 WHERE "people"."id" = $2
;
SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'people'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname
;
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16763
AND a.attnum IN (5)
;
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16763
AND a.attnum IN (2)
;
INSERT INTO "people" ("name","created_at","updated_at") VALUES ('c', '2026-11-27 12:04:57.214723', '2026-11-27 12:04:57.214724') ON CONFLICT  DO NOTHING RETURNING "id","name"
;
INSERT INTO "people" ("name","created_at","updated_at") VALUES ('c', '2026-11-27 12:04:57.230557', '2026-11-27 12:04:57.230557') ON CONFLICT ("name") DO UPDATE SET "created_at"=excluded."created_at","updated_at"=excluded."updated_at" RETURNING "id"
;
UPDATE "people" SET name = upper(name), updated_at = '2026-11-27 12:04:57.231869' WHERE "people"."name" IN ($1, $2)
;
SHOW search_path
;
SELECT "people".* FROM "people" WHERE "people"."id" = $1 LIMIT $2
;
SELECT 1 AS one FROM "people" WHERE "people"."name" = $1 AND "people"."id" != $2 LIMIT $3
;
UPDATE "people" SET "name" = $1, "updated_at" = $2 WHERE "people"."id" = $3
;
UPDATE "people" SET "updated_at" = $1 WHERE "people"."id" = $2
;
SELECT COUNT(*) FROM "sales" WHERE "sales"."person_id" = $1
;
UPDATE "people" SET "sales_count" = $1 WHERE "people"."id" = $2
;
SELECT "people".* FROM "people" WHERE "people"."name" = $1 LIMIT $2
;
SELECT "tags".* FROM "tags" INNER JOIN "people_tags" ON "tags"."id" = "people_tags"."tag_id" WHERE "people_tags"."person_id" = $1 ORDER BY "tags"."id" ASC LIMIT $2
;
DELETE FROM "people_tags" WHERE "people_tags"."person_id" = $1 AND "people_tags"."tag_id" = $2
;
SELECT "people".* FROM "people" WHERE (name ILIKE 'z%') AND ("people"."state" != $1 OR "people"."boss_id" IS NULL AND "people"."state" != $2) ORDER BY "people"."name" DESC LIMIT $3 OFFSET $4
;
SELECT "people".* FROM "people"
;
SELECT "people".* FROM "people" WHERE "people"."id" = $1
;
SELECT "sales".* FROM "sales" WHERE "sales"."person_id" IN ($1, $2, $3, $4)
;
SELECT "items".* FROM "items" WHERE "items"."id" = $1
;
SELECT DISTINCT "people"."id" FROM "people" LEFT OUTER JOIN "sales" ON "sales"."person_id" = "people"."id" WHERE "sales"."quantity" BETWEEN $1 AND $2 LIMIT $3
;
SELECT "people"."id" AS t0_r0, "people"."name" AS t0_r1, "people"."state" AS t0_r2, "people"."sales_count" AS t0_r3, "people"."boss_id" AS t0_r4, "people"."created_at" AS t0_r5, "people"."updated_at" AS t0_r6, "sales"."id" AS t1_r0, "sales"."person_id" AS t1_r1, "sales"."item_id" AS t1_r2, "sales"."quantity" AS t1_r3, "sales"."at" AS t1_r4 FROM "people" LEFT OUTER JOIN "sales" ON "sales"."person_id" = "people"."id" WHERE "sales"."quantity" BETWEEN $1 AND $2 AND "people"."id" = $3
;
SELECT "people".* FROM "people" ORDER BY "people"."id" ASC LIMIT $1
;
SELECT "people_tags".* FROM "people_tags" WHERE "people_tags"."person_id" IN ($1, $2)
;
SELECT "people".* FROM "people" WHERE "people"."id" > $1 ORDER BY "people"."id" ASC LIMIT $2
;
SELECT COUNT(*) AS count_all, "people"."name" AS people_name FROM "people" INNER JOIN "sales" ON "sales"."person_id" = "people"."id" INNER JOIN "items" ON "items"."id" = "sales"."item_id" LEFT OUTER JOIN "people" "bosses_people" ON "bosses_people"."id" = "people"."boss_id" GROUP BY "people"."name" HAVING (sum(sales.quantity) > 0)
;
SELECT "people".* FROM "people" LEFT OUTER JOIN "sales" ON "sales"."person_id" = "people"."id" WHERE "sales"."id" IS NULL
;
SELECT COUNT(*) FROM "people"
;
SELECT SUM("people"."sales_count") FROM "people"
;
SELECT AVG("sales"."quantity") AS average_quantity, "sales"."person_id" AS sales_person_id FROM "sales" GROUP BY "sales"."person_id"
;
SELECT DISTINCT "people"."name" FROM "people"
;
SELECT "people".* FROM "people" ORDER BY "people"."id" DESC LIMIT $1
;
SELECT "people"."id" FROM "people"
;
SELECT MAX("sales"."at") FROM "sales"
;
SELECT "people".* FROM "people" WHERE "people"."id" IN (SELECT "sales"."person_id" FROM "sales")
;
SELECT "people".* FROM (SELECT "people".* FROM "people" WHERE (id > 0)) people
;
SELECT "items".* FROM "items" WHERE (attributes_ @> '{"a":{"b":1}}') AND (1 = ANY (sizes)) AND (attributes_ -> 'a' ->> 'b' = '1')
;
SELECT people.*, row_number() OVER (PARTITION BY state ORDER BY id) AS n FROM "people"
;
SELECT "people".* FROM "people" WHERE EXISTS (SELECT "sales".* FROM "sales" WHERE (sales.person_id = people.id))
;
WITH t AS (SELECT * FROM people) SELECT * FROM t
;
EXPLAIN SELECT "items".* FROM "items" WHERE "items"."id" = $1
;
SELECT "people"."id" FROM "people" ORDER BY "people"."id" ASC LIMIT $1
;
UPDATE "people" SET "sales_count" = $1 WHERE "people"."id" IN ($2, $3)
;
SELECT "people"."id" FROM "people" WHERE "people"."id" > $1 ORDER BY "people"."id" ASC LIMIT $2
;
SELECT "people".* FROM "people" WHERE ("people"."name" ILIKE 'z%' AND "people"."id" > 0 OR "people"."boss_id" IS NULL) ORDER BY LOWER("people"."name") ASC
;
( SELECT "people"."id" FROM "people" UNION ALL SELECT "people"."boss_id" FROM "people" )
;
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
;
SELECT "people".* FROM "people" ORDER BY "people"."id" ASC LIMIT $1 FOR UPDATE
;
SELECT "people".* FROM "people" FOR SHARE SKIP LOCKED
;
SELECT "people".* FROM "people" WHERE "people"."id" = $1 LIMIT $2 FOR UPDATE NOWAIT
;
SAVEPOINT active_record_1
;
ROLLBACK TO SAVEPOINT active_record_1
;
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','p')
;
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('v','m')
;
SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'items'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname
;
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16793
AND a.attnum IN (3)
;
SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, a2.attname AS primary_key, c.conname AS name, c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid
FROM pg_constraint c
JOIN pg_class t1 ON c.conrelid = t1.oid
JOIN pg_class t2 ON c.confrelid = t2.oid
JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid
JOIN pg_attribute a2 ON a2.attnum = c.confkey[1] AND a2.attrelid = t2.oid
JOIN pg_namespace t3 ON c.connamespace = t3.oid
WHERE c.contype = 'f'
  AND t1.relname = 'sales'
  AND t3.nspname = ANY (current_schemas(false))
ORDER BY c.conname
;
            SELECT conname, pg_get_constraintdef(c.oid) AS constraintdef, c.convalidated AS valid
            FROM pg_constraint c
            JOIN pg_class t ON c.conrelid = t.oid
            WHERE c.contype = 'c'
              AND t.relname = 'items'
;
SELECT pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'tags'
  AND c.relkind IN ('r','p')
  AND n.nspname = ANY (current_schemas(false))
;
SELECT extname FROM pg_extension
;
SELECT nspname
  FROM pg_namespace
 WHERE nspname !~ '^pg_.*'
   AND nspname NOT IN ('information_schema')
 ORDER by nspname
;
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'people' AND c.relkind IN ('r','v','m','p','f')
;
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"schema_migrations"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
;
SELECT "schema_migrations"."version" FROM "schema_migrations" ORDER BY "schema_migrations"."version" ASC
;
SELECT pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'items'
  AND c.relkind IN ('r','p')
  AND n.nspname = ANY (current_schemas(false))
;
SELECT pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'people'
  AND c.relkind IN ('r','p')
  AND n.nspname = ANY (current_schemas(false))
;
            SELECT conname, pg_get_constraintdef(c.oid) AS constraintdef, c.convalidated AS valid
            FROM pg_constraint c
            JOIN pg_class t ON c.conrelid = t.oid
            WHERE c.contype = 'c'
              AND t.relname = 'people'
;
SELECT pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'people_tags'
  AND c.relkind IN ('r','p')
  AND n.nspname = ANY (current_schemas(false))
;
SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'people_tags'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname
;
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16789
AND a.attnum IN (1,2)
;
            SELECT conname, pg_get_constraintdef(c.oid) AS constraintdef, c.convalidated AS valid
            FROM pg_constraint c
            JOIN pg_class t ON c.conrelid = t.oid
            WHERE c.contype = 'c'
              AND t.relname = 'people_tags'
;
SELECT pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'sales'
  AND c.relkind IN ('r','p')
  AND n.nspname = ANY (current_schemas(false))
;
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16807
AND a.attnum IN (5)
;
            SELECT conname, pg_get_constraintdef(c.oid) AS constraintdef, c.convalidated AS valid
            FROM pg_constraint c
            JOIN pg_class t ON c.conrelid = t.oid
            WHERE c.contype = 'c'
              AND t.relname = 'sales'
;
SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'tags'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname
;
            SELECT conname, pg_get_constraintdef(c.oid) AS constraintdef, c.convalidated AS valid
            FROM pg_constraint c
            JOIN pg_class t ON c.conrelid = t.oid
            WHERE c.contype = 'c'
              AND t.relname = 'tags'
;
SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, a2.attname AS primary_key, c.conname AS name, c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid
FROM pg_constraint c
JOIN pg_class t1 ON c.conrelid = t1.oid
JOIN pg_class t2 ON c.confrelid = t2.oid
JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid
JOIN pg_attribute a2 ON a2.attnum = c.confkey[1] AND a2.attrelid = t2.oid
JOIN pg_namespace t3 ON c.connamespace = t3.oid
WHERE c.contype = 'f'
  AND t1.relname = 'items'
  AND t3.nspname = ANY (current_schemas(false))
ORDER BY c.conname
;
SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, a2.attname AS primary_key, c.conname AS name, c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid
FROM pg_constraint c
JOIN pg_class t1 ON c.conrelid = t1.oid
JOIN pg_class t2 ON c.confrelid = t2.oid
JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid
JOIN pg_attribute a2 ON a2.attnum = c.confkey[1] AND a2.attrelid = t2.oid
JOIN pg_namespace t3 ON c.connamespace = t3.oid
WHERE c.contype = 'f'
  AND t1.relname = 'people'
  AND t3.nspname = ANY (current_schemas(false))
ORDER BY c.conname
;
SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, a2.attname AS primary_key, c.conname AS name, c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid
FROM pg_constraint c
JOIN pg_class t1 ON c.conrelid = t1.oid
JOIN pg_class t2 ON c.confrelid = t2.oid
JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid
JOIN pg_attribute a2 ON a2.attnum = c.confkey[1] AND a2.attrelid = t2.oid
JOIN pg_namespace t3 ON c.connamespace = t3.oid
WHERE c.contype = 'f'
  AND t1.relname = 'people_tags'
  AND t3.nspname = ANY (current_schemas(false))
ORDER BY c.conname
;
SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, a2.attname AS primary_key, c.conname AS name, c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid
FROM pg_constraint c
JOIN pg_class t1 ON c.conrelid = t1.oid
JOIN pg_class t2 ON c.confrelid = t2.oid
JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid
JOIN pg_attribute a2 ON a2.attnum = c.confkey[1] AND a2.attrelid = t2.oid
JOIN pg_namespace t3 ON c.connamespace = t3.oid
WHERE c.contype = 'f'
  AND t1.relname = 'tags'
  AND t3.nspname = ANY (current_schemas(false))
ORDER BY c.conname
;
SELECT "sales".* FROM "sales" WHERE "sales"."person_id" = $1
;
DELETE FROM "people_tags" WHERE "people_tags"."person_id" = $1
;
DELETE FROM "people" WHERE "people"."id" = $1
;
DELETE FROM "people"
;
TRUNCATE TABLE "tags"
;
DROP TABLE IF EXISTS "sales" CASCADE
;
DROP TABLE IF EXISTS "people_tags" CASCADE
;
DROP TABLE IF EXISTS "tags" CASCADE
;
DROP TABLE IF EXISTS "items" CASCADE
;
DROP TABLE IF EXISTS "people" CASCADE
;
