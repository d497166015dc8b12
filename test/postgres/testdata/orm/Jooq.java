import static org.jooq.impl.DSL.*;

import java.sql.DriverManager;
import java.util.List;
import org.jooq.*;
import org.jooq.conf.*;
import org.jooq.impl.SQLDataType;

/** Has jOOQ do what applications do with it. */
public class Jooq {
  public static void main(String[] args) throws Exception {
    var env = System.getenv();
    System.setProperty("org.jooq.no-logo", "true");
    System.setProperty("org.jooq.no-tips", "true");
    try (var c = DriverManager.getConnection("jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE"), "postgres", "p")) {
      for (var type : StatementType.values()) run(using(c, SQLDialect.POSTGRES, new Settings().withStatementType(type)));
    }
  }

  static void run(DSLContext db) {
    var person = table(name("public", "person"));
    Field<Integer> id = field(name("person", "id"), SQLDataType.INTEGER), boss = field(name("person", "boss"), SQLDataType.INTEGER);
    Field<String> name = field(name("person", "name"), SQLDataType.VARCHAR);
    var sale = table(name("sale"));
    Field<Integer> buyer = field(name("sale", "buyer"), SQLDataType.INTEGER), quantity = field(name("sale", "quantity"), SQLDataType.INTEGER);
    Field<java.time.OffsetDateTime> at = field(name("sale", "at"), SQLDataType.TIMESTAMPWITHTIMEZONE);
    Field<Integer[]> sizes = field(name("sale", "sizes"), SQLDataType.INTEGER.getArrayDataType());
    Field<JSONB> body = field(name("sale", "body"), SQLDataType.JSONB);
    db.createTableIfNotExists(person).column("id", SQLDataType.INTEGER.identity(true)).column("name", SQLDataType.VARCHAR(100).notNull()).column("boss", SQLDataType.INTEGER)
        .constraints(primaryKey("id"), unique("name"), check(field("name").ne(inline("")))).execute();
    db.createTable(sale).column("buyer", SQLDataType.INTEGER).column("quantity", SQLDataType.INTEGER.defaultValue(1)).column("at", SQLDataType.TIMESTAMPWITHTIMEZONE).column("sizes", SQLDataType.INTEGER.getArrayDataType()).column("body", SQLDataType.JSONB)
        .constraints(foreignKey("buyer").references("person", "id").onDeleteCascade()).execute();
    db.createIndex("by_at").on(sale, at.desc()).where(quantity.gt(1)).execute();
    db.alterTable(sale).addColumn("note", SQLDataType.CLOB).execute(); db.alterTable(sale).renameColumn("note").to("remark").execute(); db.alterTable(sale).dropColumn("remark").execute();
    db.createView("heads").as(select(id).from(person)).execute();
    db.insertInto(person, field("name", String.class), field("boss", Integer.class)).values("a", null).values("it's \\ b", 1).returningResult(field("id")).fetch();
    db.insertInto(person).set(field("name"), (Object) "a").onConflict(field("name")).doUpdate().set(field("boss"), (Object) 1).where(name.ne("z")).execute(); db.insertInto(person).set(field("name"), (Object) "a").onConflictDoNothing().execute();
    db.insertInto(sale, field("buyer", Integer.class), field("quantity", Integer.class), field("at", java.time.OffsetDateTime.class)).select(select(id, val(3), currentOffsetDateTime()).from(person)).execute();
    db.batch(db.update(sale).set(field("quantity"), (Object) 2).where(buyer.eq(1)), db.deleteFrom(sale).where(quantity.gt(99))).execute();
    db.update(sale).set(field("quantity", Integer.class), quantity.plus(1)).from(person).where(buyer.eq(id)).returning(quantity).fetch(); db.deleteFrom(sale).using(person).where(buyer.eq(id).and(name.eq("q"))).execute();
    db.mergeInto(sale).using(person).on(buyer.eq(id)).whenMatchedAnd(quantity.lt(0)).thenDelete().whenMatchedThenUpdate().set(field("quantity"), (Object) 5).whenNotMatchedThenInsert(field("buyer", Integer.class)).values(id).execute();
    var b = person.as("b");
    List<Select<?>> queries = List.of(
        select(name, count(), sum(quantity).filterWhere(quantity.gt(1))).from(person).leftJoin(sale).on(buyer.eq(id)).where(name.likeIgnoreCase("a%").or(boss.isNull()).andNot(id.in(7, 8))).groupBy(name).having(count().gt(0)).orderBy(name.desc().nullsLast()).limit(3).offset(1),
        select(buyer, quantity, rank().over(partitionBy(buyer).orderBy(quantity.desc())), sum(quantity).over(orderBy(at).rowsBetweenUnboundedPreceding().andCurrentRow()), lag(quantity, 1, val(0)).over(orderBy(at))).from(sale),
        select(buyer, quantity, grouping(buyer), count()).from(sale).groupBy(groupingSets(new Field<?>[] {buyer, quantity}, new Field<?>[] {buyer}, new Field<?>[] {})), select(buyer, count()).from(sale).groupBy(rollup(buyer)), select(buyer, quantity).from(sale).groupBy(cube(buyer, quantity)),
        with("t").as(select(buyer.as("x")).from(sale)).select(asterisk()).from(table(name("t"))), withRecursive("tree", "id", "n").as(select(id, val(0)).from(person).where(boss.isNull()).unionAll(select(id, field(name("tree", "n"), Integer.class).plus(1)).from(person).join(table(name("tree"))).on(boss.eq(field(name("tree", "id"), Integer.class))))).select().from(table(name("tree"))),
        select(id).from(person).union(select(buyer).from(sale)).except(select(val(3))).intersect(select(val(1))), selectDistinct(name).from(person), select(name).distinctOn(boss).from(person).orderBy(boss), select(name, multiset(select(quantity).from(sale).where(buyer.eq(id)))).from(person),
        select(name, field(select(max(quantity)).from(sale).where(buyer.eq(id)))).from(person).where(exists(selectOne().from(sale).where(buyer.eq(id)))).and(id.eq(any(select(buyer).from(sale)))).and(row(id, name).in(row(1, "a"), row(2, "b"))), select().from(person, lateral(select(quantity).from(sale).where(buyer.eq(id)).limit(1)).as("l")),
        select(jsonbGetAttributeAsText(body, "a"), jsonObject(key("k").value(quantity)), jsonArrayAgg(quantity), arrayAgg(quantity).orderBy(quantity.desc()), listAgg(quantity.cast(String.class), ", ").withinGroupOrderBy(quantity), percentileCont(0.5).withinGroupOrderBy(quantity), arrayGet(sizes, 1)).from(sale).groupBy(body, quantity, sizes),
        select(case_().when(quantity.gt(2), "many").else_("few"), coalesce(quantity, val(0)), nullif(quantity, 1), extract(at, DatePart.YEAR), trunc(at, DatePart.MONTH), at.plus(1), cast(quantity, String.class), substring(val("abc"), 1, 2), position("abc", "b"), replace(val("a"), "a", "b"), greatest(quantity, val(1))).from(sale).where(quantity.between(1, 9)).and(quantity.isDistinctFrom(4)).and(sizes.contains(new Integer[] {1}).or(body.isNull())),
        selectFrom(values(row(1, "a"), row(2, "b")).as("v", "a", "b")), select().from(unnest(new Integer[] {1, 2}).as("u", "n")), select().from(generateSeries(1, 3)), select(name).from(person).forUpdate().of(person).skipLocked(), select(name).from(person).forNoKeyUpdate().noWait(), select(id).from(person).orderBy(id).limit(1).withTies(), select(id).from(person).orderBy(id).seek(1).limit(2));
    for (var q : queries) db.fetch(q);
    db.transaction(t -> { t.dsl().fetchCount(person); t.dsl().transaction(n -> n.dsl().fetchExists(selectOne().from(sale))); });
    db.meta().getTables().size(); db.meta().getSchemas().forEach(s -> s.getTables().forEach(x -> x.fields())); db.truncate(sale).cascade().execute();
    db.dropView("heads").execute(); db.dropTableIfExists(sale).cascade().execute(); db.dropTable(person).execute();
  }
}
