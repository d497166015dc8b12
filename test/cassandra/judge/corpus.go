package judge

// forms are statements of every kind that Cassandra 4.1 and 5.0 know; what is in angle brackets is filled.
var forms = []string{
	"SELECT <columns> FROM <name><where><order>", "SELECT <columns> FROM <name><where><order>",
	"SELECT <columns> FROM <name><where><order>", "SELECT DISTINCT k FROM <name>", "SELECT JSON <columns> FROM <name>",
	"SELECT <columns> FROM <name> GROUP BY k PER PARTITION LIMIT 1 LIMIT ? ALLOW FILTERING",
	"SELECT <columns> FROM <name> WHERE expr(<plain>, 'x')",
	"INSERT INTO <name> (k, <plain>) VALUES (<term>, <term>)<unless><using>",
	"INSERT INTO <name> (k, v) VALUES (<term>, <term>)", "INSERT INTO <name> JSON <json><unless>",
	"UPDATE <name><using> SET <changes> WHERE <relation><condition>",
	"UPDATE <name> SET <changes> WHERE <relation>", "DELETE FROM <name> WHERE <relation><condition>",
	"DELETE <deleted> FROM <name> USING TIMESTAMP 1 WHERE <relation>",
	"BEGIN <logged>BATCH<using> <modification><maybe> <modification><maybe> APPLY BATCH",
	"BEGIN <logged>BATCH <modification> <modification>; <modification> APPLY BATCH;",
	"USE <keyspace>", "TRUNCATE <table><name>",
	"CREATE KEYSPACE <unlessmade><keyspace> WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
	"ALTER KEYSPACE <keyspace> WITH durable_writes = false", "DROP KEYSPACE <if><keyspace>",
	"CREATE TABLE <unlessmade><name> (k <type> PRIMARY KEY, v <type>, <plain> <type>)<options>",
	"CREATE COLUMNFAMILY <name> (k int, c <type>, s text STATIC, PRIMARY KEY ((k), c)) WITH CLUSTERING ORDER BY (c DESC)",
	"ALTER TABLE <if><name> ADD <plain> <type>", "ALTER TABLE <name> DROP <plain>",
	"ALTER TABLE <name> RENAME <plain> TO <plain>", "ALTER TABLE <name><options>", "DROP TABLE <if><name>",
	"DROP COLUMNFAMILY <if><name>", "CREATE INDEX <unlessmade><plain> ON <name> (<plain>)",
	"CREATE INDEX ON <name> (<indexed>)",
	"CREATE CUSTOM INDEX <plain> ON <name> (v) USING 'org.apache.cassandra.index.sasi.SASIIndex' WITH OPTIONS = {'a': 'b'}",
	"DROP INDEX <if><name>",
	"CREATE MATERIALIZED VIEW <unlessmade><keyspace>.<part> AS SELECT <selected> FROM <base> WHERE k IS NOT NULL AND v IS NOT NULL PRIMARY KEY (v, k)<options>",
	"CREATE MATERIALIZED VIEW <part> AS SELECT <selected> FROM <part> WHERE k IS NOT NULL PRIMARY KEY ((k), v)",
	"ALTER MATERIALIZED VIEW <name><options>", "DROP MATERIALIZED VIEW <if><name>",
	"CREATE TYPE <unlessmade><name> (a <type>, <plain> <type>)", "ALTER TYPE <name> ADD <plain> <type>",
	"ALTER TYPE <name> RENAME a TO b AND c TO d", "DROP TYPE <if><name>",
	"CREATE <replace>FUNCTION <function> (a <type>, <plain> <type>) <null> ON NULL INPUT RETURNS <type> LANGUAGE java AS <body>",
	"DROP FUNCTION <if><function>", "DROP FUNCTION <function>(int, <type>)",
	"CREATE <replace>AGGREGATE <function> (<type>) SFUNC <plain> STYPE <type> FINALFUNC <plain> INITCOND <term>",
	"CREATE AGGREGATE <function> (int) SFUNC f STYPE int", "DROP AGGREGATE <if><function>", "DROP AGGREGATE <function>(int)",
	"CREATE TRIGGER <unlessmade><plain> ON <name> USING 'org.T'", "DROP TRIGGER <if><plain> ON <name>",
	"CREATE ROLE <unlessmade><role> WITH PASSWORD = 'x' AND SUPERUSER = true AND LOGIN = false", "CREATE ROLE <role>",
	"CREATE ROLE <role> WITH OPTIONS = {'a': 'b'} AND ACCESS TO DATACENTERS {'x', 'y'}",
	"ALTER ROLE <role> WITH PASSWORD = 'x'", "DROP ROLE <if><role>", "CREATE USER <plain> WITH PASSWORD 'x' SUPERUSER",
	"ALTER USER <plain> NOSUPERUSER", "DROP USER <if><plain>", "GRANT <role> TO <role>", "REVOKE <role> FROM <role>",
	"GRANT <permissions> ON <resource> TO <role>", "REVOKE <permissions> ON <resource> FROM <role>",
	"GRANT <permissions> ON <resource> TO <role>", "REVOKE <permissions> ON <resource> FROM <role>",
	"LIST <permissions> ON <resource> OF <role> NORECURSIVE", "LIST <permissions> ON <resource>", "LIST ALL PERMISSIONS",
	"LIST ALL OF <role>", "LIST ROLES", "LIST ROLES OF <role> NORECURSIVE", "LIST USERS",
	"DESCRIBE KEYSPACES", "DESCRIBE <full>SCHEMA", "DESC KEYSPACE <keyspace>", "DESCRIBE KEYSPACE",
	"DESCRIBE ONLY KEYSPACE <keyspace> WITH INTERNALS", "DESCRIBE TABLES", "DESCRIBE TABLE <name>",
	"DESCRIBE COLUMNFAMILY <name>", "DESC INDEX <name>", "DESCRIBE MATERIALIZED VIEW <name> WITH INTERNALS",
	"DESCRIBE TYPES", "DESCRIBE TYPE <typename>", "DESCRIBE FUNCTIONS", "DESCRIBE FUNCTION <function>",
	"DESCRIBE AGGREGATES", "DESCRIBE AGGREGATE <function>", "DESCRIBE CLUSTER", "DESCRIBE <name>", "DESC <part>",
}

