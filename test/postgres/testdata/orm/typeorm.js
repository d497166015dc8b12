// Has TypeORM do what applications do with it.
require('reflect-metadata');
const {DataSource, EntitySchema, In, Like, ILike, Between, IsNull, Not, MoreThan, Any, ArrayContains, ArrayOverlap, Raw, JsonContains, Or, And,
  Brackets, TreeRepository, Table, TableColumn, TableIndex, TableForeignKey, TableCheck} = require('typeorm');

const Person = new EntitySchema({name: 'Person', columns: {
  id: {type: Number, primary: true, generated: true}, name: {type: 'varchar', length: 100, nullable: false}, email: {type: String, unique: true, nullable: true},
  state: {type: 'enum', enum: ['new', 'old'], default: 'new'}, created: {type: 'timestamptz', createDate: true}, updated: {type: 'timestamptz', updateDate: true},
  removed: {type: 'timestamptz', deleteDate: true}, version: {type: Number, version: true},
}, relations: {sales: {type: 'one-to-many', target: 'Sale', inverseSide: 'person', cascade: true}, wishes: {type: 'many-to-many', target: 'Item', joinTable: true},
  boss: {type: 'many-to-one', target: 'Person', nullable: true}}, indices: [{columns: ['name', 'state']}], checks: [{expression: '"name" <> \'\''}]});
const Item = new EntitySchema({name: 'Item', columns: {
  id: {type: 'uuid', primary: true, generated: 'uuid'}, name: {type: 'text'}, price: {type: 'numeric', precision: 10, scale: 2, default: 0},
  attributes: {type: 'jsonb', default: {}}, sizes: {type: 'int', array: true, default: []}, found: {type: 'tsvector', nullable: true},
  doubled: {type: 'numeric', asExpression: 'price * 2', generatedType: 'STORED'}}, indices: [{name: 'dear', columns: ['price'], where: 'price > 100'}]});
const Sale = new EntitySchema({name: 'Sale', columns: {id: {type: 'bigint', primary: true, generated: 'identity'}, quantity: {type: Number}, at: {type: 'timestamp', default: () => 'now()'}},
  relations: {person: {type: 'many-to-one', target: 'Person', inverseSide: 'sales', onDelete: 'CASCADE'}, item: {type: 'many-to-one', target: 'Item', eager: true}}});
const Category = new EntitySchema({name: 'Category', columns: {id: {type: Number, primary: true, generated: true}, name: {type: String}},
  relations: {parent: {type: 'many-to-one', target: 'Category', treeParent: true, inverseSide: 'children', nullable: true}, children: {type: 'one-to-many', target: 'Category', treeChildren: true, inverseSide: 'parent', cascade: true}},
  trees: [{type: 'closure-table'}]});
const Cheap = new EntitySchema({name: 'Cheap', type: 'view', expression: 'SELECT "id", "name" FROM "item" WHERE "price" < 5', columns: {id: {type: String}, name: {type: String}}});

const {PGHOST: host, PGPORT: port, PGUSER: username, PGDATABASE: database} = process.env;
class Add1700000000000 {
  async up(q) {
    await q.createTable(new Table({name: 'extra', columns: [{name: 'id', type: 'int', isPrimary: true, isGenerated: true, generationStrategy: 'increment'}, {name: 'item', type: 'uuid', isNullable: true}]}), true);
    await q.addColumn('extra', new TableColumn({name: 'note', type: 'varchar', default: "'x'", comment: 'a note'}));
    await q.changeColumn('extra', 'note', new TableColumn({name: 'remark', type: 'text', isNullable: true}));
    await q.createIndex('extra', new TableIndex({name: 'extra_item', columnNames: ['item']})); await q.createForeignKey('extra', new TableForeignKey({columnNames: ['item'], referencedTableName: 'item', referencedColumnNames: ['id']}));
    await q.createCheckConstraint('extra', new TableCheck({name: 'positive', expression: 'id > 0'})); await q.renameTable('extra', 'more'); await q.hasTable('more'); await q.hasColumn('more', 'id');
  }
  async down(q) { await q.dropTable('more', true); }
}
const db = new DataSource({type: 'postgres', host, port, username, password: 'p', database, schema: 'public', entities: [Person, Item, Sale, Category, Cheap], migrations: [Add1700000000000], uuidExtension: 'pgcrypto'});

