// Has Drizzle do what applications do with it.
const {Pool} = require('pg');
const {drizzle} = require('drizzle-orm/node-postgres');
const d = require('drizzle-orm');
const pg = require('drizzle-orm/pg-core');
const {eq, and, or, not, gt, inArray, ilike, isNull, between, exists, desc, asc, sql, count, sum, avg, max, countDistinct, arrayContains, arrayOverlaps} = d;

const shop = pg.pgSchema('shop');
const person = shop.table('person', {id: pg.serial().primaryKey(), name: pg.varchar({length: 100}).notNull(), email: pg.text().unique(), boss: pg.integer(), at: pg.timestamp({withTimezone: true}).defaultNow()});
const item = pg.pgTable('item', {id: pg.uuid().defaultRandom().primaryKey(), name: pg.text(), price: pg.numeric(), attributes: pg.jsonb(), sizes: pg.integer().array(), spot: pg.point()});
const sale = pg.pgTable('sale', {id: pg.bigserial({mode: 'number'}).primaryKey(), person: pg.integer().references(() => person.id), item: pg.uuid().references(() => item.id), quantity: pg.integer().default(1)});
const personRelations = d.relations(person, ({many, one}) => ({sales: many(sale), boss: one(person, {fields: [person.boss], references: [person.id]})}));
const saleRelations = d.relations(sale, ({one}) => ({person: one(person, {fields: [sale.person], references: [person.id]}), item: one(item, {fields: [sale.item], references: [item.id]})}));
const pool = new Pool();
const db = drizzle(pool, {schema: {person, item, sale, personRelations, saleRelations}});

async function rows() {
  await db.insert(person).values([{name: 'a', email: 'a@x.org'}, {name: 'b'}, {name: 'c', boss: 1}]).returning();
  const [i] = await db.insert(item).values({name: 'i', price: '3', attributes: {a: 1}, sizes: [1, 2], spot: [1, 2]}).returning({id: item.id});
  await db.insert(sale).values([{person: 1, item: i.id, quantity: 3}, {person: 2, item: i.id}]);
  await db.insert(person).values({name: 'x', email: 'a@x.org'}).onConflictDoUpdate({target: person.email, set: {name: sql`excluded.name`}, setWhere: sql`${person.name} <> 'x'`});
  await db.insert(person).values({name: 'x', email: 'a@x.org'}).onConflictDoNothing();
  await db.insert(person).select(db.select({id: sql`id + 100`.as('id'), name: person.name, email: sql`null`.as('email'), boss: person.boss, at: person.at}).from(person));
  await db.update(person).set({name: sql`upper(${person.name})`}).where(eq(person.id, 1)).returning({name: person.name});
  await db.update(sale).set({quantity: sql`${sale.quantity} + 1`}).from(person).where(eq(sale.person, person.id));
  await db.delete(person).where(and(gt(person.id, 101), not(eq(person.name, 'q')))).returning();
  const changed = db.$with('changed').as(db.update(sale).set({quantity: 5}).where(eq(sale.id, 1)).returning());
  await db.with(changed).select().from(changed);
}