// newer are forms that only Cassandra 5.0 knows.
var newer = []string{
	"SELECT v FROM <name> ORDER BY v ANN OF [0.1, 0.2] LIMIT 3", "CREATE TABLE <name> (k int PRIMARY KEY, v vector<float, 3>)",
	"CREATE TABLE <name> (k int PRIMARY KEY, v text MASKED WITH <function>(<term>))",
	"ALTER TABLE <name> ALTER v MASKED WITH <function>()", "ALTER TABLE <name> ALTER v DROP MASKED",
	"CREATE TABLE <name> (k int PRIMARY KEY, v text MASKED WITH DEFAULT)", "CREATE INDEX ON <name> (v) USING 'sai'",
	"ADD IDENTITY 'x' TO ROLE 'y'", "DROP IDENTITY <if>'x'", "GRANT UNMASK, SELECT_MASKED ON <name> TO <role>",
	"CREATE ROLE <role> WITH ACCESS FROM CIDRS {'x'}", "ALTER ROLE <role> WITH ACCESS FROM ALL CIDRS",
	"SELECT <columns>, -<plain> FROM <name>", "UPDATE <name> SET v = -<function>(k) WHERE k = 1",
}

// joined are forms in which a number ends where a word begins.
var joined = []string{
	"BEGIN BATCH UPDATE <name> SET v = 1 WHERE k = <number><modification> APPLY BATCH",
	"BEGIN BATCH DELETE FROM <name> WHERE k = <number><modification>;<modification>APPLY BATCH",
	"BEGIN BATCH UPDATE <name> SET v = <number>WHERE k = <number><modification><maybe>APPLY BATCH",
	"BEGIN BATCH UPDATE <name> SET v = <number> WHERE k = <number>IF v = <number><modification>APPLY BATCH",
	"SELECT <number>FROM <name>", "SELECT <number>AS x FROM <name>WHERE k = <number>AND v = <number>LIMIT 1",
	"DELETE v[<number>]FROM <name>WHERE k = <number>", "SELECT <columns>FROM <name>WHERE k = <number>ORDER BY v",
	"SELECT * FROM <name> WHERE k = <number>ALLOW FILTERING", "INSERT INTO <name>(k)VALUES(<number>)USING TTL 1",
	"UPDATE <name>USING TTL 1SET v = <number>WHERE k = <number>", "SELECT k, m[<number>..<number>]FROM <name>",
}

// Newer returns a statement that only Cassandra 5.0 is meant to accept.
func (s Source) Newer() string { return s.fill(pick(s, newer)) }

