-- What tools ask: consoles that show a database, dashboards, and exporters of statistics. Each reads, and no more.

-- Consoles: who and where, then databases, schemas, tables, columns, keys, indexes, functions, rows.
SELECT version(), current_database(), current_user, session_user, current_schema(), pg_backend_pid(), inet_server_addr(), inet_server_port(), pg_is_in_recovery();
SELECT current_setting('server_version_num')::int / 100.0, current_setting('is_superuser', true), pg_postmaster_start_time(), pg_conf_load_time(), txid_current_if_assigned();
SHOW search_path;
SHOW transaction_read_only;
SHOW server_version;
SELECT set_config('bytea_output', 'hex', false) FROM pg_show_all_settings() WHERE name = 'bytea_output';
SELECT db.oid AS did, db.datname, pg_catalog.pg_get_userbyid(db.datdba) AS owner, pg_catalog.pg_encoding_to_char(db.encoding), db.datallowconn, db.datcollate,
  pg_catalog.has_database_privilege(db.oid, 'CREATE') AS cancreate, pg_catalog.shobj_description(db.oid, 'pg_database'), pg_catalog.array_to_string(db.datacl, E'\n') FROM pg_catalog.pg_database db
  LEFT OUTER JOIN pg_catalog.pg_tablespace ta ON db.dattablespace = ta.oid WHERE db.datallowconn OR NOT db.datistemplate ORDER BY 2;
SELECT n.oid, n.*, d.description FROM pg_catalog.pg_namespace n LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = n.oid AND d.objsubid = 0 AND d.classoid = 'pg_namespace'::regclass
  WHERE n.nspname !~ '^pg_' OR n.oid = pg_my_temp_schema() ORDER BY nspname;
SELECT c.oid, c.*, d.description, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_expr, pg_catalog.pg_get_partkeydef(c.oid) AS partition_key, pg_catalog.obj_description(c.oid, 'pg_class')
  FROM pg_catalog.pg_class c LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0 WHERE c.relnamespace = $1 AND c.relkind NOT IN ('i', 'I', 'c');
SELECT a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) AS def_value, dsc.description, dep.objid, a.attidentity, a.attgenerated,
  pg_catalog.col_description(a.attrelid, a.attnum), pg_catalog.pg_get_serial_sequence('public.t', a.attname) FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_class c ON a.attrelid = c.oid
  LEFT JOIN pg_catalog.pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum LEFT JOIN pg_catalog.pg_description dsc ON c.oid = dsc.objoid LEFT JOIN pg_depend dep ON dep.refobjid = a.attrelid
  WHERE NOT a.attisdropped AND c.oid = 't'::regclass ORDER BY a.attnum;
SELECT con.conname, con.contype, pg_catalog.pg_get_constraintdef(con.oid, true), (SELECT array_agg(attname ORDER BY u.ord) FROM unnest(con.conkey) WITH ORDINALITY AS u (num, ord) JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = u.num)
  FROM pg_constraint con WHERE con.conrelid = 16384::oid UNION ALL SELECT i.relname, 'i', pg_get_indexdef(x.indexrelid, 1, false), NULL FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisvalid AND pg_index_column_has_property(i.oid, 1, 'asc');
SELECT t.oid, t.tgname, pg_get_triggerdef(t.oid), pg_get_functiondef(t.tgfoid), pg_get_function_arguments(t.tgfoid), pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid), pg_function_is_visible(p.oid), p.prosrc
  FROM pg_trigger t, pg_proc p WHERE p.oid = t.tgfoid AND NOT t.tgisinternal;
SELECT pg_get_viewdef(c.oid, true), pg_get_ruledef(r.oid), pg_table_is_visible(c.oid), pg_get_statisticsobjdef(s.oid) FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid LEFT JOIN pg_statistic_ext s ON s.stxrelid = c.oid;
SELECT t.oid, t.typname, pg_catalog.format_type(t.typbasetype, t.typtypmod), (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), t.typelem::regtype::text, to_regtype('int4'), to_regclass($1)
  FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE t.typrelid = 0 OR c.relkind = 'c';
SELECT table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type, udt_name, character_maximum_length FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false)) ORDER BY 1, 2, 4;
SELECT tc.constraint_name, kcu.column_name, ccu.table_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu USING (constraint_schema, constraint_name)
  JOIN information_schema.constraint_column_usage ccu USING (constraint_schema, constraint_name) WHERE tc.constraint_type = 'FOREIGN KEY';
