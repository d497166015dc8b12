import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import org.postgresql.PGConnection;

/** Prints what JDBC gets from a server. */
public class Client {
    interface Work {
        Object run(Connection connection) throws Exception;
    }

    static String url;

    static void attempt(String name, Work work) throws Exception {
        try (Connection c = DriverManager.getConnection(url, "scram", "p")) {
            try {
                System.out.println(name + " " + work.run(c));
            } catch (SQLException e) {
                System.out.println(name + " " + e.getSQLState());
                if (!c.getAutoCommit()) {
                    c.rollback();
                }
                System.out.println("  still " + rows(c, "SELECT id FROM public.item WHERE id = ?", 1));
            }
        }
    }

    static String rows(Connection c, String text, Object... values) throws SQLException {
        StringBuilder b = new StringBuilder();
        try (PreparedStatement s = c.prepareStatement(text)) {
            for (int n = 0; n < values.length; n++) {
                s.setObject(n + 1, values[n]);
            }
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    b.append(r.getString(1)).append(' ');
                }
            }
        }
        return b.toString();
    }

    static String repeated(Connection c) throws SQLException {
        StringBuilder b = new StringBuilder();
        try (PreparedStatement s = c.prepareStatement("SELECT name FROM public.item WHERE id = ?")) {
            for (int n = 1; n < 12; n++) {
                s.setInt(1, n);
                try (ResultSet r = s.executeQuery()) {
                    r.next();
                    b.append(r.getString(1)).append(' ');
                }
            }
        }
        return b.toString();
    }

    static Object batch(Connection c, String text) throws SQLException {
        c.setAutoCommit(false);
        try (Statement s = c.createStatement()) {
            s.addBatch("INSERT INTO public.item VALUES (900, 'partial')");
            s.addBatch(text);
            s.executeBatch();
        }
        c.rollback();
        return "done";
    }

    static Object cursor(Connection c) throws SQLException {
        c.setAutoCommit(false);
        int n = 0;
        try (PreparedStatement s = c.prepareStatement("SELECT id FROM public.item WHERE id <= 40 ORDER BY id")) {
            s.setFetchSize(7);
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    n += r.getInt(1);
                }
            }
        }
        return n;
    }

    static Object copy(Connection c, String table) throws Exception {
        var api = c.unwrap(PGConnection.class).getCopyAPI();
        long in = api.copyIn("COPY " + table + " (id) FROM STDIN", new StringReader("400\n401\n"));
        StringWriter out = new StringWriter();
        api.copyOut("COPY (SELECT id FROM " + table + " ORDER BY id LIMIT 3) TO STDOUT", out);
        return in + " " + out.toString().replace('\n', ' ');
    }

    public static void main(String[] args) throws Exception {
        url = "jdbc:postgresql://" + args[0] + ":" + args[1] + "/postgres";
        if (args[2].equals("all")) {
            attempt("simple", c -> rows(c, "SELECT count(*) FROM public.item"));
            attempt("repeated", Client::repeated);
            attempt("batch", c -> batch(c, "UPDATE public.item SET price = 1 WHERE id = 2"));
            attempt("cursor", Client::cursor);
            attempt("copy", c -> copy(c, "public.item"));
            attempt("error", c -> rows(c, "SELECT nothing"));
            attempt("tables", c -> c.getMetaData().getTables(null, "public", "item", null).next());
        } else {
            attempt("select", c -> rows(c, "SELECT word FROM public.secret"));
            attempt("values", c -> rows(c, "SELECT word FROM public.secret WHERE id = ?", 1));
            attempt("batch", c -> batch(c, "DELETE FROM public.secret"));
            attempt("copy", c -> copy(c, "public.secret"));
        }
    }
}