// holes are what holes are filled with.
var holes = map[string][]string{
	"<keyspace>": {"pub", "sec", "Pub", "PUBLIC", `"sec"`, `"Sec"`, "cur", "system", "key", "replace", "p1", "k_1", "all", "role", "json"},
	"<part>": {"t", "u", "T", "hidden", `"Hidden"`, "t1", `"t"`, "replace", "values", "list", "ttl", "type", "count", "language",
		"function", "mbean", "only", "service"},
	"<typename>": {"pub.ty", "ty", `"Ty"`, `sec."a b"`, "language", "key"},
	"<name>":     {"<keyspace>.<part>", "<keyspace>.<part>", "<part>", "<keyspace> . <part>"},
	"<base>":     {"<part>", "<part>", "pub.t", "sec.t"},
	"<plain>":    {"v", "a", "b", "Col", `"Quoted"`, `"q ""x"""`, "ttl", "key", "as", "json", "distinct", "deadbeef", "e1", "P1Dx"},
	"<function>": {"f", "pub.f", "sec.f", `sec."F"`, "cur.f", "system.now", "pub.token", `"Sec".g`, "sec . f", "replace", `"a ""b"`},
	"<role>":     {"r", "'r'", `"R"`, "role", "all", "admin", "unmask", "user"},
	"<columns>": {"*", "*", "k, v", "count(*)", "<selector>", "<selector>, <selector> AS x", "<selector> AS from_x, <term>",
		"k AS \"from\""},
	"<selector>": {"k", "v", "<function>(<selector>)", "<function>(<term>, k)", "cast(k AS text)", "u.f", "m['a']", "m[1..2]",
		"ttl(v)", "writetime(v)", "token(k)", "(int) <term>", "(k, v)", "[k, v]", "{k: v}", "k + 1", "k - v", "k * <function>(v)", "<plain>",
		"(k)", "(text) 'x'", "?", ":x"},
	"<selected>": {"*", "k, v", "v, k, \"Quoted\""},
	"<where>":    {"", "", " WHERE <relation>", " WHERE <relation> AND <relation>"},
	"<relation>": {"k = <term>", "k IN (<term>, <term>)", "k IN ?", "token(k) > token(<term>)", "k > <term>", "(c, d) > (1, 2)",
		"v CONTAINS <term>", "v CONTAINS KEY 'x'", "m['a'] = <term>", "k = <function>(<term>)", "<plain> <= <term>", "v LIKE 'x%'",
		"k=<term>", "(c, d) IN ((1, 2), (3, 4))", "k IN ()"},
	"<order>": {"", "", " ORDER BY c DESC", " LIMIT 10", " LIMIT ? ALLOW FILTERING", " ORDER BY c ASC, d LIMIT 1"},
	"<term>": {"1", "-1", "0", "1.5", "-1.5e-3", "1e10", "0xCAfe", "0x", "'x'", "''", "'it''s'", "$$ do'llar \" $$", "true", "null", "?",
		":name", "550e8400-e29b-41d4-a716-446655440000", "deadbeef-dead-dead-dead-deadbeefdead", "NaN", "-NaN", "Infinity",
		"-Infinity", "1h30m", "1µs", "-2mo3d", "1y2w", "PT1H", "P1Y2M3DT4H5M6S", "P2W", "-P1D", "P0001-02-03T04:05:06", "[1, 2]", "{1, 2}",
		"{'a': 1}", "{a: 1, b: 'x'}", "(1, 'x')", "(int) 1", "<function>(<term>)", "<function>()", "[]", "{}", "' from sec.t '",
		"1 + 2", "<term> - 3", "cast(1 AS text)", "'UPDATE sec.t'", "12345678", "1234567e-1"},
	"<json>":      {"'{}'", "?", ":j", `'{"k": 1}'`, "$${}$$"},
	"<unless>":    {"", "", " IF NOT EXISTS"},
	"<using>":     {"", "", " USING TTL 5", " USING TIMESTAMP ? AND TTL 1"},
	"<changes>":   {"v = <term>", "v = <term>, a = <term>", "c = c + 1", "c = c - 1", "c += 1", "m['a'] = <term>", "l[0] = 1", "u.f = <term>", "v = [1] + v", "c = c -1"},
	"<condition>": {"", "", " IF EXISTS", " IF v = <term>", " IF v IN (1, 2) AND a != <term>", " IF m['x'] > 1", " IF u.f = 1"},
	"<deleted>":   {"v", "v, a", "m['from sec.t']", "u.f", "l[0]"},
	"<logged>":    {"", "", "UNLOGGED ", "COUNTER "},
	"<maybe>":     {"", ";"},
	"<modification>": {"INSERT INTO <name> (k, v) VALUES (<term>, <term>)", "UPDATE <name> SET v = <term> WHERE k = <term>",
		"DELETE FROM <name> WHERE k = <term>", "DELETE v FROM <name> WHERE k = <term>", "INSERT INTO <name> JSON ?"},
	"<table>":      {"", "TABLE ", "COLUMNFAMILY "},
	"<if>":         {"", "IF EXISTS "},
	"<unlessmade>": {"", "IF NOT EXISTS "},
	"<type>": {"int", "text", "uuid", "frozen<pub.ty>", "map<text, int>", "list<frozen<ty>>", "set<int>", "tuple<int, text>",
		"'org.apache.cassandra.db.marshal.Int32Type'", "sec.ty", `"Ty"`},
	"<options>": {"", " WITH comment = 'x'", " WITH compaction = {'class': 'LeveledCompactionStrategy'} AND gc_grace_seconds = 1"},
	"<indexed>": {"v", "keys(m)", "entries(m)", "full(l)", "values(m)"},
	"<replace>": {"", "OR REPLACE "},
	"<null>":    {"CALLED", "RETURNS NULL"},
	"<body>":    {"'return 1;'", "$$ return '; SELECT * FROM sec.t'; $$"},
	"<permissions>": {"SELECT", "MODIFY PERMISSION", "ALL", "ALL PERMISSIONS", "ALTER, DROP", "AUTHORIZE", "DESCRIBE", "EXECUTE",
		"CREATE PERMISSION, ALTER PERMISSION"},
	"<resource>": {"ALL KEYSPACES", "KEYSPACE <keyspace>", "<name>", "TABLE <name>", "ALL TABLES IN KEYSPACE <keyspace>",
		"ALL FUNCTIONS", "ALL FUNCTIONS IN KEYSPACE <keyspace>", "ALL ROLES", "ROLE <role>", "ALL MBEANS", "MBEAN 'a:b=c'", "<part>"},
	"<number>": {"deadbeef-dead-dead-dead-deadbeefdead", "12345678-1234-1234-1234-123456789012", "1234567e-1234", "1234567e-1234-1234-1234-123456789012",
		"NaN", "-NaN", "-nan", "Infinity", "-Infinity", "-infinity", "1", "-1", "1.", "1.5", "1e5", "1e-5", "0x", "0xab", "0xde", "1d", "1h30m", "1m", "1mo", "1ms", "1µs",
		"-1y", "PT1H", "-PT1H", "P1Y", "-P1D", "-P1Y1M1DT1H", "P0001-01-01T00:00:00", "-P0001-01-01T00:00:00", "?", ":x", "'x'", "$$x$$", "deadbeef", "true", "null",
		"(1)", "[1]", "abcdefab-cdef-abcd-efab-cdefabcdefab"},
	"<full>": {"", "FULL "},
}

