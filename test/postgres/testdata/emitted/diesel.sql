-- What the program of this name sends, written by the tests with -capture diesel -update.
SET TIME ZONE 'UTC'
;
SET CLIENT_ENCODING TO 'UTF8'
;
CREATE SCHEMA shop;
    CREATE TABLE shop.person (id SERIAL PRIMARY KEY, name VARCHAR NOT NULL, email TEXT UNIQUE, boss INTEGER REFERENCES shop.person, tags TEXT[] NOT NULL DEFAULT '{}');
    CREATE TABLE sale (id BIGSERIAL PRIMARY KEY, person INTEGER NOT NULL REFERENCES shop.person (id), quantity INTEGER NOT NULL, at TIMESTAMP NOT NULL DEFAULT now())
;
INSERT INTO "shop"."person" ("name", "email", "tags") VALUES ($1, $2, $3) RETURNING "shop"."person"."id", "shop"."person"."name", "shop"."person"."email", "shop"."person"."boss"
;
INSERT INTO "shop"."person" ("name", "email", "tags") VALUES ($1, DEFAULT, $2), ($3, $4, $5)
;
INSERT INTO "shop"."person" ("name", "boss") VALUES ($1, $2) ON CONFLICT DO NOTHING
;
INSERT INTO "shop"."person" ("name", "email") VALUES ($1, $2) ON CONFLICT ("email") DO UPDATE SET "name" = excluded."name", "boss" = $3 WHERE ("shop"."person"."name" != $4)
;
INSERT INTO "shop"."person" ("name") SELECT "shop"."person"."name" FROM "shop"."person" WHERE ("shop"."person"."id" < $1)
;
INSERT INTO "sale" DEFAULT VALUES
;
INSERT INTO "sale" ("person", "quantity") VALUES ($1, $2), ($3, $4)
;
UPDATE "shop"."person" SET "name" = $1, "boss" = $2 WHERE ("shop"."person"."id" = $3) RETURNING "shop"."person"."id", "shop"."person"."name", "shop"."person"."email", "shop"."person"."boss", "shop"."person"."tags"
;
UPDATE "sale" SET "quantity" = ("sale"."quantity" + $1) WHERE ("sale"."quantity" > $2)
;
UPDATE "shop"."person" SET "name" = $1, "email" = $2 WHERE ("shop"."person"."id" = $3)
;
DELETE FROM "shop"."person" WHERE (("shop"."person"."name" LIKE $1) AND  NOT (("shop"."person"."email" IS NULL))) RETURNING "shop"."person"."id"
;
DELETE FROM "sale" WHERE ("sale"."id" = $1)
;
SELECT "shop"."person"."id", "shop"."person"."name", "shop"."person"."email", "shop"."person"."boss" FROM "shop"."person" WHERE ((("shop"."person"."name" ILIKE $1) OR ("shop"."person"."email" IS NULL)) OR ("shop"."person"."id" = ANY($2))) ORDER BY "shop"."person"."name" DESC, "shop"."person"."id" ASC LIMIT $3 OFFSET $4
;
SELECT "sale"."id", "sale"."person", "sale"."quantity" FROM "sale" WHERE ("sale"."person" = ANY($1))
;
SELECT "shop"."person"."name", "sale"."quantity" FROM ("shop"."person" INNER JOIN "sale" ON ("sale"."person" = "shop"."person"."id")) WHERE ("sale"."at" < CURRENT_TIMESTAMP)
;
SELECT "shop"."person"."id", "sale"."id" FROM ("shop"."person" LEFT OUTER JOIN "sale" ON (("sale"."person" = "shop"."person"."id") AND ("sale"."quantity" BETWEEN $1 AND $2)))
;
SELECT "sale"."person", sum("sale"."quantity"), COUNT(*) FROM "sale" GROUP BY "sale"."person" HAVING (count("sale"."id") > $1)
;
SELECT max("sale"."quantity"), count( DISTINCT "sale"."id") FROM "sale" LIMIT $1
;
SELECT COUNT(*) FROM "shop"."person" WHERE EXISTS (SELECT "sale"."id", "sale"."person", "sale"."quantity", "sale"."at" FROM "sale" WHERE ("sale"."person" = "shop"."person"."id"))
;
SELECT DISTINCT lower("shop"."person"."name") FROM "shop"."person" WHERE (("shop"."person"."id" = ANY(SELECT "sale"."person" FROM "sale")) AND ("shop"."person"."tags" @> $1))
;
SELECT DISTINCT ON ("shop"."person"."name") "shop"."person"."name", "shop"."person"."id" FROM "shop"."person" ORDER BY "shop"."person"."name"
;
(SELECT "shop"."person"."id" FROM "shop"."person") UNION (SELECT "sale"."person" FROM "sale")
;
(SELECT "shop"."person"."id" FROM "shop"."person") INTERSECT (SELECT "sale"."person" FROM "sale")
;
SELECT "worker"."name", "boss_of"."name" FROM ("shop"."person" AS "worker" INNER JOIN "shop"."person" AS "boss_of" ON ("boss_of"."id" = "worker"."boss"))
;
SELECT "shop"."person"."id" FROM "shop"."person" WHERE (("shop"."person"."name" != ALL($1)) AND ("shop"."person"."tags" && $2))
;
SELECT EXISTS (SELECT "shop"."person"."id", "shop"."person"."name", "shop"."person"."email", "shop"."person"."boss", "shop"."person"."tags" FROM "shop"."person" WHERE ("shop"."person"."name" SIMILAR TO $1))
;
SELECT "shop"."person"."id" FROM "shop"."person" WHERE (("shop"."person"."name" IS DISTINCT FROM $1) AND length(name) > $2)
;
SELECT $1::int AS n FROM shop.person WHERE name = $2
;
SELECT avg("sale"."id") FROM "sale" WHERE ("sale"."quantity" > $1)
;
BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ WRITE DEFERRABLE
;
SELECT "shop"."person"."id" FROM "shop"."person" FOR UPDATE SKIP LOCKED
;
SELECT "shop"."person"."id" FROM "shop"."person" FOR NO KEY UPDATE NOWAIT
;
SELECT "shop"."person"."id" FROM "shop"."person" FOR SHARE
;
SAVEPOINT diesel_savepoint_1
;
UPDATE "shop"."person" SET "name" = $1
;
ROLLBACK TO SAVEPOINT diesel_savepoint_1
;
COMMIT
;
