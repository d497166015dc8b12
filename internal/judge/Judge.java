import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.antlr.runtime.ANTLRStringStream;
import org.antlr.runtime.BaseRecognizer;
import org.antlr.runtime.RecognitionException;
import org.antlr.runtime.Token;
import org.apache.cassandra.auth.DataResource;
import org.apache.cassandra.auth.FunctionResource;
import org.apache.cassandra.auth.IResource;
import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.cql3.CQLStatement;
import org.apache.cassandra.cql3.CqlLexer;
import org.apache.cassandra.cql3.ErrorListener;
import org.apache.cassandra.cql3.QualifiedName;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.functions.FunctionName;
import org.apache.cassandra.cql3.statements.BatchStatement;
import org.apache.cassandra.cql3.statements.DescribeStatement;
import org.apache.cassandra.cql3.statements.PermissionsManagementStatement;
import org.apache.cassandra.cql3.statements.QualifiedStatement;
import org.apache.cassandra.cql3.statements.schema.AlterSchemaStatement;
import org.apache.cassandra.service.ClientState;

/**
 * Reads CQL texts on standard input and says how Cassandra's own code reads each: its lexer, its parser, and what its
 * statements do with names when they are prepared. It starts no server and opens no file.
 *
 * A text comes as a byte, 't' for its tokens or 'a' for its accesses, its length in four bytes, and UTF-8. The answer is
 * a length in four bytes and UTF-8: a minus and the reason where Cassandra refuses the text, else a plus and either
 * "from-to" of each token in UTF-16 units, or "action keyspace name" of each access. What stands in a list is separated
 * by U+0002, what makes up an access by U+0001.
 */
public final class Judge {
    /** The keyspace in which names without one are. */
    private static final String CURRENT = "cur";