// spaces are what may stand between tokens, or looks like it.
var spaces = []string{" ", "\n", "\t", "\r", "/**/", "/* from sec.t */", "--x\n", "// UPDATE sec.t\r", "/*'*/", "--'\n", "/* \" */", "--", "//",
	"/*", "*/", "\v", "\f", "\u00a0", "/***/", "/*/*/", "-- /*\n", "$$", "'"}

// joints are what two statements are joined by.
var joints = []string{"", " ", ";", "; ", "--\n", "/* */", "deadbeef-dead-dead-dead-deadbeefdead", " APPLY BATCH ", " AND ", ")", "'", `"`, "-NaN",
	"1d", "1e5", "0xff", " = 1", "?"}

// fragments are tokens and pieces of them that are easily taken for others.
var fragments = []string{
	"a", "k", "F", "e", "E", "x", "d", "h", "m", "mo", "ms", "us", "ns", "s", "y", "w", "µs", "µ", "n", "na", "nan", "NaN", "i", "infinity", "P", "T", "p",
	"0", "1", "12", "1234567", "12345678", "0x", "0X1f", "1e", "1e5", "1E-3", "1.", "1.5", ".", "..", "...", "-", "--", "- ", "+", "+=", "-=", "=", "<", ">", "!", "!=",
	"<=", "*", "/", "%", "?", ":", ";", ",", "(", ")", "[", "]", "{", "}", "'", "''", `"`, `""`, `"a"`, `"A""b"`, "$", "$$", "$$a$$", "'x'", "_", "\\", "\x00", "é", "\uffff",
	"😀", " ", "\n", "\t", "\r", "/*", "*/", "/**/", "//", "deadbeef", "deadbeef-", "dead", "-dead", "abcdefa1", "1234567e-", "1234567e-1234", "-1234",
	"deadbeef-dead-dead-dead-deadbeefdead", "550e8400-e29b-41d4-a716-446655440000", "1d", "1h30m", "2mo", "1µs", "-1d", "-NaN", "-Infinity", "-P", "P1D", "P1Y",
	"P1Y2M", "PT1H", "PT", "P1W", "P0001", "P0001-01-01T00:00:00", "-P1Y1M1DT1H1M1S", "1M", "2D", "3Y", "T4H",
	"expr(", "expr", "EXPR(", "from", "FROM", "SELECT", "INSERT", "INTO", "UPDATE", "DELETE", "BATCH", "APPLY", "BEGIN", "SET", "USING", "AND", "ON", "TO", "AS", "token",
	"sec", "sec.t", "pub.t", " sec.f(", "hidden", " FROM sec.t ", "UPDATE sec.t SET v=1 WHERE k=1", "'UPDATE sec.t'", "true", "null", "LIKE",
}
