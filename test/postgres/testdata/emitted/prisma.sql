-- What the program of this name sends, written by the tests with -capture prisma -update.
CREATE SCHEMA IF NOT EXISTS "public"
;
CREATE SCHEMA IF NOT EXISTS "shop"
;
CREATE TYPE "public"."State" AS ENUM ('new', 'old')
;
CREATE TABLE "shop"."Person" ("id" SERIAL NOT NULL, "name" VARCHAR(100) NOT NULL, "email" TEXT, "state" "public"."State" NOT NULL DEFAULT 'new', "created" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP, "updated" TIMESTAMP(3) NOT NULL, "bossId" INTEGER, CONSTRAINT "Person_pkey" PRIMARY KEY ("id"))
;
CREATE TABLE "public"."item" ("id" UUID NOT NULL, "name" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL DEFAULT 0, "attributes" JSONB NOT NULL DEFAULT '{}', "sizes" INTEGER[], "data" BYTEA, CONSTRAINT "item_pkey" PRIMARY KEY ("id"))
;
CREATE TABLE "public"."Sale" ("id" BIGSERIAL NOT NULL, "quantity" INTEGER NOT NULL, "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "personId" INTEGER NOT NULL, "itemId" UUID, CONSTRAINT "Sale_pkey" PRIMARY KEY ("id"))
;
CREATE TABLE "public"."_ItemToPerson" ("A" UUID NOT NULL, "B" INTEGER NOT NULL, CONSTRAINT "_ItemToPerson_AB_pkey" PRIMARY KEY ("A","B"))
;
CREATE UNIQUE INDEX "Person_email_key" ON "shop"."Person"("email")
;
CREATE INDEX "Person_name_state_idx" ON "shop"."Person"("name", "state")
;
CREATE UNIQUE INDEX "Sale_personId_itemId_key" ON "public"."Sale"("personId", "itemId")
;
ALTER TABLE "shop"."Person" ADD CONSTRAINT "Person_bossId_fkey" FOREIGN KEY ("bossId") REFERENCES "shop"."Person"("id") ON DELETE SET NULL ON UPDATE CASCADE
;
ALTER TABLE "public"."Sale" ADD CONSTRAINT "Sale_personId_fkey" FOREIGN KEY ("personId") REFERENCES "shop"."Person"("id") ON DELETE CASCADE ON UPDATE CASCADE
;
BEGIN
;
INSERT INTO "shop"."Person" ("name","email","state","created","updated") VALUES ($1,$2,CAST($3::text AS "public"."State"),$4,$5) RETURNING "shop"."Person"."id"
;
INSERT INTO "public"."item" ("id","name","price","attributes","sizes","data") VALUES ($1,$2,$3,$4,$5,$6) RETURNING "public"."item"."id"
;
INSERT INTO "public"."_ItemToPerson" ("B","A") VALUES ($1,$2) ON CONFLICT DO NOTHING
;
SELECT "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId" FROM "shop"."Person" WHERE "shop"."Person"."id" = $1 LIMIT $2 OFFSET $3
;
SELECT "public"."item"."id", "public"."item"."name", "public"."item"."price", "public"."item"."attributes", "public"."item"."sizes", "public"."item"."data", "t0"."B" AS "ItemToPerson@Person" FROM "public"."item" INNER JOIN "public"."_ItemToPerson" AS "t0" ON "t0"."A" = "public"."item"."id" WHERE (1=1 AND "t0"."B" = $1) OFFSET $2
;
COMMIT
;
SELECT "shop"."Person"."id" FROM "shop"."Person" WHERE ("shop"."Person"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3
;
INSERT INTO "shop"."Person" ("name","state","created","updated","bossId") VALUES ($1,CAST($2::text AS "public"."State"),$3,$4,$5) RETURNING "shop"."Person"."id"
;
SELECT "public"."item"."id" FROM "public"."item" WHERE ("public"."item"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3
;
INSERT INTO "public"."Sale" ("quantity","at","personId","itemId") VALUES ($1,$2,$3,$4) RETURNING "public"."Sale"."id"
;
INSERT INTO "shop"."Person" ("name","email","state","created","updated") VALUES ($1,null,CAST($2::text AS "public"."State"),$3,$4), ($5,$6,CAST($7::text AS "public"."State"),$8,$9) ON CONFLICT DO NOTHING
;
INSERT INTO "shop"."Person" ("name","state","created","updated") VALUES ($1,CAST($2::text AS "public"."State"),$3,$4), ($5,CAST($6::text AS "public"."State"),$7,$8) RETURNING "shop"."Person"."id"
;
UPDATE "shop"."Person" SET "name" = $1, "updated" = $2 WHERE ("shop"."Person"."email" = $3 AND 1=1) RETURNING "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId"
;
SELECT "public"."item"."id", "t0"."B" AS "ItemToPerson@Person" FROM "public"."item" INNER JOIN "public"."_ItemToPerson" AS "t0" ON "t0"."A" = "public"."item"."id" WHERE ("public"."item"."id" = $1 AND 1=1 AND "t0"."B" IN ($2)) OFFSET $3
;
DELETE FROM "public"."_ItemToPerson" WHERE ("public"."_ItemToPerson"."B" = ($1) AND "public"."_ItemToPerson"."A" IN ($2))
;
UPDATE "public"."item" SET "price" = ("public"."item"."price" + $1), "sizes" = "public"."item"."sizes" || $2, "attributes" = $3 WHERE ("public"."item"."id" = $4 AND 1=1) RETURNING "public"."item"."id", "public"."item"."name", "public"."item"."price", "public"."item"."attributes", "public"."item"."sizes", "public"."item"."data"
;
UPDATE "shop"."Person" SET "state" = CAST($1::text AS "public"."State"), "updated" = $2 WHERE ("shop"."Person"."state" = CAST($3::text AS "public"."State") AND "shop"."Person"."name" <> $4)
;
UPDATE "shop"."Person" SET "name" = $1, "updated" = $2 WHERE ("shop"."Person"."id") IN (SELECT "shop"."Person"."id" FROM "shop"."Person" WHERE "shop"."Person"."id" > $3 LIMIT $4) RETURNING "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId"
;
INSERT INTO "shop"."Person" ("name","email","state","created","updated") VALUES ($1,$2,CAST($3::text AS "public"."State"),$4,$5) ON CONFLICT ("email") DO UPDATE SET "name" = $6, "updated" = $7 WHERE ("shop"."Person"."email" = $8 AND 1=1) RETURNING "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId"
;
INSERT INTO "public"."Sale" ("quantity","at","personId","itemId") VALUES ($1,$2,$3,$4) ON CONFLICT ("personId","itemId") DO UPDATE SET "quantity" = ("public"."Sale"."quantity" * $5) WHERE (("public"."Sale"."personId" = $6 AND "public"."Sale"."itemId" = $7) AND 1=1) RETURNING "public"."Sale"."id", "public"."Sale"."quantity", "public"."Sale"."at", "public"."Sale"."personId", "public"."Sale"."itemId"
;
SELECT "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId" FROM "shop"."Person" WHERE ("shop"."Person"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3
;
SELECT "public"."Sale"."id", "public"."Sale"."personId" FROM "public"."Sale" WHERE ("public"."Sale"."quantity" < $1 AND "public"."Sale"."personId" IN ($2)) OFFSET $3
;
UPDATE "public"."Sale" SET "quantity" = $1 WHERE ("public"."Sale"."id" IN ($2) AND 1=1)
;
SELECT "public"."Sale"."id", "public"."Sale"."personId" FROM "public"."Sale" WHERE ("public"."Sale"."quantity" = $1 AND "public"."Sale"."personId" IN ($2)) OFFSET $3
;
DELETE FROM "public"."Sale" WHERE ("public"."Sale"."id" IN (NULL) AND 1=1)
;
SELECT "public"."Sale"."id", "public"."Sale"."personId" FROM "public"."Sale" WHERE ("public"."Sale"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3
;
INSERT INTO "public"."Sale" ("quantity","at","personId") VALUES ($1,$2,$3) RETURNING "public"."Sale"."id"
;
DELETE FROM "shop"."Person" WHERE ("shop"."Person"."email" = $1 AND 1=1) RETURNING "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId"
;
DELETE FROM "shop"."Person" WHERE "shop"."Person"."name" IN ($1,$2)
;
SELECT "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId" FROM "shop"."Person" WHERE ("shop"."Person"."email" = $1 AND 1=1) LIMIT $2 OFFSET $3
;
SELECT "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId", COALESCE("aggr_selection_0_Sale"."_aggr_count_sales", 0) AS "_aggr_count_sales", COALESCE("aggr_selection_1_Item"."_aggr_count_wishes", 0) AS "_aggr_count_wishes" FROM "shop"."Person" LEFT JOIN (SELECT "public"."Sale"."personId", COUNT(*) AS "_aggr_count_sales" FROM "public"."Sale" WHERE 1=1 GROUP BY "public"."Sale"."personId") AS "aggr_selection_0_Sale" ON ("shop"."Person"."id" = "aggr_selection_0_Sale"."personId") LEFT JOIN (SELECT "public"."_ItemToPerson"."B", COUNT("public"."_ItemToPerson"."B") AS "_aggr_count_wishes" FROM "public"."item" LEFT JOIN "public"."_ItemToPerson" ON ("public"."item"."id" = "public"."_ItemToPerson"."A") WHERE 1=1 GROUP BY "public"."_ItemToPerson"."B") AS "aggr_selection_1_Item" ON ("shop"."Person"."id" = "aggr_selection_1_Item"."B") WHERE "shop"."Person"."id" = $1 LIMIT $2 OFFSET $3
;
SELECT "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId" FROM "shop"."Person" WHERE "shop"."Person"."id" IN ($1) OFFSET $2
;
SELECT "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId" FROM "shop"."Person" WHERE "shop"."Person"."bossId" IN ($1) OFFSET $2
;
SELECT "public"."Sale"."id", "public"."Sale"."quantity", "public"."Sale"."at", "public"."Sale"."personId", "public"."Sale"."itemId" FROM "public"."Sale" WHERE "public"."Sale"."personId" IN ($1) OFFSET $2
;
SELECT "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId" FROM "shop"."Person" WHERE ("shop"."Person"."name" ILIKE ('%' || $1 || '%') OR "shop"."Person"."email" IS NULL OR ("shop"."Person"."id" >= $2 AND "shop"."Person"."id" <= $3 AND (NOT "shop"."Person"."state" = CAST($4::text AS "public"."State")))) ORDER BY "shop"."Person"."name" DESC, "shop"."Person"."email"ASC NULLS LAST LIMIT $5 OFFSET $6
;
SELECT "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId" FROM "shop"."Person" LEFT JOIN (SELECT "public"."Sale"."personId", COUNT(*) AS "orderby_aggregator" FROM "public"."Sale" WHERE 1=1 GROUP BY "public"."Sale"."personId") AS "orderby_1_Sale" ON ("shop"."Person"."id" = "orderby_1_Sale"."personId") WHERE (EXISTS(SELECT "t0"."personId" FROM "public"."Sale" AS "t0" LEFT JOIN "public"."item" AS "j1" ON ("j1"."id") = ("t0"."itemId") WHERE ("j1"."price" > $1 AND ("j1"."id" IS NOT NULL) AND ("shop"."Person"."id") = ("t0"."personId") AND "t0"."personId" IS NOT NULL)) AND NOT EXISTS(SELECT "t2"."personId" FROM "public"."Sale" AS "t2" WHERE ("t2"."quantity" = $2 AND ("shop"."Person"."id") = ("t2"."personId") AND "t2"."personId" IS NOT NULL)) AND NOT EXISTS(SELECT "t3"."personId" FROM "public"."Sale" AS "t3" WHERE ((NOT "t3"."quantity" > $3) AND ("shop"."Person"."id") = ("t3"."personId") AND "t3"."personId" IS NOT NULL)) AND (NOT ("shop"."Person"."bossId" IS NULL))) ORDER BY COALESCE("orderby_1_Sale"."orderby_aggregator", $4) DESC OFFSET $5
;
SELECT "shop"."Person"."id", "shop"."Person"."name" FROM "shop"."Person" WHERE "shop"."Person"."id" >= (SELECT "shop"."Person"."id" FROM "shop"."Person" WHERE ("shop"."Person"."id") = ($1)) ORDER BY "shop"."Person"."id" ASC OFFSET $2
;
SELECT "public"."item"."id", "public"."item"."name", "public"."item"."price", "public"."item"."attributes", "public"."item"."sizes", "public"."item"."data", "t0"."B" AS "ItemToPerson@Person" FROM "public"."item" INNER JOIN "public"."_ItemToPerson" AS "t0" ON "t0"."A" = "public"."item"."id" WHERE ("public"."item"."name"::text LIKE ($1 || '%') AND "t0"."B" IN ($2,$3)) ORDER BY "public"."item"."price" ASC OFFSET $4
;
SELECT "public"."item"."id", "public"."item"."name", "public"."item"."price", "public"."item"."attributes", "public"."item"."sizes", "public"."item"."data" FROM "public"."item" WHERE ((("public"."item"."attributes"#>ARRAY[$1, $2]::text[])::jsonb @> $3 AND JSONB_TYPEOF(("public"."item"."attributes"#>ARRAY[$4, $5]::text[])::jsonb) = $6) AND "public"."item"."sizes" && $7 AND "public"."item"."name"::text LIKE ('%' || $8)) OFFSET $9
;
SELECT "public"."item"."id", "public"."item"."name", "public"."item"."price", "public"."item"."attributes", "public"."item"."sizes", "public"."item"."data" FROM "public"."item" WHERE ("public"."item"."sizes" <> '{}' AND (("public"."item"."attributes"#>>ARRAY[$1]::text[]) LIKE ('%' || $2 || '%') AND JSONB_TYPEOF(("public"."item"."attributes"#>ARRAY[$3]::text[])::jsonb) = $4)) OFFSET $5
;
SELECT COUNT(*) AS "_count$_all" FROM (SELECT "public"."item"."id" FROM "public"."item" WHERE "public"."item"."sizes" @> $1 OFFSET $2) AS "sub"
;
SELECT SUM("quantity") AS "_sum$quantity", AVG("quantity") AS "_avg$quantity", MIN("at") AS "_min$at", MAX("at") AS "_max$at", COUNT(*) AS "_count$_all" FROM (SELECT "public"."Sale"."quantity", "public"."Sale"."at", "public"."Sale"."id" FROM "public"."Sale" WHERE 1=1 OFFSET $1) AS "sub"
;
SELECT COUNT("email") AS "_count$email", COUNT(*) AS "_count$_all" FROM (SELECT "shop"."Person"."email" FROM "shop"."Person" WHERE "shop"."Person"."name" = $1 OFFSET $2) AS "sub"
;
SELECT SUM("public"."Sale"."quantity") AS "_sum$quantity", "public"."Sale"."personId" FROM "public"."Sale" WHERE "public"."Sale"."quantity" > $1 GROUP BY "public"."Sale"."personId" HAVING AVG("public"."Sale"."quantity") > $2 ORDER BY SUM("public"."Sale"."quantity") DESC LIMIT $3 OFFSET $4
;
SELECT "id", "name" FROM "shop"."Person" WHERE "id" IN ($1,$2) AND "name" = $3
;
UPDATE "public"."Sale" SET "quantity" = "quantity" + $1 WHERE "id" = $2
;
SELECT $1::text AS t
;
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
;
SELECT COUNT(*) AS "_count$_all" FROM (SELECT "shop"."Person"."id" FROM "shop"."Person" WHERE 1=1 OFFSET $1) AS "sub"
;
SELECT "public"."Sale"."id", "public"."Sale"."quantity", "public"."Sale"."at", "public"."Sale"."personId", "public"."Sale"."itemId" FROM "public"."Sale" WHERE 1=1 ORDER BY "public"."Sale"."id" ASC LIMIT $1 OFFSET $2
;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
;
INSERT INTO "shop"."Person" ("name","state","created","updated") VALUES ($1,CAST($2::text AS "public"."State"),$3,$4) RETURNING "shop"."Person"."id", "shop"."Person"."name", "shop"."Person"."email", "shop"."Person"."state"::text, "shop"."Person"."created", "shop"."Person"."updated", "shop"."Person"."bossId"
;
SELECT 1 FROM "shop"."Person" FOR UPDATE SKIP LOCKED
;
ROLLBACK
;
