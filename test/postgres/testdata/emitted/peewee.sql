-- What the program of this name sends, written by the tests with -capture peewee -update.
CREATE TABLE IF NOT EXISTS "item" ("id" SERIAL NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL, "price" NUMERIC(10, 2) NOT NULL, "attributes" JSONB NOT NULL, "sizes" INTEGER[] NOT NULL, "found" TSVECTOR)
;
CREATE INDEX IF NOT EXISTS "item_name" ON "item" ("name")
;
CREATE INDEX IF NOT EXISTS "item_attributes" ON "item" USING GIN ("attributes")
;
CREATE INDEX IF NOT EXISTS "item_sizes" ON "item" USING GIN ("sizes")
;
CREATE INDEX IF NOT EXISTS "item_found" ON "item" USING GIN ("found")
;
CREATE TABLE IF NOT EXISTS "person" ("id" SERIAL NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL CHECK (name <> ''), "boss_id" INTEGER, "vip" BOOLEAN NOT NULL, FOREIGN KEY ("boss_id") REFERENCES "person" ("id"))
;
CREATE UNIQUE INDEX IF NOT EXISTS "person_name" ON "person" ("name")
;
CREATE INDEX IF NOT EXISTS "person_boss_id" ON "person" ("boss_id")
;
CREATE TABLE IF NOT EXISTS "sale" ("id" SERIAL NOT NULL PRIMARY KEY, "person_id" INTEGER NOT NULL, "item_id" INTEGER NOT NULL, "at" TIMESTAMP NOT NULL, "quantity" INTEGER NOT NULL, FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE CASCADE, FOREIGN KEY ("item_id") REFERENCES "item" ("id"))
;
CREATE INDEX IF NOT EXISTS "sale_person_id" ON "sale" ("person_id")
;
CREATE INDEX IF NOT EXISTS "sale_item_id" ON "sale" ("item_id")
;
CREATE INDEX IF NOT EXISTS "sale_person_id_at" ON "sale" ("person_id", "at")
;
INSERT INTO "person" ("name", "vip") VALUES ($1, $2) RETURNING "person"."id"
;
INSERT INTO "person" ("name", "boss_id", "vip") VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12), ($13, $14, $15) RETURNING "person"."id"
;
INSERT INTO "item" ("name", "price", "attributes", "sizes", "found") VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10), ($11, $12, $13, $14, $15) RETURNING "item"."id"
;
INSERT INTO "item" ("name", "price", "attributes", "sizes", "found") VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10) RETURNING "item"."id"
;
INSERT INTO "sale" ("person_id", "item_id", "at", "quantity") VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12), ($13, $14, $15, $16), ($17, $18, $19, $20) RETURNING "sale"."id"
;
INSERT INTO "person" ("name", "vip") VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING "person"."id"
;
INSERT INTO "person" ("name", "vip") VALUES ($1, $2) ON CONFLICT ("name") DO UPDATE SET "vip" = EXCLUDED."vip" WHERE NOT "person"."vip" RETURNING "person"."id"
;
UPDATE "item" SET "price" = ("item"."price" * $1), "found" = to_tsvector("item"."name") WHERE ("item"."id" IN ($2, $3)) RETURNING "item"."id"
;
DELETE FROM "sale" WHERE ("sale"."quantity" > $1)
;
SELECT "t1"."id", "t1"."name", "t1"."boss_id", "t1"."vip" FROM "person" AS "t1" WHERE ("t1"."name" = $1) LIMIT $2 OFFSET $3
;
BEGIN
;
COMMIT
;
UPDATE "person" SET "name" = $1, "vip" = $2 WHERE ("person"."id" = $3)
;
DELETE FROM "sale" WHERE ("sale"."person_id" = $1)
;
UPDATE "person" SET "boss_id" = $1 WHERE ("person"."boss_id" = $2)
;
DELETE FROM "person" WHERE ("person"."id" = $1)
;
SELECT "t1"."id", "t1"."name", "t1"."boss_id", "t1"."vip" FROM "person" AS "t1" WHERE (("t1"."name" ILIKE $1) OR ("t1"."boss_id" IS NULL)) ORDER BY "t1"."name" DESC NULLS last LIMIT $2 OFFSET $3
;
SELECT "t1"."id", "t1"."name", "t1"."boss_id", "t1"."vip", "t2"."name" FROM "person" AS "t1" LEFT OUTER JOIN "person" AS "t2" ON ("t1"."boss_id" = "t2"."id")
;
SELECT "t1"."id", "t1"."person_id", "t1"."item_id", "t1"."at", "t1"."quantity", "t2"."id", "t2"."name", "t2"."boss_id", "t2"."vip", "t3"."id", "t3"."name", "t3"."price", "t3"."attributes", "t3"."sizes", "t3"."found" FROM "sale" AS "t1" INNER JOIN "person" AS "t2" ON ("t1"."person_id" = "t2"."id") INNER JOIN "item" AS "t3" ON ("t1"."item_id" = "t3"."id") FOR UPDATE OF "t1" NOWAIT
;
SELECT "t1"."name", SUM("t2"."quantity") AS "n", COUNT(DISTINCT("t2"."person_id")) FROM "sale" AS "t2" INNER JOIN "item" AS "t1" ON ("t2"."item_id" = "t1"."id") GROUP BY "t1"."name" HAVING (SUM("t2"."quantity") > $1)
;
SELECT "t1"."id", "t1"."name", "t1"."price", "t1"."attributes", "t1"."sizes", "t1"."found" FROM "item" AS "t1" WHERE ("t1"."id" IN (SELECT "t2"."item_id" FROM "sale" AS "t2" WHERE ("t2"."person_id" IN (SELECT "t3"."id" FROM "person" AS "t3"))))
;
SELECT "t1"."id", "t1"."person_id", "t1"."item_id", "t1"."at", "t1"."quantity" FROM "sale" AS "t1" WHERE ("t1"."person_id" IN (SELECT "t2"."id" FROM "person" AS "t2"))
;
SELECT "t1"."id", "t1"."name", "t1"."boss_id", "t1"."vip" FROM "person" AS "t1"
;
SELECT RANK() OVER "w", SUM("t1"."quantity") OVER (PARTITION BY "t1"."item_id") FROM "sale" AS "t1" WINDOW "w" AS (PARTITION BY "t1"."person_id" ORDER BY "t1"."at" ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
;
WITH RECURSIVE "base" ("id", "depth") AS ((SELECT "t1"."id", $1 AS "depth" FROM "person" AS "t1" WHERE ("t1"."boss_id" IS NULL)) UNION ALL (SELECT "t2"."id", ("base"."depth" + $2) FROM "person" AS "t2" INNER JOIN "base" ON ("t2"."boss_id" = "base"."id"))) SELECT "base"."id", "base"."depth" FROM "base"
;
(SELECT "t1"."id" FROM "person" AS "t1" WHERE "t1"."vip") UNION (SELECT "t2"."id" FROM "person" AS "t2" WHERE NOT "t2"."vip")
;
(SELECT "t1"."id" FROM "person" AS "t1") EXCEPT (SELECT "t2"."id" FROM "person" AS "t2" WHERE EXISTS(SELECT "t3"."id" FROM "sale" AS "t3" WHERE ("t3"."person_id" = "t2"."id")))
;
SELECT "t1"."attributes"->>'a', "t1"."attributes"->'b'->'c'#>'{d}', "t1"."sizes"[1], CASE WHEN ("t1"."price" > $1) THEN $2 ELSE $3 END FROM "item" AS "t1" WHERE (((("t1"."attributes" @> $4) OR ("t1"."attributes" ? $5)) AND ("t1"."sizes" @> $6::INTEGER[])) AND ("t1"."sizes" && $7::INTEGER[]))
;
SELECT "t1"."id", "t1"."name", "t1"."price", "t1"."attributes", "t1"."sizes", "t1"."found" FROM "item" AS "t1" WHERE (("t1"."found" @@ to_tsquery($1)) OR (to_tsvector("t1"."name") @@ to_tsquery($2)))
;
SELECT DISTINCT ON ("t1"."name") CAST("t1"."name" AS text), LOWER("t1"."name"), ("t1"."price" BETWEEN $1 AND $2), 1 + 1 FROM "item" AS "t1"
;
SELECT EXTRACT(year FROM "t1"."at"), date_trunc($1, "t1"."at") FROM "sale" AS "t1" WHERE ((EXTRACT(month FROM "t1"."at") = $2) AND (EXTRACT(day FROM "t1"."at") IN ($3, $4)))
;
SELECT COUNT(1) FROM (SELECT 1 FROM "person" AS "t1") AS "_wrapped" LIMIT $1
;
SELECT EXISTS(SELECT 1 FROM "person" AS "t1") LIMIT $1
;
SELECT AVG("t1"."quantity") FROM "sale" AS "t1" LIMIT $1
;
SELECT "t1"."id", "t1"."name", "t1"."boss_id", "t1"."vip" FROM "person" AS "t1" WHERE ("t1"."id" = $1) LIMIT $2 OFFSET $3
;
SAVEPOINT "sf3b93be91fa8460da434bb5046834833"
;
ROLLBACK TO SAVEPOINT "sf3b93be91fa8460da434bb5046834833"
;
select oid, typname, format_type(oid, NULL) from pg_type
;
SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = COALESCE($1, current_schema()) ORDER BY tablename
;

            SELECT
                i.relname, idxs.indexdef, idx.indisunique,
                ARRAY(
                    SELECT pg_get_indexdef(idx.indexrelid, k + 1, TRUE)
                    FROM generate_subscripts(idx.indkey, 1) AS k
                    ORDER BY k)
            FROM pg_catalog.pg_class AS t
            INNER JOIN pg_catalog.pg_namespace AS n ON t.relnamespace = n.oid
            INNER JOIN pg_catalog.pg_index AS idx ON t.oid = idx.indrelid
            INNER JOIN pg_catalog.pg_class AS i ON idx.indexrelid = i.oid
            INNER JOIN pg_catalog.pg_indexes AS idxs ON (
                idxs.tablename = t.relname
                AND idxs.indexname = i.relname
                AND idxs.schemaname = n.nspname)
            WHERE t.relname = $1 AND t.relkind = $2
                AND n.nspname = COALESCE($3, current_schema())
            ORDER BY idx.indisunique DESC, i.relname
;

            SELECT c.column_name, c.is_nullable, c.data_type,
                c.column_default,
                pg_catalog.format_type(a.atttypid, a.atttypmod),
                c.is_identity
            FROM information_schema.columns AS c
            INNER JOIN pg_catalog.pg_namespace AS n
                ON (n.nspname = c.table_schema)
            INNER JOIN pg_catalog.pg_class AS t
                ON (t.relname = c.table_name AND t.relnamespace = n.oid)
            INNER JOIN pg_catalog.pg_attribute AS a
                ON (a.attrelid = t.oid AND a.attname = c.column_name)
            WHERE c.table_name = $1
                AND c.table_schema = COALESCE($2, current_schema())
                AND NOT a.attisdropped
            ORDER BY c.ordinal_position
;

            SELECT kc.column_name
            FROM information_schema.table_constraints AS tc
            INNER JOIN information_schema.key_column_usage AS kc ON (
                tc.table_name = kc.table_name AND
                tc.table_schema = kc.table_schema AND
                tc.constraint_name = kc.constraint_name)
            WHERE
                tc.constraint_type = $1 AND
                tc.table_name = $2 AND
                tc.table_schema = COALESCE($3, current_schema())
            ORDER BY kc.ordinal_position
;
SELECT a.attname, a.atttypid FROM pg_catalog.pg_attribute AS a INNER JOIN pg_catalog.pg_class AS t ON a.attrelid = t.oid INNER JOIN pg_catalog.pg_namespace AS n ON t.relnamespace = n.oid WHERE t.relname = $1 AND n.nspname = COALESCE($2, current_schema()) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
;

            SELECT DISTINCT
                kcu.column_name, ccu.table_name, ccu.column_name,
                tc.constraint_name, rc.delete_rule, rc.update_rule
            FROM information_schema.table_constraints AS tc
            JOIN information_schema.key_column_usage AS kcu
                ON (tc.constraint_name = kcu.constraint_name AND
                    tc.constraint_schema = kcu.constraint_schema AND
                    tc.table_name = kcu.table_name AND
                    tc.table_schema = kcu.table_schema)
            JOIN information_schema.constraint_column_usage AS ccu
                ON (ccu.constraint_name = tc.constraint_name AND
                    ccu.constraint_schema = tc.constraint_schema)
            JOIN information_schema.referential_constraints AS rc
                ON (rc.constraint_name = tc.constraint_name AND
                    rc.constraint_schema = tc.constraint_schema)
            WHERE
                tc.constraint_type = 'FOREIGN KEY' AND
                tc.table_name = $1 AND
                tc.table_schema = COALESCE($2, current_schema())
;
DROP TABLE IF EXISTS "sale"
;
DEALLOCATE ALL
;
DROP TABLE IF EXISTS "person"
;
DROP TABLE IF EXISTS "item"
;
