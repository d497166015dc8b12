import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.config.ProgrammaticDriverConfigLoaderBuilder;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.QueryTrace;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.datastax.oss.driver.api.core.data.UdtValue;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Does what applications do with Cassandra and prints the results.
 *
 * <pre>java -cp DRIVER JavaDriver.java ADDRESS FORM...</pre>
 *
 * A form is a version of the protocol, or "any" for the one that is negotiated, a slash, and a compression.
 */
class JavaDriver {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    final CqlSession session;
    final boolean since4, since5;

    JavaDriver(CqlSession session) {
        this.session = session;
        int version = session.getContext().getProtocolVersion().getCode();
        since4 = version >= 4;
        since5 = version >= 5;
        System.out.println("version " + version);
    }

    public static void main(String[] arguments) throws Exception {
        for (int i = 1; i < arguments.length; i++) {
            System.out.println("form " + arguments[i]);
            String[] form = arguments[i].split("/");
            try (CqlSession session = connect(arguments[0], form[0], form[1])) {
                new JavaDriver(session).work();
            }
        }
        System.out.println("done");
    }

    static CqlSession connect(String address, String version, String compression) {
        String[] parts = address.split(":");
        ProgrammaticDriverConfigLoaderBuilder config = DriverConfigLoader.programmaticBuilder()
            .withString(DefaultDriverOption.PROTOCOL_COMPRESSION, compression);
        if (!version.equals("3")) { // which has no payloads for the ids
            config.withString(DefaultDriverOption.REQUEST_ID_GENERATOR_CLASS, "W3CContextRequestIdGenerator");
        }
        for (DefaultDriverOption patient : List.of(
            DefaultDriverOption.REQUEST_TIMEOUT, DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT,
            DefaultDriverOption.CONNECTION_SET_KEYSPACE_TIMEOUT, DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT,
            DefaultDriverOption.METADATA_SCHEMA_REQUEST_TIMEOUT, DefaultDriverOption.CONNECTION_CONNECT_TIMEOUT,
            DefaultDriverOption.CONTROL_CONNECTION_AGREEMENT_TIMEOUT)) {
            config.withDuration(patient, PATIENCE);
        }
        config.withDuration(DefaultDriverOption.METADATA_SCHEMA_WINDOW, Duration.ofMillis(10));
        if (!version.equals("any")) {
            config.withString(DefaultDriverOption.PROTOCOL_VERSION, "V" + version);
        }
        return CqlSession.builder()
            .addContactPoint(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])))
            .withLocalDatacenter("datacenter1")
            .withConfigLoader(config.build())
            .build();
    }

    void work() throws Exception {
        definitions();
        values();
        kinds();
        vectors();
        longValues();
        paging();
        inFlight();
        batches();
        transactions();
        options();
        payload();
        tracing();
        failures();
        metadata();
        unprepared();
    }

    void definitions() {
        for (String text : List.of(
            "DROP KEYSPACE IF EXISTS drivers",
            "CREATE KEYSPACE drivers WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "USE drivers",
            "CREATE TYPE point (x int, y text)",
            "CREATE TABLE t (k int, c int, v text, PRIMARY KEY (k, c))",
            "CREATE TABLE counted (k int PRIMARY KEY, n counter)",
            "CREATE TABLE \"Quoted\" (k int PRIMARY KEY, v text)",
            "CREATE TABLE kinds (k int PRIMARY KEY, p frozen<point>, m map<text, int>, s set<uuid>, l list<frozen<point>>,"
                + " tu tuple<int, text>, d decimal, b blob, du duration, i inet, ts timestamp)",
            "CREATE INDEX by_v ON t (v)",
            "CREATE FUNCTION twice (n int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java AS 'return 2 * n;'")) {
            show(text);
        }
    }

    void values() {
        PreparedStatement insert = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)");
        for (int i = 0; i < 20; i++) {
            session.execute(insert.bind(1, i, "x".repeat(i)));
        }
        session.execute(insert.bind(1, 21, null));
        if (since4) {
            session.execute(insert.boundStatementBuilder().setInt(0, 1).setInt(1, 22).build());
        }
        PreparedStatement named = session.prepare("INSERT INTO drivers.t (k, c, v) VALUES (:k, :c, :\"V\")");
        session.execute(named.boundStatementBuilder().setInt("k", 1).setInt("c", 23).setString("\"V\"", "a'b").build());
        session.execute("INSERT INTO t (k, c, v) VALUES (?, ?, ?)", 1, 24, "positional");
        session.execute("INSERT INTO t (k, c, v) VALUES (:a, :b, :c)", Map.of("a", 1, "b", 25, "c", "named"));
        session.execute("INSERT INTO \"Quoted\" (k, v) VALUES (1, $$a'b$$)");
        show("SELECT v FROM drivers.\"Quoted\" /* FROM hidden.t */");
        show("SELECT JSON * FROM t WHERE k = 1");
        show("SELECT drivers.twice(c), count(*) FROM t WHERE k = 1 GROUP BY k, c LIMIT 3");
        show("SELECT * FROM t WHERE v = 'named'");
        show(session.prepare("SELECT * FROM t WHERE k = ? AND c > ?").bind(1, 10));
    }

    void kinds() {
        UserDefinedType point = session.getMetadata().getKeyspace("drivers").get().getUserDefinedType("point").get();
        UdtValue value = point.newValue(7, "seven");
        session.execute(session.prepare("INSERT INTO kinds (k, p, m, l, d, b) VALUES (?, ?, ?, ?, ?, ?)").bind(
            1, value, Map.of("one", 1), List.of(value, point.newValue(8, null)), new java.math.BigDecimal("1.50"),
            ByteBuffer.wrap(new byte[] {0, 1, (byte) 0xff})));
        session.execute("UPDATE kinds SET tu = (1, 'a'), s = {00000000-0000-0000-0000-000000000001}, du = 1y2mo3d4h5m6s7ms8us9ns,"
            + " i = '::1', ts = '2020-02-02T02:02:02Z' WHERE k = 1");
        show("SELECT k, p, m, s, l, tu, d, b, du, i, ts FROM kinds WHERE k = 1");
        show("SELECT p.x, CAST(k AS text) FROM kinds");
    }

    void vectors() {
        show("CREATE TABLE vectors (k int PRIMARY KEY, v vector<float, 3>)");
        show("CREATE CUSTOM INDEX nearest ON vectors (v) USING 'StorageAttachedIndex'");
        show("INSERT INTO vectors (k, v) VALUES (1, [1.5, 2.5, -3.5])");
        show("SELECT * FROM vectors");
        show("SELECT k FROM vectors ORDER BY v ANN OF [1.0, 2.0, -3.0] LIMIT 1");
    }

    void longValues() {
        session.execute("CREATE TABLE wide (k int, c int, v text, PRIMARY KEY (k, c))");
        session.execute(session.prepare("INSERT INTO wide (k, c, v) VALUES (?, ?, ?)").bind(2, 1, "y".repeat(3000000)));
        session.execute("INSERT INTO wide (k, c, v) VALUES (2, 2, '" + "z".repeat(2000000) + "')");
        for (Row row : session.execute("SELECT * FROM wide WHERE k = 2")) {
            String text = row.getString("v");
            System.out.println("long value " + text.length() + " " + text.hashCode());
        }
    }

    void paging() {
        ResultSet pages = session.execute(SimpleStatement.newInstance("SELECT * FROM t WHERE k = 1").setPageSize(7));
        while (!pages.isFullyFetched() || pages.getAvailableWithoutFetching() > 0) {
            System.out.println("page " + pages.getAvailableWithoutFetching());
            for (int left = pages.getAvailableWithoutFetching(); left > 0; left--) {
                System.out.println(pages.one().getFormattedContents());
            }
            pages.isFullyFetched();
            if (!pages.isFullyFetched()) {
                System.out.println("next " + pages.one().getFormattedContents());
            }
        }
    }

    void inFlight() throws Exception {
        PreparedStatement insert = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)");
        List<CompletionStage<AsyncResultSet>> written = new ArrayList<>(), read = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            written.add(session.executeAsync(insert.bind(3, i, "c" + i)));
        }
        for (CompletionStage<AsyncResultSet> one : written) {
            one.toCompletableFuture().get();
        }
        for (int i = 0; i < 1000; i++) {
            read.add(session.executeAsync(SimpleStatement.newInstance("SELECT v FROM t WHERE k = 3 AND c = ?", i)));
        }
        StringBuilder all = new StringBuilder();
        for (CompletionStage<AsyncResultSet> one : read) {
            all.append(one.toCompletableFuture().get().one().getString("v")).append(' ');
        }
        System.out.println("in flight " + all);
    }

    void batches() {
        PreparedStatement insert = session.prepare("INSERT INTO t (k, c, v) VALUES (?, ?, ?)");
        show(BatchStatement.newInstance(DefaultBatchType.LOGGED, insert.bind(4, 1, "a"),
            SimpleStatement.newInstance("INSERT INTO drivers.t (k, c, v) VALUES (4, 2, ?)", "b"),
            SimpleStatement.newInstance("DELETE FROM t WHERE k = 3")));
        show(BatchStatement.newInstance(DefaultBatchType.UNLOGGED, insert.bind(4, 3, "c"), insert.bind(4, 4, null)));
        show(BatchStatement.newInstance(DefaultBatchType.COUNTER,
            SimpleStatement.newInstance("UPDATE counted SET n = n + 2 WHERE k = 1")));
        show("BEGIN BATCH INSERT INTO t (k, c, v) VALUES (4, 5, 'd'); UPDATE t SET v = 'e' WHERE k = 4 AND c = 1 APPLY BATCH");
        BatchStatement many = BatchStatement.newInstance(DefaultBatchType.UNLOGGED);
        for (int i = 0; i < 100; i++) {
            many = many.add(insert.bind(100 + i, i, "v".repeat(100)));
        }
        ResultSet warned = show(many);
        System.out.println("warnings " + warned.getExecutionInfo().getWarnings());
        show("SELECT * FROM t WHERE k IN (3, 4)");
        show("SELECT * FROM counted");
    }

    void transactions() {
        for (int i = 0; i < 2; i++) {
            show("INSERT INTO t (k, c, v) VALUES (6, 1, 'once') IF NOT EXISTS");
        }
        show(SimpleStatement.newInstance("UPDATE t SET v = 'twice' WHERE k = 6 AND c = 1 IF v = 'once'")
            .setSerialConsistencyLevel(DefaultConsistencyLevel.LOCAL_SERIAL));
        show(session.prepare("DELETE FROM t WHERE k = 6 AND c = 1 IF v = ?").bind("other"));
        show(SimpleStatement.newInstance("SELECT * FROM t WHERE k = 6")
            .setConsistencyLevel(DefaultConsistencyLevel.SERIAL));
    }

    void options() {
        for (DefaultConsistencyLevel level : DefaultConsistencyLevel.values()) {
            show(SimpleStatement.newInstance("SELECT v FROM t WHERE k = 4 AND c = 1").setConsistencyLevel(level));
        }
        show(SimpleStatement.newInstance("UPDATE t SET v = 'timed' WHERE k = 7 AND c = 1").setQueryTimestamp(12345));
        show("SELECT v, writetime(v) FROM t WHERE k = 7");
        if (since5) {
            SimpleStatement select = SimpleStatement.newInstance("SELECT v FROM local_t").setKeyspace(CqlIdentifier.fromCql("other"));
            show(select);
            show("CREATE TABLE drivers.local_t (k int PRIMARY KEY, v text)");
            show(select.setKeyspace(CqlIdentifier.fromCql("drivers")));
            show(session.prepare(select.setKeyspace(CqlIdentifier.fromCql("drivers"))).bind());
            show(SimpleStatement.newInstance("INSERT INTO t (k, c, v) VALUES (8, 1, 'gone') USING TTL 1").setNowInSeconds(1));
        }
    }

    /** The server's own handler of statements takes no notice of payloads. */
    void payload() {
        if (since4) {
            Map<String, ByteBuffer> payload = Map.of("anything", ByteBuffer.wrap(new byte[] {1, 2, 3}));
            ResultSet result = show(SimpleStatement.newInstance("SELECT v FROM t WHERE k = 4").setCustomPayload(payload));
            System.out.println("payload " + result.getExecutionInfo().getIncomingPayload());
            show(session.prepare("SELECT v FROM t WHERE k = ?").bind(4).setCustomPayload(payload));
            show(BatchStatement.newInstance(DefaultBatchType.LOGGED,
                SimpleStatement.newInstance("UPDATE t SET v = 'p' WHERE k = 4 AND c = 9")).setCustomPayload(payload));
        }
    }

    void tracing() {
        ResultSet result = show(SimpleStatement.newInstance("SELECT * FROM t WHERE k = 4").setTracing(true));
        QueryTrace trace = result.getExecutionInfo().getQueryTrace();
        System.out.println("trace of " + trace.getRequestType() + " " + trace.getParameters().get("query") + " "
            + !trace.getEvents().isEmpty());
    }

    void failures() {
        show("SELECT * FROM nosuch");
        show("SELECT * FROM nosuch.t");
        show("SELEC 1");
        show("SELECT * FROM t WHERE v");
        show("CREATE TABLE t (k int PRIMARY KEY)");
        show("CREATE KEYSPACE drivers WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
        show("SELECT * FROM t WHERE c = 1");
        show("INSERT INTO t (k, c) VALUES ('a', 1)");
        show("USE nosuch");
        show("");
        show(SimpleStatement.newInstance("SELECT * FROM t WHERE k = ?", "text"));
        try {
            session.prepare("SELECT nothing FROM t");
        } catch (DriverException e) {
            System.out.println(e);
        }
        show("SELECT drivers.nosuch(c) FROM t");
        show("GRANT SELECT ON t TO nobody");
        show("LIST ROLES");
        show("CREATE ROLE IF NOT EXISTS drivers");
    }

    void metadata() {
        System.out.println(session.refreshSchema().getKeyspace("drivers").get().describeWithChildren(true));
        show("DESCRIBE KEYSPACES");
        show("DESCRIBE TABLE drivers.counted");
        show("DESCRIBE TYPES");
    }

    /** Statements that the server has forgotten are prepared again. */
    void unprepared() {
        PreparedStatement select = session.prepare("SELECT * FROM counted");
        show("DROP TABLE counted");
        show("CREATE TABLE counted (k int PRIMARY KEY, n counter)");
        show("UPDATE counted SET n = n + 5 WHERE k = 1");
        show(select.bind());
        if (since5) {
            show("ALTER TABLE counted ADD m counter");
            show(select.bind());
        }
    }

    ResultSet show(String text) {
        return show(SimpleStatement.newInstance(text));
    }

    /** Prints the rows, or the error for which it returns nothing. */
    ResultSet show(Statement<?> statement) {
        try {
            ResultSet result = session.execute(statement);
            System.out.println("rows of " + name(statement) + " applied " + result.wasApplied());
            List<Row> rows = result.all();
            for (Row row : rows) {
                System.out.println(row.getFormattedContents());
            }
            return result;
        } catch (DriverException e) {
            System.out.println("error of " + name(statement) + " " + e);
            return null;
        }
    }

    static String name(Statement<?> statement) {
        return statement instanceof SimpleStatement ? ((SimpleStatement) statement).getQuery() : statement.getClass().getSimpleName();
    }
}