    public static void main(String[] arguments) throws IOException {
        OutputStream standard = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        DatabaseDescriptor.clientInitialization();
        ClientState state = ClientState.forInternalCalls(CURRENT);
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(standard, 1 << 16));
        while (true) {
            int mode;
            byte[] text;
            try {
                if (in.available() == 0)
                    out.flush();
                mode = in.readByte();
                text = in.readNBytes(in.readInt());
            } catch (EOFException end) {
                return;
            }
            byte[] answer = answer(mode, new String(text, StandardCharsets.UTF_8), state).getBytes(StandardCharsets.UTF_8);
            out.writeInt(answer.length);
            out.write(answer);
        }
    }

    private static String answer(int mode, String text, ClientState state) {
        try {
            return "+" + (mode == 't' ? tokens(text) : accesses(text, state));
        } catch (Exception | StackOverflowError refused) {
            return "-" + refused;
        }
    }

    private static String tokens(String text) {
        List<String> list = new ArrayList<>();
        CqlLexer lexer = new CqlLexer(new ANTLRStringStream(text));
        lexer.addErrorListener(new ErrorListener() {
            public void syntaxError(BaseRecognizer recognizer, String[] names, RecognitionException e) {
                throw new IllegalArgumentException("lexer");
            }

            public void syntaxError(BaseRecognizer recognizer, String message) {
                throw new IllegalArgumentException(message);
            }
        });
        for (Token token = lexer.nextToken(); token.getType() != Token.EOF; token = lexer.nextToken()) {
            org.antlr.runtime.CommonToken common = (org.antlr.runtime.CommonToken) token;
            if (token.getChannel() == Token.DEFAULT_CHANNEL)
                list.add(common.getStartIndex() + "-" + (common.getStopIndex() + 1));
        }
        return String.join("\u0002", list);
    }

    private static String accesses(String text, ClientState state) throws Exception {
        CQLStatement.Raw raw = QueryProcessor.parseStatement(text);
        Set<String> found = new TreeSet<>();
        if (raw instanceof BatchStatement.Parsed) {
            ((BatchStatement.Parsed) raw).setKeyspace(state);
            for (Object inner : (List<?>) value(raw, "parsedStatements"))
                statement((CQLStatement.Raw) inner, state, found);
        } else {
            statement(raw, state, found);
        }
        return String.join("\u0002", found);
    }

    private static void statement(CQLStatement.Raw raw, ClientState state, Set<String> found) throws Exception {
        String kind = raw.getClass().getName().replaceAll(".*\\.", "");
        if (raw instanceof QualifiedStatement) {
            QualifiedStatement qualified = (QualifiedStatement) raw;
            qualified.setKeyspace(state);
            add(found, kind, qualified.keyspace(), qualified.name());
            functions(raw, qualified.keyspace(), null, found);
        } else if (raw instanceof PermissionsManagementStatement || kind.equals("ListPermissionsStatement")) {
            resource(kind, raw, state, found);
        } else if (raw instanceof DescribeStatement) {
            description(kind, raw, found);
        } else if (kind.equals("UseStatement")) {
            add(found, kind, (String) value(raw, "keyspace"), "");
        } else {
            CQLStatement prepared = raw.prepare(state);
            if (prepared instanceof AlterSchemaStatement)
                definition(kind, raw, prepared, found);
            else
                add(found, kind, "", "");
        }
    }

    /** The fields of statements on the schema that hold the name of what they are about. */
    private static final String[] NAMES = {"tableName", "viewName", "typeName", "functionName", "aggregateName"};

    private static void definition(String kind, CQLStatement.Raw raw, CQLStatement prepared, Set<String> found)
            throws Exception {
        String keyspace = (String) value(prepared, "keyspaceName");
        boolean named = false;
        for (String field : NAMES) {
            Object name = value(prepared, field);
            if (name != null) {
                add(found, kind, keyspace, name.toString());
                named = true;
            }
        }
        if (!named)
            add(found, kind, keyspace, "");
        Object itself = value(raw, "name");
        functions(raw, keyspace, itself instanceof FunctionName ? itself : null, found);
    }

    private static void resource(String kind, Object statement, ClientState state, Set<String> found) throws Exception {
        IResource resource = (IResource) value(statement, "resource");
        if (resource != null) {
            Method qualify = method(statement.getClass(), "maybeCorrectResource");
            resource = (IResource) qualify.invoke(null, resource, state);
        }
        if (resource instanceof DataResource) {
            DataResource data = (DataResource) resource;
            if (data.isRootLevel())
                add(found, kind, "*", "*");
            else
                add(found, kind, data.getKeyspace(), data.isTableLevel() ? data.getTable() : "*");
        } else if (resource instanceof FunctionResource) {
            String keyspace = ((FunctionResource) resource).getKeyspace();
            add(found, kind, keyspace == null ? "*" : keyspace, keyspace == null ? "*" : "");
        } else {
            add(found, kind, "", "");
        }
    }

    private static boolean same(Object statement, Object example) {
        return statement.getClass() == example.getClass();
    }

    /** What a DESCRIBE is about is in fields that its closures have captured; of objects the keyspace is enough. */
    private static void description(String kind, CQLStatement.Raw raw, Set<String> found) throws Exception {
        kind = "DescribeStatement";
        if (same(raw, DescribeStatement.keyspaces()) || same(raw, DescribeStatement.cluster())) {
            add(found, kind, "", "");
        } else if (same(raw, DescribeStatement.schema(false))) {
            add(found, kind, "*", "*");
        } else if (same(raw, DescribeStatement.generic("", ""))) {
            String keyspace = (String) value(raw, "val$keyspace");
            add(found, kind, keyspace == null ? CURRENT : keyspace, "*");
            if (keyspace == null)
                add(found, kind, (String) value(raw, "val$name"), "*");
        } else {
            String keyspace = (String) value(raw, "keyspace");
            add(found, kind, keyspace == null ? CURRENT : keyspace, "*");
        }
    }

    /** Adds the functions that are named with a keyspace, but for one. */
    private static void functions(Object root, String own, Object except, Set<String> found) throws Exception {
        List<FunctionName> names = new ArrayList<>();
        walk(root, names, Collections.newSetFromMap(new IdentityHashMap<>()));
        for (FunctionName name : names)
            if (name != except && name.keyspace != null && !name.keyspace.equals("system"))
                if (!name.keyspace.equals(own))
                    add(found, "function", name.keyspace, "");
    }

    private static void walk(Object object, List<FunctionName> names, Set<Object> seen) throws Exception {
        if (object == null || object instanceof String || object instanceof Number || object instanceof Boolean
            || object instanceof Enum || object instanceof Class || !seen.add(object))
            return;
        if (object instanceof FunctionName) {
            names.add((FunctionName) object);
            return;
        }
        if (object instanceof Collection) {
            for (Object element : (Collection<?>) object)
                walk(element, names, seen);
        } else if (object instanceof Map) {
            walk(((Map<?, ?>) object).keySet(), names, seen);
            walk(((Map<?, ?>) object).values(), names, seen);
        } else if (object.getClass().isArray()) {
            for (int i = 0; !object.getClass().getComponentType().isPrimitive() && i < Array.getLength(object); i++)
                walk(Array.get(object, i), names, seen);
        } else if (object.getClass().getName().startsWith("org.apache.cassandra.")) {
            for (Field field : fields(object.getClass()))
                walk(field.get(object), names, seen);
        }
    }

    private static final Map<Class<?>, Field[]> FIELDS = new HashMap<>();

    private static Field[] fields(Class<?> type) {
        return FIELDS.computeIfAbsent(type, t -> {
            List<Field> list = new ArrayList<>();
            for (Class<?> c = t; c != null && c != Object.class; c = c.getSuperclass())
                for (Field field : c.getDeclaredFields())
                    if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                        field.setAccessible(true);
                        list.add(field);
                    }
            return list.toArray(new Field[0]);
        });
    }

    private static Object value(Object object, String name) throws Exception {
        for (Field field : fields(object.getClass()))
            if (field.getName().equals(name))
                return field.get(object);
        return null;
    }

    private static Method method(Class<?> type, String name) {
        for (Class<?> c = type; c != null; c = c.getSuperclass())
            for (Method method : c.getDeclaredMethods())
                if (method.getName().equals(name)) {
                    method.setAccessible(true);
                    return method;
                }
        throw new IllegalStateException(type + " has no " + name);
    }

    private static void add(Set<String> found, String kind, String keyspace, String name) {
        found.add(kind + "\u0001" + keyspace + "\u0001" + name);
    }
}