async function queries() {
  await db.select().from(person).where(or(ilike(person.name, '%a%'), isNull(person.email), between(person.id, 1, 5), inArray(person.id, [1, 2]))).orderBy(desc(person.name), asc(person.id)).limit(2).offset(1);
  const boss = pg.alias(person, 'boss');
  await db.select({name: person.name, boss: boss.name}).from(person).leftJoin(boss, eq(person.boss, boss.id)).rightJoin(sale, eq(sale.person, person.id)).fullJoin(item, eq(item.id, sale.item));
  await db.select({person: sale.person, n: count(), s: sum(sale.quantity), a: avg(sale.quantity), m: max(sale.id), u: countDistinct(sale.item)}).from(sale).groupBy(sale.person).having(({n}) => gt(n, 0));
  await db.selectDistinct({name: person.name}).from(person); await db.selectDistinctOn([person.name]).from(person).orderBy(person.name); await db.$count(person, gt(person.id, 1));
  const dear = db.$with('dear').as(db.select({id: item.id, r: sql`rank() over (partition by ${item.name} order by ${item.price} desc)`.as('r')}).from(item));
  await db.with(dear).select().from(dear).where(eq(dear.r, 1)); const sub = db.select({id: sale.person}).from(sale).as('sub'); await db.select().from(person).innerJoin(sub, eq(sub.id, person.id));
  await db.select().from(person).innerJoinLateral(db.select({q: sale.quantity}).from(sale).where(eq(sale.person, person.id)).limit(1).as('l'), sql`true`); await db.select().from(person).where(exists(db.select({x: sql`1`}).from(sale).where(eq(sale.person, person.id))));
  await pg.union(db.select({id: person.id}).from(person), db.select({id: person.boss}).from(person)).orderBy(sql`1`).limit(3); await pg.unionAll(db.select({id: person.id}).from(person), db.select({id: person.id}).from(person)); await pg.except(db.select({id: person.id}).from(person), db.select({id: person.boss}).from(person)); await pg.intersectAll(db.select({id: person.id}).from(person), db.select({id: person.boss}).from(person));
  await db.select({v: sql`${item.attributes}->>'a'`}).from(item).where(and(arrayContains(item.sizes, [1]), arrayOverlaps(item.sizes, [2]), sql`${item.attributes} @> ${JSON.stringify({a: 1})}`, sql`to_tsvector('english', ${item.name}) @@ to_tsquery('english', ${'i'})`));
  await db.query.person.findMany({with: {sales: {with: {item: true}, where: (s, {gt}) => gt(s.quantity, 0), orderBy: (s, {desc}) => desc(s.id), limit: 2}, boss: true}, extras: {low: sql`lower(${person.name})`.as('low')}, columns: {id: true}}); await db.query.sale.findFirst({with: {person: {with: {sales: true}}}});
  const prepared = db.select().from(person).where(eq(person.id, sql.placeholder('id'))).prepare('by_id'); await prepared.execute({id: 1}); await prepared.execute({id: 2});
  await db.transaction(async (tx) => {
    await tx.select().from(person).for('update', {skipLocked: true}); await tx.select().from(sale).innerJoin(person, eq(sale.person, person.id)).for('no key update', {of: sale, noWait: true}); await tx.select().from(item).for('share');
    await tx.transaction(async (inner) => { await inner.insert(person).values({name: 'z'}); inner.rollback(); }).catch(() => {});
  }, {isolationLevel: 'repeatable read', accessMode: 'read write', deferrable: true});
  await db.execute(sql`select ${1}::int as n`); await db.refreshMaterializedView(pg.pgMaterializedView('totals').as((q) => q.select({n: count().as('n')}).from(sale))).concurrently().catch(() => {});
}

(async () => {
  // The migrations of Drizzle are files of SQL.
  for (const text of ['CREATE SCHEMA "shop"', 'CREATE TABLE "shop"."person" ("id" serial PRIMARY KEY NOT NULL, "name" varchar(100) NOT NULL, "email" text, "boss" integer, "at" timestamp with time zone DEFAULT now(), CONSTRAINT "person_email_unique" UNIQUE("email"))',
    'CREATE TABLE "item" ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, "name" text, "price" numeric, "attributes" jsonb, "sizes" integer[], "spot" point)',
    'CREATE TABLE "sale" ("id" bigserial PRIMARY KEY NOT NULL, "person" integer, "item" uuid, "quantity" integer DEFAULT 1)',
    'ALTER TABLE "sale" ADD CONSTRAINT "sale_person_fk" FOREIGN KEY ("person") REFERENCES "shop"."person"("id") ON DELETE no action ON UPDATE no action']) await db.execute(sql.raw(text));
  for (const part of [rows, queries]) await part();
  await pool.end();
})().catch((e) => { console.error(e); process.exit(1); });