async function rows() {
  const people = db.getRepository(Person), items = db.getRepository(Item);
  const item = await items.save({name: "it's", price: 3, attributes: {a: {b: 1}}, sizes: [1, 2]});
  const p = await people.save({name: 'a', email: 'a@x.org', sales: [{quantity: 1, item}, {quantity: 2, item}], wishes: [item]});
  await people.save([...Array(3).keys()].map((i) => ({name: 'p' + i, boss: p})));
  p.name = 'b'; p.wishes = []; await people.save(p);
  await people.insert([{name: 'x'}, {name: 'y'}]); await people.update({name: 'x'}, {state: 'old'}); await people.upsert([{name: 'a', email: 'a@x.org'}], ['email']);
  await people.upsert({name: 'z', email: 'z@x.org'}, {conflictPaths: ['email'], skipUpdateIfNoValuesChanged: true});
  await people.increment({id: p.id}, 'version', 1); await people.softDelete({name: 'y'}); await people.restore({name: 'y'}); await people.delete({name: 'y'});
  await people.createQueryBuilder().insert().values({name: 'q'}).orIgnore().returning('id').execute();
  await people.createQueryBuilder().insert().values({name: 'q', email: 'z@x.org'}).orUpdate(['name'], ['email'], {overwriteCondition: {where: '"Person".name <> :n', parameters: {n: 'w'}}}).execute();
  await people.createQueryBuilder().update().set({name: () => 'upper(name)'}).where('id IN (:...ids)', {ids: [1, 2]}).returning('*').execute();
  await people.createQueryBuilder().delete().where('id = :id', {id: 99}).execute(); await people.createQueryBuilder().relation('wishes').of(p).add(item.id);
  await people.createQueryBuilder().softDelete().where({id: 98}).execute();
  const trees = db.getTreeRepository(Category); const top = await trees.save({name: 'top'}); const sub = await trees.save({name: 'sub', parent: top});
  await trees.findTrees(); await trees.findDescendantsTree(top); await trees.findAncestors(sub); await trees.countDescendants(top); await trees.findRoots();
}

async function queries() {
  const people = db.getRepository(Person), items = db.getRepository(Item), sales = db.getRepository(Sale);
  await people.find({relations: {sales: true, boss: true, wishes: true}, where: {name: ILike('%a%'), id: Between(1, 50)}, order: {name: {direction: 'DESC', nulls: 'LAST'}}, take: 2, skip: 1});
  await people.find({relationLoadStrategy: 'query', relations: {sales: {item: true}}}); await people.findAndCount({where: [{id: In([1, 2])}, {email: IsNull()}, {name: Not(Like('x'))}], withDeleted: true});
  await people.findOne({where: {sales: {quantity: MoreThan(1)}}, select: {id: true, sales: {id: true}}, relations: {sales: true}}); await people.findOneBy({id: Any([1])}); await people.exists(); await people.countBy({state: 'new'});
  await people.sum('id'); await people.maximum('id', {name: Or(Like('a'), And(Like('b'), Not('c')))}); await items.findBy({sizes: ArrayContains([1]), attributes: JsonContains({a: {b: 1}})}); await items.findBy({sizes: ArrayOverlap([1]), price: Raw((a) => `${a} > :p`, {p: 1})});
  const q = () => people.createQueryBuilder('p');
  await q().leftJoinAndSelect('p.sales', 's', 's.quantity > :n', {n: 0}).innerJoin('s.item', 'i').where(new Brackets((b) => b.where('p.id > 0').orWhere('p.name = :x', {x: 'x'}))).orderBy('p.name').take(2).getManyAndCount();
  await q().select('p.state', 'state').addSelect('COUNT(*) FILTER (WHERE p.id > 1)', 'n').groupBy('p.state').having('COUNT(*) > 0').getRawMany();
  await q().where((b) => 'p.id IN ' + b.subQuery().select('s.personId').from(Sale, 's').getQuery()).distinctOn(['p.name']).orderBy('p.name').getMany();
  await q().addCommonTableExpression(sales.createQueryBuilder('s').select('s.personId', 'person'), 'bought').innerJoin('bought', 'b', 'b.person = p.id').getMany();
  await db.createQueryBuilder().select('x.id').from((b) => b.from(Item, 'i').select('i.id', 'id').addSelect('row_number() over (partition by i.name order by i.price desc)', 'r'), 'x').where('x.r = 1').getRawMany(); await db.getRepository(Cheap).find();
  await db.transaction('REPEATABLE READ', async (m) => {
    await m.find(Person, {lock: {mode: 'pessimistic_write', onLocked: 'skip_locked'}}); await m.createQueryBuilder(Sale, 's').setLock('for_no_key_update', undefined, ['s']).setOnLocked('nowait').innerJoin('s.person', 'p').getMany(); await m.findOne(Person, {where: {id: 1}, lock: {mode: 'pessimistic_read'}});
    await m.transaction(async (n) => { await n.query('select $1::int', [1]); throw new Error('undo'); }).catch(() => {});
  });
}

(async () => {
  await db.initialize(); await db.synchronize(true); await db.runMigrations();
  for (const part of [rows, queries]) await part();
  await db.undoLastMigration(); await db.synchronize(); await db.showMigrations(); await db.dropDatabase(); await db.destroy();
})().catch((e) => { console.error(e); process.exit(1); });
