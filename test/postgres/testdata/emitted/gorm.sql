-- What the program of this name sends, written by the tests with -capture gorm -update.
-- ping
;
SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name = $1 AND table_type = $2
;
CREATE TABLE "people" ("id" bigserial,"created_at" timestamptz,"updated_at" timestamptz,"deleted_at" timestamptz,"name" text NOT NULL,"email" text,"boss_id" bigint,PRIMARY KEY ("id"),CONSTRAINT "fk_people_boss" FOREIGN KEY ("boss_id") REFERENCES "people"("id"),CONSTRAINT "chk_people_name" CHECK (name <> ''))
;
CREATE UNIQUE INDEX IF NOT EXISTS "idx_people_email" ON "people" ("email")
;
CREATE INDEX IF NOT EXISTS "idx_people_name" ON "people" ("name")
;
CREATE INDEX IF NOT EXISTS "idx_people_deleted_at" ON "people" ("deleted_at")
;
CREATE TABLE "items" ("id" uuid DEFAULT gen_random_uuid(),"name" varchar(100),"price" numeric(10,2),"attributes" jsonb DEFAULT '{}',PRIMARY KEY ("id"))
;
CREATE INDEX IF NOT EXISTS "dear" ON "items" ("price") WHERE price > 100
;
CREATE TABLE "wishes" ("person_id" bigint,"item_id" uuid DEFAULT gen_random_uuid(),PRIMARY KEY ("person_id","item_id"),CONSTRAINT "fk_wishes_person" FOREIGN KEY ("person_id") REFERENCES "people"("id"),CONSTRAINT "fk_wishes_item" FOREIGN KEY ("item_id") REFERENCES "items"("id"))
;
CREATE TABLE "sales" ("id" bigserial,"person_id" bigint,"item_id" uuid,"quantity" bigint,"at" timestamptz,PRIMARY KEY ("id"),CONSTRAINT "fk_people_sales" FOREIGN KEY ("person_id") REFERENCES "people"("id"),CONSTRAINT "fk_sales_item" FOREIGN KEY ("item_id") REFERENCES "items"("id"))
;
SELECT CURRENT_DATABASE()
;
SELECT c.column_name, c.is_nullable = 'YES', c.udt_name, c.character_maximum_length, c.numeric_precision, c.numeric_precision_radix, c.numeric_scale, c.datetime_precision, 8 * typlen, c.column_default, pd.description, c.identity_increment FROM information_schema.columns AS c JOIN pg_type AS pgt ON c.udt_name = pgt.typname LEFT JOIN pg_catalog.pg_description as pd ON pd.objsubid = c.ordinal_position AND pd.objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = c.table_name AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = c.table_schema)) where table_catalog = $1 AND table_schema = CURRENT_SCHEMA() AND table_name = $2
;
SELECT * FROM "people" LIMIT  '1'
;
SELECT constraint_name FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog = $1 AND c.table_schema = CURRENT_SCHEMA() AND c.table_name = $2 AND constraint_type = $3
;
SELECT c.column_name, constraint_name, constraint_type FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog = $1 AND c.table_schema = CURRENT_SCHEMA() AND c.table_name = $2
;
SELECT a.attname as column_name, format_type(a.atttypid, a.atttypmod) AS data_type	FROM pg_attribute a JOIN pg_class b ON a.attrelid = b.oid AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA())	WHERE a.attnum > 0	AND NOT a.attisdropped	AND b.relname = $1
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name = $1 AND column_name = $2) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = $3 AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name = $1 AND constraint_name = $2
;
SELECT count(*) FROM pg_indexes WHERE tablename = $1 AND indexname = $2 AND schemaname = CURRENT_SCHEMA()
;
SELECT * FROM "items" LIMIT  '1'
;
SELECT * FROM "wishes" LIMIT  '1'
;
SELECT * FROM "sales" LIMIT  '1'
;
begin
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ($1,$2,$3,$4,$5,$6) RETURNING "id"
;
INSERT INTO "items" ("name","price","attributes") VALUES ($1,$2,$3) ON CONFLICT DO NOTHING RETURNING "id"
;
INSERT INTO "sales" ("person_id","item_id","quantity","at") VALUES ($1,$2,$3,$4) ON CONFLICT ("id") DO UPDATE SET "person_id"="excluded"."person_id" RETURNING "id"
;
INSERT INTO "wishes" ("person_id","item_id") VALUES ($1,$2) ON CONFLICT DO NOTHING RETURNING "item_id"
;
commit
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ($1,$2,$3,$4,$5,$6),($7,$8,$9,$10,$11,$12) RETURNING "id"
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT ("email") DO UPDATE SET "name"="excluded"."name" RETURNING "id"
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING RETURNING *
;
UPDATE "people" SET "boss_id"=$1,"name"=upper(name),"updated_at"=$2 WHERE "people"."deleted_at" IS NULL AND "id" = $3
;
INSERT INTO "items" ("name","price","attributes","id") VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING RETURNING "id"
;
INSERT INTO "sales" ("person_id","item_id","quantity","at","id") VALUES ($1,$2,$3,$4,$5) ON CONFLICT ("id") DO UPDATE SET "person_id"="excluded"."person_id" RETURNING "id"
;
UPDATE "people" SET "created_at"=$1,"updated_at"=$2,"deleted_at"=$3,"name"=$4,"email"=$5,"boss_id"=$6 WHERE "people"."deleted_at" IS NULL AND "id" = $7
;
UPDATE "people" SET "name"=$1 WHERE name IN ($2,$3) AND "people"."deleted_at" IS NULL
;
UPDATE "people" SET "name"=$1,"updated_at"=$2 WHERE id > $3 AND "people"."deleted_at" IS NULL RETURNING "id"
;
UPDATE "people" SET "deleted_at"=$1 WHERE name LIKE $2 AND "people"."deleted_at" IS NULL
;
DELETE FROM "people" WHERE "people"."id" IN ($1,$2)
;
SELECT * FROM "people" WHERE "people"."id" = $1 AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT $2
;
SELECT * FROM "people" WHERE "people"."deleted_at" IS NULL ORDER BY "people"."id" DESC LIMIT $1
;
SELECT * FROM "people" WHERE "people"."deleted_at" IS NULL LIMIT $1
;
SELECT "people"."id","people"."created_at","people"."updated_at","people"."deleted_at","people"."name","people"."email","people"."boss_id","Boss"."id" AS "Boss__id","Boss"."created_at" AS "Boss__created_at","Boss"."updated_at" AS "Boss__updated_at","Boss"."deleted_at" AS "Boss__deleted_at","Boss"."name" AS "Boss__name","Boss"."email" AS "Boss__email","Boss"."boss_id" AS "Boss__boss_id" FROM "people" LEFT JOIN "people" "Boss" ON "people"."boss_id" = "Boss"."id" AND "Boss"."deleted_at" IS NULL WHERE "people"."deleted_at" IS NULL ORDER BY people.id desc LIMIT $1
;
SELECT * FROM "sales" WHERE "sales"."person_id" IN ($1,$2)
;
SELECT * FROM "wishes" WHERE "wishes"."person_id" IN ($1,$2)
;
SELECT "sales"."id","sales"."person_id","sales"."item_id","sales"."quantity","sales"."at","Item"."id" AS "Item__id","Item"."name" AS "Item__name","Item"."price" AS "Item__price","Item"."attributes" AS "Item__attributes" FROM "sales" INNER JOIN "items" "Item" ON "sales"."item_id" = "Item"."id" AND "Item"."name" = $1 WHERE quantity BETWEEN $2 AND $3
;
SELECT * FROM "people" WHERE (name = $1 OR name ILIKE $2) AND "people"."boss_id" <> $3 AND "people"."deleted_at" IS NULL
;
SELECT person_id, sum(quantity) AS n, count(*) FILTER (WHERE quantity > 1) FROM "sales" GROUP BY "person_id" HAVING sum(quantity) > $1
;
SELECT count(*) FROM "people" WHERE EXISTS (SELECT 1 FROM "sales" WHERE sales.person_id = people.id) AND "people"."deleted_at" IS NULL
;
SELECT DISTINCT "name" FROM "people" WHERE "people"."deleted_at" IS NULL
;
SELECT "id" FROM (SELECT id, row_number() over (partition by name order by id) AS r FROM "people" WHERE "people"."deleted_at" IS NULL) AS p WHERE r = 1
;
WITH t AS (SELECT * FROM items WHERE attributes @> $1) SELECT id FROM t
;
SELECT * FROM "items" WHERE attributes ->> 'a' = $1
;
SELECT * FROM "people" WHERE "people"."name" = $1 AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT $2
;
SELECT * FROM "people" WHERE 1 = 1 AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT $1
;
SELECT * FROM "people" WHERE 1 = 1 AND "people"."id" > $1 AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT $2
;
UPDATE "people" SET "updated_at"=$1 WHERE "people"."deleted_at" IS NULL AND "id" = $2
;
INSERT INTO "items" ("name","price","attributes","id") VALUES ($1,$2,$3,$4),($5,$6,$7,DEFAULT) ON CONFLICT DO NOTHING RETURNING "id"
;
INSERT INTO "wishes" ("person_id","item_id") VALUES ($1,$2),($3,$4) ON CONFLICT DO NOTHING RETURNING "item_id"
;
DELETE FROM "wishes" WHERE "wishes"."person_id" = $1
;
SELECT * FROM "sales" WHERE "sales"."person_id" = $1
;
SELECT * FROM "people" WHERE "people"."deleted_at" IS NULL FOR UPDATE SKIP LOCKED
;
SAVEPOINT sp5589680118069913213
;
INSERT INTO "items" ("name","price","attributes") VALUES ($1,$2,$3) RETURNING "id"
;
ROLLBACK TO SAVEPOINT sp5589680118069913213
;
SAVEPOINT s
;
ROLLBACK TO SAVEPOINT s
;
ALTER TABLE "items" RENAME COLUMN "name" TO "title"
;
DROP INDEX "dear"
;
DROP TABLE IF EXISTS "people" CASCADE
;
DROP TABLE IF EXISTS "items" CASCADE
;
DROP TABLE IF EXISTS "sales" CASCADE
;
DROP TABLE IF EXISTS "wishes" CASCADE
;
SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND table_type =  'BASE TABLE'
;
SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'items'  AND table_type =  'BASE TABLE'
;
SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'wishes'  AND table_type =  'BASE TABLE'
;
SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'sales'  AND table_type =  'BASE TABLE'
;
CREATE TABLE "sales" ("id" bigserial,"person_id" bigint,"item_id" uuid,"quantity" bigint,"at" timestamptz,PRIMARY KEY ("id"),CONSTRAINT "fk_sales_item" FOREIGN KEY ("item_id") REFERENCES "items"("id"),CONSTRAINT "fk_people_sales" FOREIGN KEY ("person_id") REFERENCES "people"("id"))
;
SELECT c.column_name, c.is_nullable = 'YES', c.udt_name, c.character_maximum_length, c.numeric_precision, c.numeric_precision_radix, c.numeric_scale, c.datetime_precision, 8 * typlen, c.column_default, pd.description, c.identity_increment FROM information_schema.columns AS c JOIN pg_type AS pgt ON c.udt_name = pgt.typname LEFT JOIN pg_catalog.pg_description as pd ON pd.objsubid = c.ordinal_position AND pd.objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = c.table_name AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = c.table_schema)) where table_catalog =  'gorm'  AND table_schema = CURRENT_SCHEMA() AND table_name =  'people'
;
SELECT constraint_name FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'gorm'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'people'  AND constraint_type =  'UNIQUE'
;
SELECT c.column_name, constraint_name, constraint_type FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'gorm'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'people'
;
SELECT a.attname as column_name, format_type(a.atttypid, a.atttypmod) AS data_type	FROM pg_attribute a JOIN pg_class b ON a.attrelid = b.oid AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA())	WHERE a.attnum > 0	AND NOT a.attisdropped	AND b.relname =  'people'
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND column_name =  'id' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'people'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND column_name =  'created_at' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'people'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND column_name =  'updated_at' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'people'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND column_name =  'deleted_at' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'people'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND column_name =  'name' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'people'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND column_name =  'email' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'people'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND column_name =  'boss_id' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'people'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND constraint_name =  'fk_people_boss'
;
SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'people'  AND constraint_name =  'chk_people_name'
;
SELECT count(*) FROM pg_indexes WHERE tablename =  'people'  AND indexname =  'idx_people_deleted_at'  AND schemaname = CURRENT_SCHEMA()
;
SELECT count(*) FROM pg_indexes WHERE tablename =  'people'  AND indexname =  'idx_people_name'  AND schemaname = CURRENT_SCHEMA()
;
SELECT count(*) FROM pg_indexes WHERE tablename =  'people'  AND indexname =  'idx_people_email'  AND schemaname = CURRENT_SCHEMA()
;
SELECT c.column_name, c.is_nullable = 'YES', c.udt_name, c.character_maximum_length, c.numeric_precision, c.numeric_precision_radix, c.numeric_scale, c.datetime_precision, 8 * typlen, c.column_default, pd.description, c.identity_increment FROM information_schema.columns AS c JOIN pg_type AS pgt ON c.udt_name = pgt.typname LEFT JOIN pg_catalog.pg_description as pd ON pd.objsubid = c.ordinal_position AND pd.objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = c.table_name AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = c.table_schema)) where table_catalog =  'gorm'  AND table_schema = CURRENT_SCHEMA() AND table_name =  'items'
;
SELECT constraint_name FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'gorm'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'items'  AND constraint_type =  'UNIQUE'
;
SELECT c.column_name, constraint_name, constraint_type FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'gorm'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'items'
;
SELECT a.attname as column_name, format_type(a.atttypid, a.atttypmod) AS data_type	FROM pg_attribute a JOIN pg_class b ON a.attrelid = b.oid AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA())	WHERE a.attnum > 0	AND NOT a.attisdropped	AND b.relname =  'items'
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'items'  AND column_name =  'id' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'items'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'items'  AND column_name =  'name' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'items'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'items'  AND column_name =  'price' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'items'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'items'  AND column_name =  'attributes' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'items'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT count(*) FROM pg_indexes WHERE tablename =  'items'  AND indexname =  'dear'  AND schemaname = CURRENT_SCHEMA()
;
SELECT c.column_name, c.is_nullable = 'YES', c.udt_name, c.character_maximum_length, c.numeric_precision, c.numeric_precision_radix, c.numeric_scale, c.datetime_precision, 8 * typlen, c.column_default, pd.description, c.identity_increment FROM information_schema.columns AS c JOIN pg_type AS pgt ON c.udt_name = pgt.typname LEFT JOIN pg_catalog.pg_description as pd ON pd.objsubid = c.ordinal_position AND pd.objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = c.table_name AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = c.table_schema)) where table_catalog =  'gorm'  AND table_schema = CURRENT_SCHEMA() AND table_name =  'wishes'
;
SELECT constraint_name FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'gorm'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'wishes'  AND constraint_type =  'UNIQUE'
;
SELECT c.column_name, constraint_name, constraint_type FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'gorm'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'wishes'
;
SELECT a.attname as column_name, format_type(a.atttypid, a.atttypmod) AS data_type	FROM pg_attribute a JOIN pg_class b ON a.attrelid = b.oid AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA())	WHERE a.attnum > 0	AND NOT a.attisdropped	AND b.relname =  'wishes'
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'wishes'  AND column_name =  'person_id' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'wishes'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'wishes'  AND column_name =  'item_id' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'wishes'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'wishes'  AND constraint_name =  'fk_wishes_item'
;
SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'wishes'  AND constraint_name =  'fk_wishes_person'
;
SELECT c.column_name, c.is_nullable = 'YES', c.udt_name, c.character_maximum_length, c.numeric_precision, c.numeric_precision_radix, c.numeric_scale, c.datetime_precision, 8 * typlen, c.column_default, pd.description, c.identity_increment FROM information_schema.columns AS c JOIN pg_type AS pgt ON c.udt_name = pgt.typname LEFT JOIN pg_catalog.pg_description as pd ON pd.objsubid = c.ordinal_position AND pd.objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = c.table_name AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = c.table_schema)) where table_catalog =  'gorm'  AND table_schema = CURRENT_SCHEMA() AND table_name =  'sales'
;
SELECT constraint_name FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'gorm'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'sales'  AND constraint_type =  'UNIQUE'
;
SELECT c.column_name, constraint_name, constraint_type FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'gorm'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'sales'
;
SELECT a.attname as column_name, format_type(a.atttypid, a.atttypmod) AS data_type	FROM pg_attribute a JOIN pg_class b ON a.attrelid = b.oid AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA())	WHERE a.attnum > 0	AND NOT a.attisdropped	AND b.relname =  'sales'
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'sales'  AND column_name =  'id' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'sales'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'sales'  AND column_name =  'person_id' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'sales'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'sales'  AND column_name =  'item_id' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'sales'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'sales'  AND column_name =  'quantity' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'sales'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT description FROM pg_catalog.pg_description WHERE objsubid = (SELECT ordinal_position FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'sales'  AND column_name =  'at' ) AND objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname =  'sales'  AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA()))
;
SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'sales'  AND constraint_name =  'fk_sales_item'
;
SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'sales'  AND constraint_name =  'fk_people_sales'
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ( '2026-11-27 12:04:50.52723Z' , '2026-11-27 12:04:50.52723Z' , null , 'a' , 'a@x.org' , null ) RETURNING "id"
;
INSERT INTO "items" ("name","price","attributes") VALUES ( 'i' , '0' , '{}' ) ON CONFLICT DO NOTHING RETURNING "id"
;
INSERT INTO "sales" ("person_id","item_id","quantity","at") VALUES ( '1' , '4004edff-0f90-45fa-91b3-a013dcd0d61e' , '1' , '2026-11-27 12:04:50.530288Z' ) ON CONFLICT ("id") DO UPDATE SET "person_id"="excluded"."person_id" RETURNING "id"
;
INSERT INTO "items" ("name","price","attributes") VALUES ( 'it''s' , '3' , '{}' ) ON CONFLICT DO NOTHING RETURNING "id"
;
INSERT INTO "wishes" ("person_id","item_id") VALUES ( '1' , 'bccf7120-15cb-413f-bdf3-9c95d34fac6a' ) ON CONFLICT DO NOTHING RETURNING "item_id"
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ( '2026-11-27 12:04:50.534258Z' , '2026-11-27 12:04:50.534258Z' , null , 'b' , null , '1' ),( '2026-11-27 12:04:50.534258Z' , '2026-11-27 12:04:50.534258Z' , null , 'c' , null , null ) RETURNING "id"
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ( '2026-11-27 12:04:50.534613Z' , '2026-11-27 12:04:50.534613Z' , null , 'd' , null , null ) RETURNING "id"
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ( '2026-11-27 12:04:50.536179Z' , '2026-11-27 12:04:50.536179Z' , null , 'x' , 'a@x.org' , null ) ON CONFLICT ("email") DO UPDATE SET "name"="excluded"."name" RETURNING "id"
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ( '2026-11-27 12:04:50.536612Z' , '2026-11-27 12:04:50.536612Z' , null , 'x' , 'a@x.org' , null ) ON CONFLICT DO NOTHING RETURNING *
;
UPDATE "people" SET "boss_id"= null ,"name"=upper(name),"updated_at"= '2026-11-27 12:04:50.537477Z'  WHERE "people"."deleted_at" IS NULL AND "id" =  '1'
;
INSERT INTO "items" ("name","price","attributes","id") VALUES ( 'i' , '0' , '{}' , '4004edff-0f90-45fa-91b3-a013dcd0d61e' ) ON CONFLICT DO NOTHING RETURNING "id"
;
INSERT INTO "sales" ("person_id","item_id","quantity","at","id") VALUES ( '1' , '4004edff-0f90-45fa-91b3-a013dcd0d61e' , '1' , '2026-11-27 12:04:50.530288Z' , '1' ) ON CONFLICT ("id") DO UPDATE SET "person_id"="excluded"."person_id" RETURNING "id"
;
INSERT INTO "items" ("name","price","attributes","id") VALUES ( 'it''s' , '3' , '{}' , 'bccf7120-15cb-413f-bdf3-9c95d34fac6a' ) ON CONFLICT DO NOTHING RETURNING "id"
;
UPDATE "people" SET "created_at"= '2026-11-27 12:04:50.52723Z' ,"updated_at"= '2026-11-27 12:04:50.545348Z' ,"deleted_at"= null ,"name"= 'a' ,"email"= 'a@x.org' ,"boss_id"= null  WHERE "people"."deleted_at" IS NULL AND "id" =  '1'
;
UPDATE "people" SET "name"= 'bb'  WHERE name IN ( 'b' , 'c' ) AND "people"."deleted_at" IS NULL
;
UPDATE "people" SET "name"= 'z' ,"updated_at"= '2026-11-27 12:04:50.551005Z'  WHERE id >  '2'  AND "people"."deleted_at" IS NULL RETURNING "id"
;
UPDATE "people" SET "deleted_at"= '2026-11-27 12:04:50.552788Z'  WHERE name LIKE  '%q%'  AND "people"."deleted_at" IS NULL
;
DELETE FROM "people" WHERE "people"."id" IN ( '98' , '99' )
;
SELECT * FROM "people" WHERE "people"."id" =  '1'  AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT  '1'
;
SELECT * FROM "people" WHERE "people"."deleted_at" IS NULL ORDER BY "people"."id" DESC LIMIT  '1'
;
SELECT * FROM "people" WHERE "people"."deleted_at" IS NULL LIMIT  '1'
;
SELECT "people"."id","people"."created_at","people"."updated_at","people"."deleted_at","people"."name","people"."email","people"."boss_id","Boss"."id" AS "Boss__id","Boss"."created_at" AS "Boss__created_at","Boss"."updated_at" AS "Boss__updated_at","Boss"."deleted_at" AS "Boss__deleted_at","Boss"."name" AS "Boss__name","Boss"."email" AS "Boss__email","Boss"."boss_id" AS "Boss__boss_id" FROM "people" LEFT JOIN "people" "Boss" ON "people"."boss_id" = "Boss"."id" AND "Boss"."deleted_at" IS NULL WHERE "people"."deleted_at" IS NULL ORDER BY people.id desc LIMIT  '2'
;
SELECT * FROM "sales" WHERE "sales"."person_id" IN ( '4' , '3' )
;
SELECT * FROM "wishes" WHERE "wishes"."person_id" IN ( '4' , '3' )
;
SELECT "sales"."id","sales"."person_id","sales"."item_id","sales"."quantity","sales"."at","Item"."id" AS "Item__id","Item"."name" AS "Item__name","Item"."price" AS "Item__price","Item"."attributes" AS "Item__attributes" FROM "sales" INNER JOIN "items" "Item" ON "sales"."item_id" = "Item"."id" AND "Item"."name" =  'i'  WHERE quantity BETWEEN  '0'  AND  '9'
;
SELECT * FROM "people" WHERE (name =  'a'  OR name ILIKE  'z%' ) AND "people"."boss_id" <>  '5'  AND "people"."deleted_at" IS NULL
;
SELECT person_id, sum(quantity) AS n, count(*) FILTER (WHERE quantity > 1) FROM "sales" GROUP BY "person_id" HAVING sum(quantity) >  '0'
;
WITH t AS (SELECT * FROM items WHERE attributes @>  '{}' ) SELECT id FROM t
;
SELECT * FROM "items" WHERE attributes ->> 'a' =  'x'
;
SELECT * FROM "people" WHERE "people"."name" =  'new'  AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT  '1'
;
INSERT INTO "people" ("created_at","updated_at","deleted_at","name","email","boss_id") VALUES ( '2026-11-27 12:04:50.571169Z' , '2026-11-27 12:04:50.571169Z' , null , 'new' , null , '1' ) RETURNING "id"
;
SELECT * FROM "people" WHERE 1 = 1 AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT  '2'
;
SELECT * FROM "people" WHERE 1 = 1 AND "people"."id" >  '2'  AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT  '2'
;
SELECT * FROM "people" WHERE 1 = 1 AND "people"."id" >  '4'  AND "people"."deleted_at" IS NULL ORDER BY "people"."id" LIMIT  '2'
;
UPDATE "people" SET "updated_at"= '2026-11-27 12:04:50.573291Z'  WHERE "people"."deleted_at" IS NULL AND "id" =  '1'
;
INSERT INTO "items" ("name","price","attributes","id") VALUES ( 'it''s' , '3' , '{}' , 'bccf7120-15cb-413f-bdf3-9c95d34fac6a' ),( 'it''s' , '3' , '{}' ,DEFAULT) ON CONFLICT DO NOTHING RETURNING "id"
;
INSERT INTO "wishes" ("person_id","item_id") VALUES ( '1' , 'bccf7120-15cb-413f-bdf3-9c95d34fac6a' ),( '1' , '04d6a23f-38ec-4c92-bf03-7d9c7fa908ab' ) ON CONFLICT DO NOTHING RETURNING "item_id"
;
DELETE FROM "wishes" WHERE "wishes"."person_id" =  '1'
;
SELECT * FROM "sales" WHERE "sales"."person_id" =  '1'
;
SAVEPOINT sp2978340732633656120
;
INSERT INTO "items" ("name","price","attributes") VALUES ( 'undone' , '0' , '{}' ) RETURNING "id"
;
ROLLBACK TO SAVEPOINT sp2978340732633656120
;
