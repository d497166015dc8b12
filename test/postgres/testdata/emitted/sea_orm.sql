-- What the program of this name sends, written by the tests with -capture sea_orm -update.
SET search_path = "shop"
;
CREATE SCHEMA shop
;
CREATE TABLE "shop"."person" ( "id" serial NOT NULL PRIMARY KEY, "name" varchar NOT NULL, "email" varchar UNIQUE )
;
CREATE TABLE IF NOT EXISTS "sale" ( "id" bigserial NOT NULL PRIMARY KEY, "person" integer NOT NULL, "quantity" integer NOT NULL, CONSTRAINT "fk-sale-person" FOREIGN KEY ("person") REFERENCES "person" ("id") ON DELETE CASCADE )
;
INSERT INTO "shop"."person" ("name", "email") VALUES ($1, $2) RETURNING "id", "name", "email"
;
INSERT INTO "shop"."person" ("name", "email") VALUES ($1, $2), ($3, $4) RETURNING "id"
;
INSERT INTO "shop"."person" ("name", "email") VALUES ($1, $2) ON CONFLICT ("email") DO UPDATE SET "name" = "excluded"."name" RETURNING "id", "name", "email"
;
INSERT INTO "shop"."person" ("name", "email") VALUES ($1, $2) ON CONFLICT ("email") DO NOTHING RETURNING "id"
;
INSERT INTO "sale" ("person", "quantity") VALUES ($1, $2) RETURNING "id", "person", "quantity"
;
UPDATE "shop"."person" SET "name" = $1 WHERE "person"."id" = $2 RETURNING "id", "name", "email"
;
UPDATE "sale" SET "quantity" = "quantity" + $1 WHERE "sale"."quantity" > $2
;
DELETE FROM "sale" WHERE "sale"."quantity" = $1
;
DELETE FROM "shop"."person" WHERE "person"."id" = $1
;
SELECT "person"."id", "person"."name", "person"."email" FROM "shop"."person" WHERE "person"."id" = $1 LIMIT $2
;
SELECT "person"."id", "person"."name", "person"."email" FROM "shop"."person" WHERE "person"."name" LIKE $1 OR "person"."email" IS NULL OR "person"."id" IN ($2, $3) ORDER BY "person"."name" DESC LIMIT $4 OFFSET $5
;
SELECT "person"."id" AS "A_id", "person"."name" AS "A_name", "person"."email" AS "A_email", "sale"."id" AS "B_id", "sale"."person" AS "B_person", "sale"."quantity" AS "B_quantity" FROM "shop"."person" LEFT JOIN "sale" ON "person"."id" = "sale"."person" ORDER BY "person"."id" ASC
;
SELECT "sale"."id" AS "A_id", "sale"."person" AS "A_person", "sale"."quantity" AS "A_quantity", "person"."id" AS "B_id", "person"."name" AS "B_name", "person"."email" AS "B_email" FROM "sale" LEFT JOIN "shop"."person" ON "sale"."person" = "person"."id" WHERE "sale"."quantity" BETWEEN $1 AND $2
;
SELECT "person"."id", "person"."name", "person"."email" FROM "shop"."person"
;
SELECT "sale"."id", "sale"."person", "sale"."quantity" FROM "sale" WHERE "sale"."person" IN ($1, $2, $3)
;
SELECT COUNT(*) AS num_items FROM (SELECT "sale"."id", "sale"."person", "sale"."quantity" FROM "sale" INNER JOIN "shop"."person" ON "person"."id" = "sale"."person" WHERE "person"."id" = $1) AS "sub_query"
;
SELECT COUNT(*) AS num_items FROM (SELECT "person"."id", "person"."name", "person"."email" FROM "shop"."person") AS "sub_query"
;
SELECT "person"."id", "person"."name", "person"."email" FROM "shop"."person" ORDER BY "person"."id" ASC LIMIT $1 OFFSET $2
;
SELECT "sale"."person", SUM("sale"."quantity") AS "total" FROM "sale" GROUP BY "sale"."person" HAVING MAX("sale"."quantity") > $1
;
SELECT DISTINCT "person"."id", "person"."name", "person"."email" FROM "shop"."person" INNER JOIN "sale" ON "person"."id" = "sale"."person" WHERE LOWER("person"."name") LIKE $1
;
SELECT "person"."id", "person"."name", "person"."email" FROM "shop"."person" WHERE "person"."id" IN (SELECT "person" FROM "sale")
;
SELECT * FROM shop.person WHERE name = $1
;
WITH "ranked" AS (SELECT "person", row_number() OVER ( PARTITION BY "person" ORDER BY "id" DESC ) AS "r" FROM "sale") SELECT "person" FROM "ranked" WHERE "r" = 1
;
BEGIN
;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
;
SET TRANSACTION READ WRITE
;
SELECT "person"."id", "person"."name", "person"."email" FROM "shop"."person" FOR UPDATE SKIP LOCKED
;
SELECT "person"."id", "person"."name", "person"."email" FROM "shop"."person" FOR SHARE
;
SAVEPOINT _sqlx_savepoint_1
;
DELETE FROM "sale"
;
ROLLBACK TO SAVEPOINT _sqlx_savepoint_1
;
COMMIT
;
