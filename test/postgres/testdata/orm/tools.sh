#!/usr/bin/env bash
# Has psql describe a database with objects of every kind, in all its ways, and pg_dump dump it.
set -euo pipefail
psql -Xqv ON_ERROR_STOP=1 <<'SQL' >/dev/null
CREATE SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('new', 'old');
CREATE TYPE shop.pair AS (a int, b text);
CREATE TYPE shop.span AS RANGE (subtype = date);
CREATE DOMAIN shop.amount AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE SEQUENCE shop.numbers;
CREATE TABLE shop.person (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text COLLATE "C" NOT NULL UNIQUE, paid shop.amount DEFAULT 0, born date CHECK (born > '1900-01-01'));
CREATE TABLE shop.sale (id bigint DEFAULT nextval('shop.numbers'), person int REFERENCES shop.person ON DELETE CASCADE, at timestamptz NOT NULL, span tstzrange, EXCLUDE USING gist (span WITH &&));
CREATE TABLE shop.log (at date, text text) PARTITION BY RANGE (at);
CREATE TABLE shop.log_26 PARTITION OF shop.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON shop.sale USING brin (at) WHERE person > 0;
CREATE VIEW shop.rich AS SELECT * FROM shop.person WHERE paid > 100 WITH CHECK OPTION;
CREATE MATERIALIZED VIEW shop.totals AS SELECT person, count(*) FROM shop.sale GROUP BY person;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION shop.twice(n int) RETURNS int LANGUAGE sql RETURN n * 2;
CREATE PROCEDURE shop.nothing() LANGUAGE sql AS '';
CREATE AGGREGATE shop.total (int) (sfunc = int4pl, stype = int, initcond = 0);
CREATE TRIGGER touched BEFORE UPDATE ON shop.person FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE RULE kept AS ON DELETE TO shop.person DO INSTEAD NOTHING;
CREATE POLICY mine ON shop.sale FOR SELECT USING (person = 1);
ALTER TABLE shop.sale ENABLE ROW LEVEL SECURITY;
CREATE STATISTICS shop.both ON name, born FROM shop.person;
CREATE PUBLICATION news FOR TABLE shop.person WHERE (id > 1);
CREATE FUNCTION shop.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION shop.seen();
CREATE COLLATION shop.german FROM "C";
CREATE CAST (shop.pair AS text) WITH INOUT;
CREATE OPERATOR shop.<+> (leftarg = int, rightarg = int, function = int4pl);
COMMENT ON TABLE shop.person IS 'who buys';
GRANT SELECT (name) ON shop.person TO public;
GRANT USAGE ON SCHEMA shop TO public;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO public;
SQL
psql -Xq <<'SQL' >/dev/null
\d
\d+ shop.*
\dS pg_class
\d shop.person_pkey
\da+
\dA+
\dAc+
\dAf+
\dAo+
\dAp+
\db+
\dc+
\dC+
\dconfig+
\dd shop.*
\dD+ shop.*
\ddp
\dE+
\deu+
\des+
\dew+
\det+
\df+ shop.*
\dft
\dF+
\dFd+
\dFp+
\dFt+
\dg+
\di+ shop.*
\dl+
\dL+
\dm+ shop.*
\dn+
\do+ shop.*
\dO+ shop.*
\dp shop.*
\dPint+
\drds
\dRp+
\dRs+
\ds+ shop.*
\dt+ shop.*
\dT+ shop.*
\du+
\dv+ shop.*
\dx+
\dX+
\dy+
\l+
\sf shop.twice
\sv shop.rich
\z
\encoding
\conninfo
SQL
pg_dump >/dev/null
pg_dump --schema-only --schema=shop --no-owner >/dev/null
pg_dump --data-only --inserts --table=shop.person >/dev/null
pg_dumpall --globals-only >/dev/null
