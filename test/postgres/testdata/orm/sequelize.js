// Has Sequelize do what applications do with it.
const {Sequelize, DataTypes, Op, fn, col, literal, where, cast, json, QueryTypes, Transaction} = require('sequelize');
const {PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: database} = process.env;
const db = new Sequelize(database, user, 'p', {host, port, dialect: 'postgres', logging: false});

const Person = db.define('Person', {
  name: {type: DataTypes.STRING, allowNull: false}, email: {type: DataTypes.STRING, unique: true}, born: DataTypes.DATEONLY,
  state: DataTypes.ENUM('new', 'old'), vip: {type: DataTypes.BOOLEAN, defaultValue: false},
}, {paranoid: true, indexes: [{fields: ['name']}, {fields: [fn('lower', col('email'))], name: 'by_email'}]});
const Item = db.define('Item', {
  id: {type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true}, name: DataTypes.TEXT, price: DataTypes.DECIMAL(10, 2),
  attributes: DataTypes.JSONB, sizes: DataTypes.ARRAY(DataTypes.INTEGER), valid: DataTypes.RANGE(DataTypes.DATE),
}, {indexes: [{using: 'gin', fields: ['attributes']}]});
const Sale = db.define('Sale', {quantity: DataTypes.INTEGER, note: DataTypes.STRING});
Person.hasMany(Sale, {onDelete: 'CASCADE'}); Sale.belongsTo(Person); Sale.belongsTo(Item); Item.hasMany(Sale);
Person.belongsToMany(Item, {through: 'Wishes'}); Item.belongsToMany(Person, {through: 'Wishes'});
Person.belongsTo(Person, {as: 'boss'});

async function rows() {
  const people = await Person.bulkCreate([...Array(6).keys()].map((i) => ({name: 'p' + i, email: i + '@x.org', state: 'new'})), {returning: true});
  await Person.bulkCreate([{name: 'x', email: '1@x.org'}], {updateOnDuplicate: ['name'], conflictAttributes: ['email']});
  await Person.bulkCreate([{name: 'x', email: '1@x.org'}], {ignoreDuplicates: true});
  const item = await Item.create({name: "it's", price: 3, attributes: {a: {b: 1}, tags: ['x']}, sizes: [1, 2], valid: [new Date(0), new Date()]});
  await people[0].createSale({quantity: 2, ItemId: item.id}, {include: [Item]});
  await people[0].setItems([item]); await people[0].addItem(item); await people[0].countItems(); await people[0].hasItem(item); await people[0].removeItem(item);
  await people[1].setBoss(people[0]);
  await Person.upsert({name: 'u', email: '2@x.org'}); await Person.findOrCreate({where: {email: 'n@x.org'}, defaults: {name: 'n'}});
  await Person.update({vip: true, name: fn('upper', col('name'))}, {where: {id: {[Op.gt]: 3}}, returning: true});
  await Person.increment({id: 0}, {where: {name: 'p1'}}); await people[2].increment('id', {by: 0});
  people[2].name = 'changed'; await people[2].save(); await people[2].reload(); await people[3].destroy(); await people[3].restore();
  await Person.destroy({where: {name: 'nobody'}, force: true, limit: 1});
}

async function queries() {
  await Person.findAll({where: {[Op.or]: [{name: {[Op.iLike]: 'p%'}}, {name: {[Op.regexp]: '^p'}}, {born: null}], [Op.not]: {vip: true}, id: {[Op.between]: [1, 9], [Op.notIn]: [7]}},
    order: [['name', 'DESC NULLS LAST'], [fn('length', col('name')), 'ASC']], limit: 2, offset: 1});
  await Person.findAndCountAll({include: [{model: Sale, include: [Item], required: false}, {model: Person, as: 'boss'}], limit: 2, distinct: true});
  await Person.findAll({include: [{model: Sale, separate: true, limit: 2, order: ['id']}, {model: Item, through: {attributes: []}, where: {price: {[Op.lt]: 9}}, required: true}]});
  await Sale.findAll({attributes: ['PersonId', [fn('sum', col('quantity')), 'n'], [literal('count(*) filter (where quantity > 1)'), 'm']], group: ['PersonId'],
    having: where(fn('sum', col('quantity')), {[Op.gt]: 1}), raw: true});
  await Item.findAll({where: {attributes: {a: {b: 1}}, [Op.and]: [json('attributes.a.b', '1'), {sizes: {[Op.contains]: [1]}}, {sizes: {[Op.overlap]: [2]}}, {valid: {[Op.contains]: new Date()}}]}});
  await Item.findAll({where: where(cast(col('price'), 'text'), {[Op.like]: {[Op.any]: ['3%']}}), attributes: {include: [[literal('rank() over (order by price)'), 'r']]}});
  await Item.findAll({where: {name: {[Op.match]: fn('to_tsquery', 'x')}}}).catch(() => {});
  await Person.count({include: [Sale]}); await Person.max('id'); await Person.sum('id', {where: {vip: false}}); await Person.findByPk(1); await Person.findOne({where: {name: 'a\\\'b'}});
  await Person.aggregate('name', 'DISTINCT', {plain: false}); await Person.findAll({attributes: [[fn('DISTINCT', col('name')), 'name']]});
  await Person.findAll({where: {id: {[Op.in]: literal('(select "PersonId" from "Sales")')}}, subQuery: false, paranoid: false});
  await db.query('SELECT * FROM "People" WHERE id = :id AND name = $name'.replace(' AND name = $name', ''), {replacements: {id: 1}, type: QueryTypes.SELECT});
  await db.query('SELECT $1::int AS n', {bind: [1]});
  await db.transaction({isolationLevel: Transaction.ISOLATION_LEVELS.SERIALIZABLE}, async (t) => {
    await Person.findAll({lock: t.LOCK.UPDATE, skipLocked: true, transaction: t}); await Sale.findOne({lock: {level: t.LOCK.KEY_SHARE, of: Sale}, include: [Person], transaction: t});
    const inner = await db.transaction({transaction: t}); await Sale.create({quantity: 1}, {transaction: inner}); await inner.rollback();
  });
}

async function changes() {
  const q = db.getQueryInterface();
  await q.addColumn('Sales', 'extra', {type: DataTypes.INTEGER, references: {model: 'People', key: 'id'}}); await q.changeColumn('Sales', 'extra', {type: DataTypes.BIGINT, allowNull: true});
  await q.renameColumn('Sales', 'extra', 'more'); await q.addIndex('Sales', ['quantity'], {where: {quantity: {[Op.gt]: 1}}}); await q.addConstraint('Sales', {fields: ['quantity'], type: 'check', where: {quantity: {[Op.gte]: 0}}});
  await q.describeTable('Sales'); await q.showIndex('Sales'); await q.showAllTables(); await q.showAllSchemas(); await q.getForeignKeyReferencesForTable('Sales'); await q.removeColumn('Sales', 'more');
  await q.createFunction('twice', [{type: 'integer', name: 'n'}], 'integer', 'plpgsql', 'RETURN n * 2;', ['IMMUTABLE']); await q.dropFunction('twice', [{type: 'integer', name: 'n'}]);
  await Sale.truncate({cascade: true, restartIdentity: true}); await db.sync({alter: true}); await db.databaseVersion();
}

(async () => {
  await db.authenticate(); await db.sync({force: true});
  for (const part of [rows, queries, changes]) await part();
  await db.getQueryInterface().dropAllTables(); await db.close();
})().catch((e) => { console.error(e); process.exit(1); });