SELECT rolname, rolsuper, pg_has_role(rolname, 'MEMBER'), ARRAY(SELECT b.rolname FROM pg_auth_members m JOIN pg_roles b ON m.roleid = b.oid WHERE m.member = r.oid) FROM pg_roles r WHERE rolname !~ '^pg_';
SELECT acl.grantee::regrole, acl.privilege_type, acl.is_grantable FROM pg_class c, aclexplode(COALESCE(c.relacl, acldefault('r', c.relowner))) acl WHERE has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_any_column_privilege(c.oid, 'select');
SELECT classid::regclass, pg_describe_object(classid, objid, objsubid), (pg_identify_object(classid, objid, objsubid)).identity FROM pg_depend WHERE deptype <> 'p';
SELECT x.* FROM public.t x LIMIT 200 OFFSET 400;
SELECT "name", count(*)::bigint FROM (SELECT * FROM public.t) AS "source" WHERE ("source"."name" ILIKE '%a%' ESCAPE '\') GROUP BY "name" ORDER BY 2 DESC NULLS LAST;
EXPLAIN (FORMAT JSON, ANALYZE OFF, VERBOSE, COSTS ON) SELECT * FROM public.t WHERE id = 1;
BEGIN READ ONLY; SELECT 1; ROLLBACK;
SET application_name = 'console'; SET statement_timeout TO '30s'; SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET extra_float_digits = 3; SET datestyle TO ISO; SET client_min_messages TO notice; SET timezone = 'UTC';

-- Dashboards: buckets of time, last values, windows, and variables.
SELECT floor(extract(epoch FROM at) / 60) * 60 AS "time", avg(value) AS "load", host AS metric FROM measures WHERE at BETWEEN '2026-01-01T00:00:00Z' AND '2026-01-02T00:00:00Z' AND host IN ('a', 'b') GROUP BY 1, host ORDER BY 1;
SELECT date_bin('5 minutes', at, TIMESTAMP '2001-01-01') AS bucket, percentile_disc(0.99) WITHIN GROUP (ORDER BY value) FROM measures WHERE extract(epoch FROM at) >= 1767225600 GROUP BY bucket;
SELECT DISTINCT ON (host) host, value, at FROM measures ORDER BY host, at DESC;
SELECT g.day::date, COALESCE(sum(m.value), 0), sum(sum(m.value)) OVER (ORDER BY g.day) FROM generate_series(now() - interval '7 days', now(), interval '1 day') AS g (day) LEFT JOIN measures m ON date_trunc('day', m.at) = g.day GROUP BY g.day;
SELECT CAST("public"."orders"."created_at" AS date) AS "created_at", SUM("public"."orders"."total") AS "sum" FROM "public"."orders" LEFT JOIN "public"."people" AS "People" ON "public"."orders"."user_id" = "People"."id"
  WHERE ("People"."source" = 'Google') AND "public"."orders"."created_at" >= DATE_TRUNC('month', (NOW() + INTERVAL '-12 month')) GROUP BY CAST("public"."orders"."created_at" AS date) ORDER BY 1 ASC LIMIT 2000;
SELECT to_json(tags), jsonb_path_query_first(body, '$.a'), body #>> '{a,b}', width_bucket(value, 0, 100, 10), regexp_replace(host, '\..*$', '') FROM measures;

-- Exporters of statistics.
SELECT pg_database.datname, numbackends, xact_commit, blks_hit, tup_fetched, deadlocks, EXTRACT(EPOCH FROM stats_reset) FROM pg_stat_database JOIN pg_database ON datid = oid;
SELECT current_database() AS datname, schemaname, relname, seq_scan, n_dead_tup, COALESCE(last_vacuum, '1970-01-01Z'), vacuum_count FROM pg_stat_user_tables;
SELECT state, usename, count(*), MAX(EXTRACT(EPOCH FROM now() - xact_start))::float FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY GROUPING SETS ((state), (usename));
SELECT application_name, state, sync_state, sent_lsn - replay_lsn AS lag FROM pg_stat_replication;
SELECT slot_name, active, restart_lsn - '0/0'::pg_lsn AS bytes FROM pg_replication_slots WHERE slot_type = 'physical';
SELECT mode, locktype, count(*) FROM pg_locks LEFT JOIN pg_stat_activity USING (pid) WHERE NOT granted GROUP BY mode, locktype;
SELECT blocked.pid, blocking.pid FROM pg_locks blocked JOIN pg_locks blocking ON blocking.locktype = blocked.locktype AND blocking.pid <> blocked.pid WHERE NOT blocked.granted;
SELECT checkpoints_timed, buffers_alloc FROM pg_stat_bgwriter;
SELECT archived_count, failed_count, EXTRACT(EPOCH FROM now() - last_archived_time) FROM pg_stat_archiver;
SELECT queryid, calls, total_exec_time / 1000, rows FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ORDER BY total_exec_time DESC LIMIT 20;
SELECT name, setting, COALESCE(unit, ''), short_desc, vartype FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real') AND name <> 'sync_commit_cancel_wait';
SELECT relname, 100 * idx_scan / NULLIF(seq_scan + idx_scan, 0), relpages::bigint * current_setting('block_size')::bigint AS size, age(relfrozenxid) FROM pg_stat_user_tables JOIN pg_class ON relid = oid;
