-- What the program of this name sends, written by the tests with -capture bun -update.
CREATE TABLE IF NOT EXISTS "readers" ("id" BIGSERIAL NOT NULL, "name" VARCHAR NOT NULL, "tags" VARCHAR[], "notes" jsonb, PRIMARY KEY ("id"), UNIQUE ("name"))
;
-- ping
;
CREATE TABLE "books" ("id" BIGSERIAL NOT NULL, "reader_id" BIGINT, "title" VARCHAR, PRIMARY KEY ("id"), FOREIGN KEY ("reader_id") REFERENCES "readers" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION)
;
CREATE INDEX "by_title" ON "books" ("title") WHERE (title <> '')
;
ALTER TABLE "books" ADD pages int
;
INSERT INTO "readers" ("id", "name", "tags", "notes") VALUES (DEFAULT, 'a', '{"x","it''s \"y\""}', '{"k":"\\v"}'), (DEFAULT, 'b', NULL, 'null') RETURNING "id"
;
INSERT INTO "readers" AS "r" ("id", "name", "tags", "notes") VALUES (1, 'a', '{"x","it''s \"y\""}', '{"k":"\\v"}') ON CONFLICT (name) DO UPDATE SET tags = EXCLUDED.tags WHERE (r.id > 0) RETURNING id
;
INSERT INTO "books" AS "book" ("id", "reader_id", "title") VALUES (DEFAULT, 1, 'one'), (DEFAULT, 1, 'two') ON CONFLICT DO NOTHING RETURNING "id"
;
UPDATE "readers" AS "r" SET name = upper(name) WHERE ("r"."id" = 2)
;
WITH "_data" ("id", "name", "tags", "notes") AS (VALUES (1::BIGINT, 'a'::VARCHAR, '{"x","it''s \"y\""}'::VARCHAR[], '{"k":"\\v"}'::jsonb), (2::BIGINT, 'b'::VARCHAR, NULL::VARCHAR[], 'null'::jsonb)) UPDATE "readers" AS "r" SET "name" = _data."name" FROM _data WHERE ("r"."id" = _data."id")
;
DELETE FROM "books" AS "book" WHERE (id IN (8, 9)) RETURNING *
;
SELECT "r"."id", "r"."name", "r"."tags", "r"."notes" FROM "readers" AS "r" WHERE ('x' = ANY (tags)) OR (notes ->> 'k' IS NULL) ORDER BY name DESC NULLS LAST LIMIT 3
;
SELECT "book"."id", "book"."reader_id", "book"."title" FROM "books" AS "book" WHERE ("book"."reader_id" IN (2, 1))
;
SELECT "book"."id", "book"."reader_id", "book"."title", "reader"."id" AS "reader__id", "reader"."name" AS "reader__name", "reader"."tags" AS "reader__tags", "reader"."notes" AS "reader__notes" FROM "books" AS "book" LEFT JOIN "readers" AS "reader" ON ("reader"."id" = "book"."reader_id") WHERE ((reader.name LIKE 'a%') OR (FALSE))
;
WITH _count_wrapper AS (SELECT DISTINCT "r"."id", "r"."name", "r"."tags", "r"."notes" FROM "readers" AS "r") SELECT count(*) FROM _count_wrapper
;
SELECT DISTINCT "r"."id", "r"."name", "r"."tags", "r"."notes" FROM "readers" AS "r" LIMIT 1
;
WITH "ranked" AS (SELECT "book"."id", rank() OVER (PARTITION BY reader_id ORDER BY title) AS n FROM "books" AS "book") SELECT count(*), max(n) FROM ranked GROUP BY n HAVING (count(*) > 0)
;
(SELECT "book"."id" FROM "books" AS "book") UNION (SELECT "r"."id" FROM "readers" AS "r")
;
SELECT "book"."id", "book"."reader_id", "book"."title" FROM "books" AS "book" FOR UPDATE SKIP LOCKED
;
MERGE INTO "books" AS "book" USING readers ON "book".reader_id = readers.id AND FALSE WHEN MATCHED THEN DELETE
;
begin isolation level serializable
;
SAVEPOINT SP_772b0dcaa793df1fdcce03d2b369
;
SELECT 1
;
RELEASE SAVEPOINT SP_772b0dcaa793df1fdcce03d2b369
;
commit
;
TRUNCATE TABLE "books" RESTART IDENTITY CASCADE
;
DROP TABLE IF EXISTS "books"
;
DROP TABLE IF EXISTS "readers" CASCADE
;
CREATE TABLE "readers" ("id" BIGSERIAL NOT NULL, "name" VARCHAR NOT NULL, "tags" VARCHAR[], "notes" jsonb, PRIMARY KEY ("id"), UNIQUE ("name"))
;
