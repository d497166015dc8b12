// Has Knex and Objection do what applications do with them.
const knex = require('knex')({client: 'pg', connection: {}});
const {Model, raw} = require('objection');

async function schema() {
  await knex.schema.createSchemaIfNotExists('shop');
  await knex.schema.withSchema('shop').createTable('person', (t) => {
    t.increments('id');
    t.string('name').notNullable().index();
    t.string('email').unique();
    t.integer('boss_id').references('id').inTable('shop.person').onDelete('SET NULL');
    t.enu('state', ['new', 'old'], {useNative: true, enumName: 'state', schemaName: 'shop'});
    t.timestamps(true, true);
  });
  await knex.schema.createTable('item', (t) => {
    t.uuid('id').primary().defaultTo(knex.raw('gen_random_uuid()'));
    t.text('name');
    t.decimal('price', 10, 2).checkPositive();
    t.jsonb('attributes').defaultTo('{}');
    t.specificType('sizes', 'integer[]');
    t.comment('what is sold');
    t.index(['name', 'price'], 'item_name_price', {indexType: 'btree'});
  });
  await knex.schema.alterTable('item', (t) => { t.boolean('sold').defaultTo(false); t.text('name').notNullable().alter(); });
  await knex.schema.alterTable('item', (t) => { t.dropColumn('sold'); t.renameColumn('name', 'title'); t.unique(['title']); });
  await knex.schema.hasTable('item'); await knex.schema.hasColumn('item', 'title'); await knex('item').columnInfo();
  await knex.schema.createViewOrReplace('cheap', (v) => { v.columns(['id']); v.as(knex('item').select('id').where('price', '<', 5)); });
}

async function migrations() {
  const source = {getMigrations: async () => ['one', 'two'], getMigrationName: (m) => m, getMigration: async (m) => ({
    up: (k) => k.schema.createTable(m, (t) => { t.bigIncrements(); }), down: (k) => k.schema.dropTable(m)})};
  await knex.migrate.latest({migrationSource: source});
  await knex.migrate.currentVersion({migrationSource: source});
  await knex.migrate.rollback({migrationSource: source});
}

async function queries() {
  const person = () => knex.withSchema('shop').table('person');
  await person().insert([{name: 'a', email: 'a@x.org'}, {name: 'b', email: 'b@x.org', boss_id: 1}]).returning(['id', 'name']);
  await person().insert({name: 'c', email: 'a@x.org'}).onConflict('email').merge(['name']).where('person.id', '>', 0);
  await person().insert({name: 'd', email: 'a@x.org'}).onConflict('email').ignore();
  await knex.batchInsert('item', [...Array(7).keys()].map((i) => ({title: 't' + i, price: i + 1, sizes: [i], attributes: {a: i}})), 3);
  await person().where({name: 'a'}).orWhere('id', '>', 5).orWhereNull('boss_id').update({name: 'z', updated_at: knex.fn.now()}, '*');
  await person().where('id', 2).increment('boss_id', 1).decrement('id', 0).catch(() => {});
  await person().whereIn('id', [98, 99]).whereNot('name', 'x').del();
  await person().select('name').whereBetween('id', [1, 5]).whereILike('name', 'z%').orderBy([{column: 'name', order: 'desc', nulls: 'last'}]).limit(2).offset(1);
  await person().first('id').whereExists(knex('item').select(1).whereRaw('price > ?', [3]));
  await person().distinctOn('name').select('*').orderBy('name');
  await knex({p: 'shop.person'}).leftJoin('shop.person as b', 'p.boss_id', 'b.id').select('p.id', {boss: 'b.name'});
  await knex('item').joinRaw('cross join lateral unnest(sizes) as s(size)').fullOuterJoin('shop.person', (j) => j.on('person.name', '=', 'title').andOnIn('person.id', [1])).select('size');
  await knex('item').count('* as n').countDistinct('title').max('price').groupBy('price').having('price', '>', 1).havingIn('price', [1, 2]).orderByRaw('1');
  await knex('item').groupByRaw('rollup(title, price)').select('title').sum('price');
  await knex('item').select('title').rank('r', (w) => w.partitionBy('price').orderBy('title')).rowNumber('n', 'title').denseRank('d', ['title'], 'price');
  await knex.with('dear', knex('item').where('price', '>', 2)).withRecursive('tree', (q) => q.select('id', 'boss_id').from('shop.person').unionAll((u) =>
    u.select('p.id', 'p.boss_id').from('shop.person as p').join('tree', 'tree.id', 'p.boss_id').whereRaw('false'))).select('*').from('dear').whereIn('id', knex('dear').select('id'));
  await knex.withMaterialized('m', knex('item').select('id')).select().from('m');
  await knex('item').select('id').union([knex('item').select('id')], true).intersect(knex('item').select('id')).except(knex('item').select('id'));
  await knex('item').whereJsonObject('attributes', {a: 1}).orWhereJsonPath('attributes', '$.a', '>', 1).orWhereJsonSupersetOf('attributes', {a: 2})
    .jsonExtract('attributes', '$.a', 'a').jsonSet('attributes', '$.b', 1, 'b').jsonRemove('attributes', '$.a', 'c');
  await knex('item').from(knex('item').as('i')).select(knex.raw('??, ?::text', ['i.title', 'x']), knex.ref('i.price').as('p'));
  await knex.select(knex.raw('to_tsvector(title) @@ plainto_tsquery(?) as found', ['t'])).from('item');
  await knex.transaction(async (trx) => {
    await trx('item').forUpdate().noWait().first();
    await trx('item').forShare('item').skipLocked();
    await trx('item').forNoKeyUpdate().forKeyShare().select('id');
    await trx.transaction(async (inner) => { await inner('item').insert({title: 't1', price: 1}); }).catch(() => {});
    await trx.raw('select 1');
  }, {isolationLevel: 'repeatable read'});
  await knex('item').update({price: 1}).updateFrom('shop.person').whereRaw('person.name = item.title');
  await knex('item').truncate();
}

class Person extends Model {
  static tableName = 'shop.person';
  static relationMappings = {
    team: {relation: Model.HasManyRelation, modelClass: Person, join: {from: 'shop.person.id', to: 'shop.person.boss_id'}},
    boss: {relation: Model.BelongsToOneRelation, modelClass: Person, join: {from: 'shop.person.boss_id', to: 'shop.person.id'}},
  };
}

async function objection() {
  Model.knex(knex);
  const p = await Person.query().insertGraph({name: 'g', team: [{name: 'h'}, {name: 'i'}]});
  await Person.query().withGraphFetched('[team.boss, boss]').modifyGraph('team', (q) => q.where('name', 'h'));
  await Person.query().withGraphJoined('[team, boss]').where('team.name', 'h');
  await Person.query().upsertGraph({id: p.id, team: [{name: 'j'}]});
  await p.$query().patch({name: raw('upper(name)')}); await p.$relatedQuery('team').resultSize();
  await Person.query().page(0, 2); await Person.query().findById(p.id).throwIfNotFound(); await Person.relatedQuery('team').for(p.id);
  await Person.query().patchAndFetchById(p.id, {name: 'k'}); await p.$relatedQuery('team').unrelate(); await Person.query().deleteById(p.id);
}

(async () => {
  for (const part of [schema, migrations, queries, objection]) await part();
  await knex.schema.dropView('cheap'); await knex.schema.dropTableIfExists('item'); await knex.raw('drop schema shop cascade');
  await knex.destroy();
})().catch((e) => { console.error(e); process.exit(1); });
